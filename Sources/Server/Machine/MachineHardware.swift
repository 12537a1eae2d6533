package import Core
import JSON
import Logging
import Postgres

// Changes of hardware: asked for, answered at once, and done in the background, which tells of each state by an event.
extension MachineService {
    static let hardwareGrace = Duration.seconds(HardwareRules.graceSeconds)

    /// Begins to change a machine's hardware. The answer is the machine as it is then: `updating_hardware`, and with the
    /// hardware that it had. What cannot be is refused before anything is touched.
    package func updateHardware(
        _ change: HardwareChange, of id: Machine.ID, by caller: Caller
    ) async throws -> Machine {
        let machine = try await managed(id, for: caller)
        let change = change.reduced(for: machine)
        if change.isEmpty { return machine }
        if let reason = HardwareRules.refusal(on: machine) { throw MachineError.invalid(reason) }
        let plan = try await plan(change, for: machine)

        let claim = try claim(id, for: "hardware change")
        do {
            // Whoever else wants the card finds it promised from here on, until it stands in the records.
            if let card = plan.card {
                do throws(MachineError) { try promise(card.address, to: id) } catch {
                    // It may have got there just now.
                    try await check(card, for: id)
                    throw error
                }
                try await check(card, for: id)
            }
            let begun = try await tell(
                .updatingHardware, of: id, by: caller.name, message: "the hardware of \(machine.name) is being changed")
            inBackground("hardware change of \(machine.name)") { [self] in
                do {
                    try await jobs.run(.changeHardware, on: machine, detail: ["what": .string(plan.words)], by: caller)
                    {
                        try await self.changeHardware(plan, of: machine, by: caller.name, as: $0)
                    }
                } catch {
                    await failHardware(machine, domain: domain(of: machine), by: caller.name, because: error)
                }
                await endPromise(to: id)
                await release(claim)
            }
            return begun
        } catch {
            endPromise(to: id)
            release(claim)
            throw error
        }
    }

    /// Throws where the card is another machine's by the records.
    private func check(_ card: HostGPU, for id: Machine.ID) async throws {
        let other = try await store.owner(ofGPU: card.address, except: id)
        if let problem = HardwareRules.problem(card, takenBy: other) { throw MachineError.invalid(problem) }
    }

    private struct HardwarePlan: Sendable {
        var edit: HardwareEdit
        /// The card that the machine gets; nil when none is given.
        var card: HostGPU?
        var changesCard: Bool
        var words: String
    }

    /// Compares what is wanted with what the host has.
    private nonisolated func plan(_ change: HardwareChange, for machine: Machine) async throws -> HardwarePlan {
        let (host, gpus): (HostInfo, [HostGPU])
        do throws(LibvirtError) {
            host = try await hypervisor.host()
            gpus = change.gpu == nil ? [] : try await hypervisor.gpus()
        } catch {
            throw MachineError(error)
        }
        if let problem = HardwareRules.problem(change, on: host) { throw MachineError.invalid(problem) }
        var plan = HardwarePlan(
            edit: HardwareEdit(cores: change.cores, memoryGB: change.memoryGB), changesCard: change.gpu != nil,
            words: change.words)
        guard let gpu = change.gpu else { return plan }
        let old = machine.gpuAddress.flatMap { PCIAddress($0) }
        plan.edit.devices = HardwareEdit.Devices(
            removed: Set(gpus.map(\.address) + [old].compactMap { $0 }), added: [])
        guard case .card(let text) = gpu else { return plan }
        guard let address = PCIAddress(text) else { throw MachineError.invalid("\"\(text)\" is no PCI address") }
        guard let card = gpus.first(where: { $0.address == address }) else {
            throw MachineError.invalid("the host has no graphics card at \(address)")
        }
        plan.card = card
        plan.edit.devices?.added = [address] + card.companions
        return plan
    }

    // MARK: In the background

