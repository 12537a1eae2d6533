package import Core
import JSON
import Logging
import Postgres

// Destroying a machine: first what is on the host, and what the records say of it last.
extension MachineService {
    /// Forces a machine off, forgets its domain, deletes the disks that Bay made for it, and its records. Returns what was
    /// done. When a step fails the record stays and says so, and destroying it again goes on from there.
    package func destroy(_ id: Machine.ID, by caller: Caller) async throws -> String {
        let machine = try await managed(id, for: caller)
        let claim = try claim(id, for: "destroy", cutsWaitShort: true)
        let work = Task {
            try await jobs.run(.destroyMachine, on: machine, by: caller) { job in
                try await self.remove(machine, by: caller.name, as: job)
            }
        }
        let number = began("destroy \(machine.name)") { work.cancel() }
        let result = await work.result
        ended(number)
        release(claim)
        do {
            return try result.get()
        } catch let error as LibvirtError {
            throw MachineError(error)
        } catch JobError.busy(let other) {
            throw MachineError.busy(with: other)
        } catch let error as JobError {
            throw MachineError.invalid(error.message)
        } catch {
            throw error.isCallOff ? MachineError.invalid("called off before anything was done") : error
        }
    }

    /// Finds out how far a bayd came that ended while it destroyed a machine. What it had begun is finished; a machine that
    /// still has its domain keeps it, until somebody says again that it is to go.
    package func settleDestruction(_ job: Job, _ handle: JobHandle) async throws -> JobService.Settlement {
        guard let machine = try await store.find(job.machineID, scope: .all) else {
            return .succeeded("\(job.machineName) was destroyed")
        }
        guard job.detail["begun"] == true else { return .interrupted("bayd ended before anything was done") }
        let domain = try await store.traces(of: machine.id).adopted.map { DomainKey.uuid($0) } ?? domain(of: machine)
        do throws(LibvirtError) {
            _ = try await hypervisor.domain(domain)
            await settle(machine, domain: domain)
            return .interrupted("\(machine.name) still has its domain, and was not destroyed")
        } catch {
            guard error.isNoDomain else { throw error }
        }
        let claim = try claim(machine.id, for: "destroy")
        defer { release(claim) }
        _ = try await remove(machine, by: job.actor, as: handle)
        return .finished
    }

    private func remove(_ machine: Machine, by actor: String, as job: JobHandle) async throws -> String {
        // Everything is looked at before anything is touched.
        let traces = try await store.traces(of: machine.id)
        // By its UUID, as the records have it: somebody else's domain may bear its name by now.
        let domain = traces.adopted.map { DomainKey.uuid($0) } ?? domain(of: machine)
        let prefix = MachineRemains.volumePrefix(of: machine, isAdopted: traces.adopted != nil)
        let own = prefix == nil ? [] : try await hypervisor.volumes(named: prefix ?? "")
        var kept: [String] = []
        var exists = true
        do throws(LibvirtError) {
            let definition = try await hypervisor.definition(of: domain)
            // What cannot be read names no disks; it is forgotten all the same.
            if let element = try? XMLElement(parsing: definition) {
                kept = MachineRemains.kept(of: element, own: Set(own))
            }
        } catch {
            guard error.isNoDomain else { throw error }
            exists = false
        }
        try await job.step("forgetting its domain", progress: 10, isFinal: true, detail: ["begun": true])
        if exists { try await forget(machine, domain: domain, by: actor) }

        if !own.isEmpty {
            try await job.step("deleting \(own.count) disks", progress: 40, isFinal: true)
        }
        var failures: [String] = []
        for path in own {
            do { try await hypervisor.deleteVolume(path) } catch { failures.append("\(path): \(error.description)") }
        }
        failures += try await deleteFilters(of: machine.id)
        guard failures.isEmpty else { throw await leftOver(failures, of: machine, by: actor) }

        let stays = kept.isEmpty ? "" : "; kept, because Bay did not make it: \(kept.joined(separator: ", "))"
        let message = "\(machine.name) was destroyed\(stays)"
        do {
            try await store.database.transaction(attempts: 3) { transaction in
                // As it is now: whose it was decides who is told.
                var gone = try await MachineStore.find([machine.id], in: transaction).first ?? machine
                try await MachineStore.delete(machine.id, in: transaction)
                gone.status = .off
                gone.hasDomain = false
                transaction.record(.machine("delete", gone, actor: actor, message: message))
                try await job.succeed(message, in: transaction)
                transaction.whenCommitted { [index] in index.unlinkIfGone(machine.id) }
            }
        } catch let error as JobError {
            // Another bayd has taken it over, and finishes it.
            throw error
        } catch {
            log.critical(
                "a machine is destroyed but its record is not",
                metadata: [
                    "machine": "\(machine.id)", "actor": "\(actor)", "reason": "\(error)",
                    "code": "MACHINE_OPERATION_FAILED",
                ])
            throw MachineError.unrecorded(message)
        }
        return message
    }

