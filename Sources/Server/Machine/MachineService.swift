package import Core
package import Logging
import Postgres

/// Runs operations on machines: one at a time on a machine, any number of machines at once.
///
/// A power action that has begun runs to its end even when whoever asked for it has gone: half a restart is worse than one
/// that nobody waits for.
///
/// Throws `MachineError` for what somebody can put right, and `DatabaseError`.
package actor MachineService {
    /// How long a guest gets to obey a shutdown when the caller names no time.
    package static let defaultGrace = Duration.seconds(60)
    package static let longestGrace = Duration.seconds(600)
    /// How long libvirt gets to reach the state that an action leads to.
    static let stateDeadline = Duration.seconds(60)

    package nonisolated let store: MachineStore
    nonisolated let hypervisor: any HypervisorPort
    nonisolated let index: FleetIndex
    nonisolated let jobs: JobService
    nonisolated let log: Logger
    private var claims = MachineClaims()
    /// Operations that have begun, of other features too.
    private var underWay: [Int: Work] = [:]
    private var lastWork = 0
    /// The host's cards that machines are about to get.
    private var promised: [Machine.ID: PCIAddress] = [:]

    package init(
        store: MachineStore, hypervisor: any HypervisorPort, index: FleetIndex, jobs: JobService, log: Logger
    ) {
        self.jobs = jobs
        self.store = store
        self.hypervisor = hypervisor
        self.index = index
        self.log = log
    }

    // MARK: Power

    /// How an action ended that did not fail.
    package struct Outcome: Sendable {
        package var machine: Machine
        package var message: String
    }

    /// - Parameter force: pull the plug of a guest that does not obey a shutdown within `grace`.
    package func perform(
        _ action: MachineAction, on id: Machine.ID, for caller: Caller, force: Bool = false,
        grace: Duration = MachineService.defaultGrace
    ) async throws -> Outcome {
        let machine = try await find(id, for: caller)
        switch machine.plan(action) {
        case .already(let words): return Outcome(machine: machine, message: "\(machine.name) is \(words)")
        case .refused(let reason): throw MachineError.refused(action, because: reason)
        case .perform: break
        }
        let domain = domain(of: machine)
        let claim = try claim(id, for: action.verb, cutsWaitShort: action == .stop)
        defer { claims.release(claim) }

        let power = PowerAction(
            action: action, force: force, grace: min(max(grace, .zero), Self.longestGrace), claim: claim)
        // A task of its own: the caller's cancellation must not stop the work in the middle.
        let work = Task {
            do {
                return try await run(power, on: machine, domain: domain, by: caller.name)
            } catch {
                await settle(machine, domain: domain)
                throw error
            }
        }
        let number = began("\(action.verb) \(machine.name)") { work.cancel() }
        defer { ended(number) }
        do {
            return try await work.value
        } catch let error as LibvirtError {
            throw MachineError(error)
        }
    }

    private struct PowerAction: Sendable {
        var action: MachineAction
        var force: Bool
        var grace: Duration
        var claim: MachineClaims.Claim
    }

    private func run(
        _ power: PowerAction, on machine: Machine, domain: DomainKey, by actor: String
    ) async throws -> Outcome {
        do {
            switch power.action {
            case .start: try await wake(domain)
            case .resume:
                try await hypervisor.resume(domain)
                try await hypervisor.wait(for: domain, toBe: [.running, .blocked], within: Self.stateDeadline)
            case .suspend:
                try await hypervisor.suspend(domain)
                try await hypervisor.wait(for: domain, toBe: [.paused], within: Self.stateDeadline)
            case .reset: try await hypervisor.reset(domain)
            case .stop: try await pullPlug(domain)
            case .shutdown: try await shutDown(power, domain: domain)
            case .restart:
                try await shutDown(power, domain: domain)
                try await wake(domain)
            }
        } catch let error as LibvirtError {
            log.warning(
                "power action failed",
                metadata: [
                    "machine": "\(machine.id)", "action": "\(power.action)", "actor": "\(actor)",
                    "reason": "\(error.description)",
                ])
            throw MachineError(error)
        }
        return try await recorded(power.action, on: machine, by: actor)
    }

    private func wake(_ domain: DomainKey) async throws {
        let state = try await hypervisor.domain(domain).state
        switch state {
        case .running, .blocked: return
        case .paused: try await hypervisor.resume(domain)
        default: try await hypervisor.start(domain)
        }
        try await hypervisor.wait(for: domain, toBe: [.running, .blocked], within: Self.stateDeadline)
    }

    func pullPlug(_ domain: DomainKey) async throws {
        do {
            try await hypervisor.destroy(domain)
        } catch {
            // It went off by itself meanwhile, which is what was wanted.
            guard error.isOperationInvalid else { throw error }
        }
        try await hypervisor.wait(for: domain, toBe: [.shutOff, .crashed], within: Self.stateDeadline)
    }

    private func shutDown(_ power: PowerAction, domain: DomainKey) async throws {
        do {
            try await hypervisor.shutdown(domain, way: .any)
        } catch {
            guard error.isOperationInvalid, try await !hypervisor.domain(domain).state.isActive else { throw error }
            return
        }
        claims.waitsForGuest(power.claim)
        do {
            try await hypervisor.wait(for: domain, toBe: [.shutOff, .crashed], within: power.grace)
        } catch {
            guard error.isTimedOut else { throw error }
            // The time is not over: bayd ends. The guest keeps what is left of it, and its plug.
            if Task.isCancelled { throw MachineError.hypervisor(reason: "bayd ended before the guest did") }
            let seconds = Int(power.grace.components.seconds)
            guard power.force else { throw MachineError.timedOut(power.action, seconds: seconds) }
            try await pullPlug(domain)
        }
        // A force-off that took the machine over ends a shutdown as wished, but not a restart.
        guard claims.isHeld(power.claim) || power.action == .shutdown else {
            throw MachineError.refused(.restart, because: "the machine was forced off meanwhile")
        }
    }

    /// Writes what an action has led to, with its event. Libvirt's own event may have written the status before.
    private func recorded(_ action: MachineAction, on machine: Machine, by actor: String) async throws -> Outcome {
        let message = action.doneMessage(machine.name)
        do {
            let now = try await store.database.transaction(attempts: 3) { transaction in
                _ = try await MachineStore.recordStatus([(machine.id, action.goal)], in: transaction)
                // It may have got another name or owner while the action went on.
                var now = try await MachineStore.find([machine.id], in: transaction).first ?? machine
                now.status = action.goal
                now.hasDomain = true
                transaction.record(.machine(action.eventAction, now, actor: actor, message: message))
                return now
            }
            return Outcome(machine: now, message: message)
        } catch {
            // What libvirt did stays done; the reconcile pass writes the status when the database is back.
            log.error(
                "a power action is done but not recorded",
                metadata: [
                    "machine": "\(machine.id)", "action": "\(action)", "actor": "\(actor)", "reason": "\(error)",
                    "code": "MACHINE_OPERATION_FAILED",
                ])
            throw MachineError.unrecorded(message)
        }
    }

    // MARK: Work under way

    private struct Work {
        var title: String
        var cancel: @Sendable () -> Void
    }

    /// Notes an operation that outlives whoever asked for it. Returns the number to call `ended` with.
    func began(_ title: String, cancel: @escaping @Sendable () -> Void) -> Int {
        lastWork += 1
        underWay[lastWork] = Work(title: title, cancel: cancel)
        return lastWork
    }

    func ended(_ number: Int) { underWay[number] = nil }

    /// Does something that nobody waits for.
    func inBackground(_ title: String, _ body: @escaping @Sendable () async -> Void) {
        lastWork += 1
        let number = lastWork
        let task = Task {
            await body()
            ended(number)
        }
        underWay[number] = Work(title: title) { task.cancel() }
    }

    /// Stops waiting for the operations under way, because the server ends, and says which they are. What libvirt was asked
    /// for is not taken back; the next server finds the state that it led to.
    package func abandon() -> [String] {
        for work in underWay.values { work.cancel() }
        return underWay.values.map(\.title).sorted()
    }

    // MARK: Claims

    /// Takes the machine for an operation. Other features, such as snapshots, claim here too.
    func claim(
        _ id: Machine.ID, for what: String, cutsWaitShort: Bool = false
    ) throws(MachineError) -> MachineClaims.Claim {
        switch claims.claim(id, for: what, cutsWaitShort: cutsWaitShort) {
        case .success(let claim): return claim
        case .failure(let busy): throw .busy(with: busy.with)
        }
    }

    func release(_ claim: MachineClaims.Claim) { claims.release(claim) }

    /// Keeps a card of the host for a machine until it is in the records.
    func promise(_ card: PCIAddress, to id: Machine.ID) throws(MachineError) {
        if promised.contains(where: { $0.key != id && $0.value == card }) {
            throw .invalid("the card \(card) is being given to another machine")
        }
        promised[id] = card
    }

    func endPromise(to id: Machine.ID) { promised[id] = nil }

    /// Those that an operation holds now: it writes their status itself.
    func claimed(among ids: Set<Machine.ID>) -> Set<Machine.ID> { ids.filter(claims.isClaimed) }

    /// Writes what state a machine is in after an operation that failed, before it is given back.
    func settle(_ machine: Machine, domain: DomainKey) async {
        do {
            let status = try await hypervisor.domain(domain).state.status
            try await store.database.transaction(attempts: 3) { transaction in
                for now in try await MachineStore.recordStatus([(machine.id, status)], in: transaction) {
                    transaction.record(
                        .machine("update", now, actor: "libvirt", message: "\(now.name) was found \(now.status.words)"))
                }
            }
        } catch {
            // The reconcile pass does it as soon as libvirt and the database can be reached.
            log.info("a status is left to the next look at everything", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Finding

    /// The machine, adopted or not, if the caller may see it.
    package nonisolated func find(_ id: Machine.ID, for caller: Caller) async throws -> Machine {
        if let machine = try await store.find(id, scope: caller.machineScope) { return index.decorate([machine])[0] }
        // Domains that belong to nobody are the administrators' business.
        if caller.role >= .admin, let domain = index.unmanaged(id) { return domain }
        throw MachineError.notFound
    }

    /// The same, if nobody has to be asked.
    nonisolated func known(_ id: Machine.ID, for caller: Caller) -> Machine? {
        store.known(id, scope: caller.machineScope).map { index.decorate([$0])[0] }
    }

    /// How the machine's domain is found in libvirt.
    nonisolated func domain(of machine: Machine) -> DomainKey { domain(of: machine.id, named: machine.internalName) }

    nonisolated func domain(of id: Machine.ID, named name: String) -> DomainKey {
        index.domainUUID(shownAs: id).map { .uuid($0) } ?? .name(name)
    }
}

extension MachineAction {
    func doneMessage(_ name: String) -> String {
        switch self {
        case .start: "\(name) was started"
        case .shutdown: "\(name) was shut down"
        case .stop: "\(name) was forced off"
        case .restart: "\(name) was restarted"
        case .reset: "\(name) was reset"
        case .suspend: "\(name) was suspended"
        case .resume: "\(name) was resumed"
        }
    }
}

extension MachineError {
    init(_ error: LibvirtError) {
        self =
            error.isConnectionLost
            ? .hypervisorUnavailable(reason: error.description) : .hypervisor(reason: error.description)
    }
}

extension Caller {
    /// Administrators see every machine, everybody else their own.
    package var machineScope: MachineStore.Scope { role >= .admin ? .all : .owned(by: userID ?? "") }
}
