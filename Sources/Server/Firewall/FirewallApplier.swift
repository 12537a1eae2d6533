package import Core
import Cryptography
package import Logging
import Postgres

/// Brings the rules to libvirt.
///
/// What is to be done stands in rows: whoever changes rules counts up what is wanted, and what is behind is brought up here,
/// by whichever bayd is there. So a crash at any point leaves libvirt with the old rules or the new ones and a row that says
/// that work waits, and ten changes that come faster than libvirt obeys are one piece of work.
///
/// The filter is made before it is put on an interface, and changed under its name and never taken away while somebody has
/// it: there is no moment in which a machine is open.
package final class FirewallApplier: Sendable {
    /// How many machines are served at once, whoever asks. libvirt does one filter after the other, and the rest overlaps; each
    /// holds a connection of the database while libvirt works, and most of those are to be left to others.
    package static let width = 3
    /// How long it sleeps at most: what other bayd were told is seen by then.
    static let longestPause = Duration.seconds(10)
    static let retryPause = Duration.seconds(2)

    let service: FirewallService
    let hypervisor: any HypervisorPort
    let index: FleetIndex
    /// Whether what somebody changed in libvirt is put right unasked.
    let repairs: Bool
    let log: Logger
    private let drops: DropRecorder
    private let bell = Bell()
    private let turnstile = Turnstile(places: width)

    var store: FirewallStore { service.store }

    package init(
        service: FirewallService, hypervisor: any HypervisorPort, index: FleetIndex, repairs: Bool,
        drops: DropRecorder, log: Logger
    ) {
        self.service = service
        self.hypervisor = hypervisor
        self.index = index
        self.repairs = repairs
        self.drops = drops
        self.log = log
        service.store.database.follow(FirewallStore.machines) { [bell] _ in bell.ring() }
    }

    // MARK: Running

    /// Applies what waits, and takes back what nobody confirmed, until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [bell, hypervisor] in
                for await link in hypervisor.links() where link.state == .up { bell.ring() }
            }
            group.addTask { await self.work() }
        }
    }

    private func work() async {
        while !Task.isCancelled {
            let rings = bell.rings
            var pause = Self.longestPause
            do {
                if let next = try await service.revertExpired() { pause = min(pause, .milliseconds(next + 1)) }
                // Without libvirt everything waits until the link rings.
                if hypervisor.link.state == .up, let next = try await applyWaiting() {
                    pause = min(pause, .milliseconds(next + 1))
                }
            } catch {
                if Task.isCancelled { return }
                pause = Self.retryPause
                log.debug("firewalls cannot be looked after now", metadata: ["reason": "\(error)"])
            }
            await bell.wait(beyond: rings, for: pause)
        }
    }

    /// Applies what waits now. Returns in how many milliseconds something is to be tried again; nil where nothing is.
    package func applyWaiting() async throws -> Int? {
        while !Task.isCancelled {
            let (machines, next) = try await store.waiting(limit: 256)
            if machines.isEmpty { return next }
            let served = await each(of: machines) { id in (try? await self.apply(id)) != nil }
            // Those that another bayd is at are not ours, and nothing else is left.
            if !served.contains(true), !machines.isEmpty { return 1000 }
        }
        return nil
    }

    /// Does something for many machines, some at once. The answers are in no order.
    func each<Value: Sendable>(
        of machines: [Machine.ID], _ body: @escaping @Sendable (Machine.ID) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: Value.self) { group in
            var values: [Value] = []
            for (place, id) in machines.enumerated() {
                if place >= Self.width, let value = await group.next() { values.append(value) }
                group.addTask { await body(id) }
            }
            for await value in group { values.append(value) }
            return values
        }
    }

    // MARK: One machine

    /// What became of a machine's filter.
    package struct Report: Equatable, Sendable {
        package var machine: Machine.ID
        package var filter: String
        /// How many rules of people's it has.
        package var rules: Int
        package var isNew = false
        package var isRedefined = false
        package var attached = 0
        package var problem: String?

        var isNews: Bool { isNew || isRedefined || attached > 0 }
    }

    /// Brings a machine's rules to libvirt. Nil where another bayd is at it.
    /// - Parameter waits: whether to wait for that other bayd.
    package func apply(_ id: Machine.ID, waits: Bool = false, by actor: String = "bayd") async throws -> Report? {
        do {
            try await ensureSet(of: id)
            return try await turnstile.pass {
                try await store.database.transaction { transaction in
                    guard try await FirewallStore.take(id, waits: waits, in: transaction) else { return nil }
                    return try await self.bring(id, by: actor, in: transaction)
                }
            }
        } catch {
            try? await note(error, of: id)
            throw error
        }
    }

    /// Apart from the long transaction, which would hold the machine's row while libvirt works.
    func ensureSet(of id: Machine.ID) async throws {
        if try await store.set(of: .machine(id)) != nil { return }
        try await store.database.transaction(attempts: 3) { transaction in
            let ground = try await FirewallStore.ground(of: .machine(id), locks: transaction, in: transaction)
            if ground.set == nil { _ = try await service.add(.machine(id), ground.name, in: transaction) }
        }
    }

    /// All that it reads of the database it reads in the transaction: a second connection might never be free.
    private func bring(_ id: Machine.ID, by actor: String, in transaction: Transaction) async throws -> Report {
        // What is wanted is read before the rules: rules that are newer than it are applied once more, for nothing.
        guard var state = try await FirewallStore.state(of: id, in: transaction) else {
            throw FirewallError.machineNotFound
        }
        let ground = try await FirewallStore.ground(of: .machine(id), in: transaction)
        guard var set = ground.machineSet, let domainName = ground.domainName else {
            throw FirewallError.machineNotFound
        }
        let effective = ground.effective
        var report = Report(machine: id, filter: set.filterName, rules: effective.rules.count)

        let held = try await hypervisor.filter(set.filterName)
        var filter = FirewallFilter(
            name: set.filterName, references: try await references(ground.settings), rules: effective)
        let digest = Self.digest(filter.xml)
        if held == nil || state.sentDigest != digest || held.map({ Self.digest($0.xml) }) != state.heldDigest {
            filter.uuid = held?.uuid
            let made = try await hypervisor.defineFilter(xml: filter.xml)
            report.isNew = held == nil
            report.isRedefined = held != nil
            state.heldDigest = Self.digest(made.xml)
            set.filterUUID = made.uuid
            set.filterXML = filter.xml
        }
        do throws(LibvirtError) {
            let domain = service.machines.domain(of: id, named: domainName)
            let attachment = try await hypervisor.attachFilter(set.filterName, to: domain)
            report.attached = attachment.attached
            report.problem = attachment.problem
        } catch {
            // A machine without a domain has nothing to filter; what it gets one day has the filter from the start.
            if !error.isNoDomain { throw error }
        }
        let isFirst = state.applied == 0
        let before = state.problem
        state.applied = state.wanted
        state.sentDigest = digest
        state.problem = report.problem
        try await FirewallStore.recordApplied(state, set: set, isMade: report.isNews, in: transaction)
        if report.isNews { drops.rulesChanged() }
        if report.isNews || isFirst || before != report.problem || state.drift != nil {
            let rules = report.rules == 1 ? "1 rule" : "\(report.rules) rules"
            transaction.record(
                .firewall(
                    report.problem == nil ? "apply" : "fail", ground, actor: actor,
                    message: report.problem.map { "the rules do not reach all of \(ground.name): \($0)" }
                        ?? "\(ground.name) is filtered by \(rules)"))
        }
        return report
    }

    private func references(_ settings: FirewallSettings) async throws(LibvirtError) -> [String] {
        var found: [String] = []
        for name in settings.references where try await hypervisor.filter(name) != nil { found.append(name) }
        return found
    }

    static func digest(_ xml: String) -> String { Digest.hexadecimal(Digest.sha256(Array(xml.utf8))) }

    /// Notes why rules could not be brought to libvirt. That bayd ends, or that libvirt or the database is away, is told
    /// elsewhere.
    private func note(_ error: any Error, of id: Machine.ID) async throws {
        guard !Task.isCancelled, let error = error as? LibvirtError, !error.isConnectionLost else { return }
        let reason = error.isNotSupported ? "this hypervisor has no packet filters" : error.description
        try await store.database.transaction(attempts: 3) { transaction in
            guard try await FirewallStore.recordFailure(reason, of: id, in: transaction) else { return }
            let ground = try await FirewallStore.ground(of: .machine(id), in: transaction)
            transaction.record(
                .firewall(
                    "fail", ground, actor: "bayd",
                    message: "the rules of \(ground.name) could not be brought to libvirt: \(reason)"))
            self.log.warning(
                "a machine's packet filter is not what it should be",
                metadata: ["machine": "\(id)", "reason": "\(reason)"])
        }
    }
}

extension FirewallError {
    init(_ error: LibvirtError) {
        if error.isConnectionLost {
            self = .hypervisorUnavailable(reason: error.description)
        } else if error.isNotSupported {
            self = .hypervisor(reason: "this hypervisor has no packet filters")
        } else {
            self = .hypervisor(reason: error.description)
        }
    }
}