    /// Throws where the hardware stays as it was.
    private func changeHardware(
        _ plan: HardwarePlan, of machine: Machine, by actor: String, as job: JobHandle
    ) async throws {
        let domain = domain(of: machine)
        try await job.step("waiting until it is off", progress: 10)
        let end = try await turnOff(machine, domain: domain, by: actor)
        try await job.step("defining its domain anew", progress: 80, isFinal: true)
        let before = try await hypervisor.definition(of: domain)
        var element = try XMLElement(parsing: before)
        plan.edit.apply(to: &element)
        // Over the old one: what belongs to the domain, as its NVRAM and its snapshots, stays.
        try await hypervisor.define(xml: element.xml)
        do {
            try await store.database.transaction(attempts: 3) { transaction in
                guard
                    let now = try await MachineStore.setHardware(
                        machine.id, plan.edit, card: plan.card?.address, changesCard: plan.changesCard,
                        in: transaction)
                else { throw MachineError.notFound }
                // A filter that came to its interfaces meanwhile is not in what was defined.
                try await FirewallStore.want([machine.id], in: transaction)
                let message = "the hardware of \(now.name) was changed: \(plan.words)\(end)"
                transaction.record(.machine("hardware_update", now, actor: actor, message: message))
                try await job.succeed(message, in: transaction)
            }
        } catch {
            // What the records do not know of must not be.
            do { try await hypervisor.define(xml: before) } catch let second {
                log.critical(
                    "a machine's hardware is not what its record says",
                    metadata: [
                        "machine": "\(machine.id)", "reason": "\(second)", "code": "MACHINE_OPERATION_FAILED",
                    ])
            }
            throw error
        }
    }

    /// Shuts a machine down that is on. Returns what is to be said of it.
    private func turnOff(_ machine: Machine, domain: DomainKey, by actor: String) async throws -> String {
        let state = try await hypervisor.domain(domain).state
        guard state.isActive else { return "" }
        _ = try await tell(
            .poweringOffUpdate, of: machine.id, by: actor,
            message: "\(machine.name) is being shut down to change its hardware")
        do throws(LibvirtError) {
            // A suspended guest does not hear.
            if state == .paused { try await hypervisor.resume(domain) }
            try await hypervisor.shutdown(domain, way: .any)
        } catch {
            // It went off by itself meanwhile.
            guard error.isOperationInvalid else { throw error }
        }
        do throws(LibvirtError) {
            try await hypervisor.wait(for: domain, toBe: [.shutOff, .crashed], within: Self.hardwareGrace)
            return "; it was shut down and can be started again"
        } catch {
            guard error.isTimedOut else { throw error }
            if Task.isCancelled { throw CancellationError() }
            try await pullPlug(domain)
            return "; it did not shut down in \(Self.hardwareGrace.components.seconds) s and was forced off"
        }
    }

    private func failHardware(
        _ machine: Machine, domain: DomainKey, by actor: String, because error: any Error
    ) async {
        let reason = Self.words(error)
        log.warning(
            "hardware change failed",
            metadata: ["machine": "\(machine.id)", "actor": "\(actor)", "reason": "\(error)"])
        do {
            _ = try await tell(
                .errorHardwareUpdate, of: machine.id, by: actor,
                message: "the hardware of \(machine.name) was not changed: \(reason)")
            await settle(machine, domain: domain)
        } catch {
            // The next look at everything finds a change that nobody makes.
            log.info("a status is left to the next look at everything", metadata: ["reason": "\(error)"])
        }
    }

    /// Why, in words that are for everybody.
    private static func words(_ error: any Error) -> String {
        switch error {
        case _ where error.isCallOff: "it was called off"
        case let error as JobError: error.message
        case let error as MachineError: error.message
        case let error as LibvirtError: MachineError(error).message
        case let error as DatabaseError where error.isForClients: error.message
        default: "the log of bayd says why"
        }
    }

    /// Writes a status that an operation owns, and tells of it.
    private func tell(
        _ status: MachineStatus, of id: Machine.ID, by actor: String, message: String
    ) async throws -> Machine {
        let machine = try await store.database.transaction(attempts: 3) { transaction in
            guard let machine = try await MachineStore.setStatus(status, of: id, in: transaction) else {
                throw MachineError.notFound
            }
            transaction.record(.machine("update", machine, actor: actor, message: message))
            return machine
        }
        return index.decorate([machine])[0]
    }
}

extension HardwareChange {
    /// `4 cores, 8 GB of memory, no graphics card`
    fileprivate var words: String {
        var parts: [String] = []
        if let cores { parts.append(cores == 1 ? "1 core" : "\(cores) cores") }
        if let memoryGB { parts.append("\(memoryGB) GB of memory") }
        switch gpu {
        case .card(let address)?: parts.append("the graphics card \(address)")
        case .none?: parts.append("no graphics card")
        case nil: break
        }
        return parts.joined(separator: ", ")
    }
}
