package import Core
import JSON
import Postgres

/// Takes, restores and deletes snapshots of machines. libvirt keeps them; Bay keeps the record of who did what.
///
/// Throws `SnapshotError` for what somebody can put right, and `DatabaseError`.
package struct SnapshotService: Sendable {
    let machines: MachineService
    let hypervisor: any HypervisorPort

    package init(machines: MachineService, hypervisor: any HypervisorPort) {
        self.machines = machines
        self.hypervisor = hypervisor
    }

    /// The machine's snapshots, newest first.
    package func list(of id: Machine.ID, for caller: Caller) async throws -> [Snapshot] {
        let (machine, domain) = try await find(id, for: caller)
        do {
            return try await hypervisor.snapshots(of: domain).map {
                $0.snapshot(of: machine.id, domainName: machine.internalName)
            }
        } catch {
            throw SnapshotError(error, name: "")
        }
    }

    /// The snapshot that the machine's present state goes back to, if there is one.
    package func current(of id: Machine.ID, for caller: Caller) async throws -> Snapshot? {
        let (machine, domain) = try await find(id, for: caller)
        do {
            return try await hypervisor.currentSnapshot(of: domain)?
                .snapshot(of: machine.id, domainName: machine.internalName)
        } catch {
            throw SnapshotError(error, name: "")
        }
    }

    package func create(
        _ name: String, description: String?, of id: Machine.ID, by caller: Caller
    ) async throws -> Snapshot {
        if let problem = SnapshotRules.problem(withName: name) { throw SnapshotError.invalidName(problem) }
        if let description, let problem = SnapshotRules.problem(withDescription: description) {
            throw SnapshotError.refused(problem)
        }
        let operation = Operation(
            kind: .createSnapshot, what: "snapshot", name: name, refusal: SnapshotRules.refusalToCreate(on:))
        return try await run(operation, on: id, by: caller) { [hypervisor] machine, domain, job in
            if try await hypervisor.snapshots(of: domain).contains(where: { $0.name == name }) {
                throw SnapshotError.alreadyExists(name)
            }
            try await job.step("taking it", isFinal: true, detail: ["begun": true])
            let made = try await hypervisor.createSnapshot(of: domain, name: name, description: description)
            let snapshot = made.snapshot(of: machine.id, domainName: machine.internalName)
            return (snapshot, .taken(name, made: snapshot, of: machine, actor: caller.name), nil)
        }
    }

    /// Takes the machine back to a snapshot. Unless `force` is given a running machine is refused, since what runs in it
    /// would be lost.
    package func restore(
        _ name: String, of id: Machine.ID, force: Bool, by caller: Caller
    ) async throws {
        let operation = Operation(kind: .restoreSnapshot, what: "snapshot restore", name: name) {
            SnapshotRules.refusalToRestore(on: $0, forced: force)
        }
        try await run(operation, on: id, by: caller) { [hypervisor] machine, domain, job in
            // Before anything is stopped, the target has to be there.
            guard try await hypervisor.snapshots(of: domain).contains(where: { $0.name == name }) else {
                throw SnapshotError.notFound(name)
            }
            let before = try await hypervisor.currentSnapshot(of: domain)?.name ?? ""
            try await job.step("going back", isFinal: true, detail: ["begun": true, "before": .string(before)])
            let state = try await hypervisor.restoreSnapshot(name, of: domain, force: force)
            let event = NewEvent.restored(name, of: machine, actor: caller.name)
            return ((), event, state.status)
        }
    }

    /// Deletes a snapshot. What was taken on top of it stays.
    package func delete(_ name: String, of id: Machine.ID, by caller: Caller) async throws {
        let operation = Operation(
            kind: .deleteSnapshot, what: "snapshot deletion", name: name, refusal: SnapshotRules.refusalToDelete(on:))
        try await run(operation, on: id, by: caller) { [hypervisor] machine, domain, job in
            try await job.step("deleting it", isFinal: true, detail: ["begun": true])
            try await hypervisor.deleteSnapshot(name, of: domain)
            let event = NewEvent.deleted(name, of: machine, actor: caller.name)
            return ((), event, nil)
        }
    }

    private struct Operation {
        var kind: Job.Kind
        var what: String
        var name: String
        var refusal: @Sendable (Machine) -> String?
    }

    /// Claims the machine, does the work, and writes its event, with the machine's new status if there is one. Like a power
    /// action, what has begun runs to its end.
    private func run<Value: Sendable>(
        _ operation: Operation, on id: Machine.ID, by caller: Caller,
        work: @escaping @Sendable (Machine, DomainKey, JobHandle) async throws -> (Value, NewEvent, MachineStatus?)
    ) async throws -> Value {
        let (machine, domain) = try await find(id, for: caller)
        if let reason = operation.refusal(machine) { throw SnapshotError.refused(reason) }
        let claim: MachineClaims.Claim
        do {
            claim = try await machines.claim(id, for: operation.what)
        } catch {
            throw SnapshotError(error)
        }
        let task = Task { [machines, operation] in
            do {
                let value = try await machines.jobs.run(
                    operation.kind, on: machine, detail: ["name": .string(operation.name)], by: caller
                ) { job in
                    let (value, event, status) = try await work(machine, domain, job)
                    try await machines.store.database.transaction(attempts: 3) { transaction in
                        if let status {
                            _ = try await MachineStore.recordStatus([(machine.id, status)], in: transaction)
                            // It has the interfaces that it had then, perhaps without its filter.
                            try await FirewallStore.want([machine.id], in: transaction)
                        }
                        transaction.record(event)
                        try await job.succeed(event.message, in: transaction)
                    }
                    return value
                }
                await machines.release(claim)
                return value
            } catch {
                await machines.settle(machine, domain: domain)
                await machines.release(claim)
                throw error
            }
        }
        let number = await machines.began("\(operation.what) of \(machine.name)") { task.cancel() }
        let result = await task.result
        await machines.ended(number)
        do {
            return try result.get()
        } catch let error as LibvirtError {
            throw SnapshotError(error, name: operation.name)
        } catch JobError.busy(let other) {
            throw SnapshotError.busy(with: other)
        } catch let error as JobError {
            throw SnapshotError.refused(error.message)
        } catch {
            throw error.isCallOff ? SnapshotError.refused("called off before anything was done") : error
        }
    }

    private func find(
        _ id: Machine.ID, for caller: Caller
    ) async throws -> (machine: Machine, domain: DomainKey) {
        do {
            let machine = try await machines.find(id, for: caller)
            return (machine, machines.domain(of: machine))
        } catch let error as MachineError {
            throw SnapshotError(error)
        }
    }
}

extension SnapshotError {
    init(_ error: LibvirtError, name: String) {
        if error.isConnectionLost {
            self = .hypervisorUnavailable(reason: error.description)
        } else if error.isNoSnapshot {
            self = .notFound(name)
        } else if error.isRefused {
            self = .refused(error.description)
        } else {
            self = .hypervisor(reason: error.description)
        }
    }

    init(_ error: MachineError) {
        switch error {
        case .notFound: self = .machineNotFound
        case .busy(let other): self = .busy(with: other)
        case .hypervisorUnavailable(let reason): self = .hypervisorUnavailable(reason: reason)
        default: self = .hypervisor(reason: error.message)
        }
    }
}