    /// Says what could not be deleted. Whoever brings rules to libvirt at the same time would make the filter again, and waits.
    private nonisolated func deleteFilters(of id: Machine.ID) async throws -> [String] {
        try await store.database.transaction { transaction in
            _ = try await FirewallStore.take(id, waits: true, in: transaction)
            var failures: [String] = []
            for filter in try await store.traces(of: id).filters {
                do throws(LibvirtError) { try await hypervisor.deleteFilter(filter) } catch {
                    failures.append("packet filter \(filter): \(error.description)")
                }
            }
            if failures.isEmpty { try await FirewallStore.forget(id, in: transaction) }
            return failures
        }
    }

    private func forget(_ machine: Machine, domain: DomainKey, by actor: String) async throws {
        let wasActive = try await hypervisor.domain(domain).state.isActive
        do {
            if wasActive { try await pullPlug(domain) }
            try await hypervisor.undefine(domain)
        } catch let error as LibvirtError {
            // One that is not persistent is gone as soon as it is off.
            if error.isNoDomain { return }
            await settle(machine, domain: domain)
            throw error
        }
    }

    /// Notes that something of a machine could not be cleared away.
    private func leftOver(_ failures: [String], of machine: Machine, by actor: String) async -> MachineError {
        let reason = "could not be deleted: \(failures.joined(separator: "; "))"
        log.error(
            "a machine is destroyed in part",
            metadata: ["machine": "\(machine.id)", "reason": "\(reason)", "code": "MACHINE_OPERATION_FAILED"])
        do {
            try await store.database.transaction(attempts: 3) { transaction in
                guard let now = try await MachineStore.setStatus(.failed, of: machine.id, in: transaction) else {
                    return
                }
                transaction.record(
                    .machine("update", now, actor: actor, message: "\(machine.name) is destroyed in part, \(reason)"))
            }
        } catch {
            log.warning("this is not in the records", metadata: ["reason": "\(error)"])
        }
        return .hypervisor(reason: reason)
    }
}

extension MachineStore {
    /// What else there is because of a machine.
    struct Traces: Sendable {
        /// The domain that it was adopted from; nil for one that Bay made.
        var adopted: String?
        var filters: [String]
    }

    func traces(of id: Machine.ID) async throws(DatabaseError) -> Traces {
        let adopted = try await database.row(
            "SELECT domain_uuid FROM machine_domain WHERE machine_id = \(id.rawValue)")
        let filters = try await database.rows(
            """
            SELECT "internalName" FROM "FirewallRuleSet"
             WHERE "entityType" = 'VM' AND "entityId" = \(id.rawValue) ORDER BY id
            """)
        return Traces(
            adopted: try adopted?.decode(String.self, "domain_uuid"),
            filters: try filters.map { row throws(DatabaseError) in try row.decode(String.self, "internalName") })
    }

    /// Deletes a machine's row and all that refers to it.
    static func delete(_ id: Machine.ID, in transaction: Transaction) async throws(DatabaseError) {
        let id = id.rawValue
        try await transaction.execute("DELETE FROM \"MachineApplication\" WHERE \"machineId\" = \(id)")
        try await transaction.execute(
            "DELETE FROM \"FirewallRuleSet\" WHERE \"entityType\" = 'VM' AND \"entityId\" = \(id)")
        try await transaction.execute("DELETE FROM machine_metric WHERE machine_id = \(id)")
        // Its configuration and its domain go with it.
        transaction.changes(MachineStore.table)
        try await transaction.execute("DELETE FROM \"Machine\" WHERE id = \(id)")
    }
}
