import Core
import Logging
import Postgres
import Synchronization

/// Keeps the records true to libvirt: by its events within a moment, and by a look at everything, which repairs what events
/// missed. The schedule `power-state` asks for that look; each bayd has an index of its own in memory, so one that the
/// schedule has passed over looks by itself.
///
/// An error of libvirt is never read as "stopped": while it cannot be reached the records stay as they are.
final class StateKeeper: Sendable {
    /// How many events may wait for the database. Beyond it they are dropped, which is recorded, and everything is read again.
    static let backlog = 20_000
    /// How many events go into one transaction.
    static let batch = 500
    /// Up to how many domains are asked for one by one on a host with so many; all at once is cheaper beyond.
    static func singleReads(of domains: Int) -> Int { max(16, domains / 64) }
    /// How old the last look at everything may become.
    static let longestSilence = Duration.seconds(45)
    /// Pause before the database is tried again.
    static let retryPause = Duration.milliseconds(500)

    private struct State {
        var events: [DomainEvent] = []
        var dropped = 0
        var wantsResync: ResyncReason?
        /// A look at everything is due although nothing was missed.
        var wantsCheck = false
        /// How many looks there were, when the last one was, and what came of it.
        var checks = 0
        var lastCheck: ContinuousClock.Instant?
        var lastOutcome: Result<Int, LibvirtError> = .success(0)
    }

    private let machines: MachineService
    private let store: MachineStore
    private let hypervisor: any HypervisorPort
    private let index: FleetIndex
    private let board: FigureBoard
    private let log: Logger
    private let state = Mutex(State())
    private let bell = Bell()
    private let checked = Bell()

    init(
        machines: MachineService, hypervisor: any HypervisorPort, index: FleetIndex, board: FigureBoard, log: Logger
    ) {
        self.machines = machines
        store = machines.store
        self.hypervisor = hypervisor
        self.index = index
        self.board = board
        self.log = log
    }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.receive() }
            group.addTask { await self.remind() }
            group.addTask { await self.work() }
        }
    }

    /// Takes events off libvirt's hands at once, whatever the database does.
    private func receive() async {
        for await news in hypervisor.news() {
            state.withLock { state in
                switch news {
                case .resync(let reason): state.wantsResync = reason
                case .event(let event):
                    if state.events.count < Self.backlog {
                        state.events.append(event)
                    } else {
                        state.dropped += 1
                        state.wantsResync = .overflow
                    }
                }
            }
            bell.ring()
        }
        bell.close()
    }

    private func remind() async {
        while true {
            do { try await Task.sleep(for: Self.longestSilence / 3) } catch { return }
            let isOld = state.withLock { $0.lastCheck.map { $0.duration(to: .now) > Self.longestSilence } ?? true }
            if isOld { askForCheck() }
        }
    }

    private func askForCheck() {
        state.withLock { $0.wantsCheck = true }
        bell.ring()
    }

    /// Looks at everything now, behind the events that wait, and says how many machines' states were put right.
    func check() async throws -> Int {
        let before = state.withLock { $0.checks }
        askForCheck()
        while !Task.isCancelled, !checked.isClosed {
            let rings = checked.rings
            let outcome = state.withLock { $0.checks > before ? $0.lastOutcome : nil }
            if let outcome { return try outcome.get() }
            await checked.wait(beyond: rings)
        }
        throw CancellationError()
    }

    private func work() async {
        while !Task.isCancelled, !bell.isClosed {
            let rings = bell.rings
            do {
                while try await step() {}
                await bell.wait(beyond: rings)
            } catch {
                if Task.isCancelled { return }
                log.warning("machines' states cannot be recorded now", metadata: ["reason": "\(error)"])
                do { try await Task.sleep(for: Self.retryPause) } catch { return }
            }
        }
    }

    /// One transaction's worth of work. False when there is nothing to do. What it throws leaves everything to be done again.
    private func step() async throws -> Bool {
        let (events, dropped) = state.withLock { (Array($0.events.prefix(Self.batch)), $0.dropped) }
        if !events.isEmpty || dropped > 0 {
            try await record(events, dropped: dropped)
            state.withLock { state in
                state.events.removeFirst(events.count)
                state.dropped -= dropped
            }
            return true
        }
        let (reason, isDue) = state.withLock { ($0.wantsResync, $0.wantsCheck) }
        guard reason != nil || isDue else { return false }
        let outcome: Result<Int, LibvirtError>
        do {
            outcome = .success(try await resync(reason))
        } catch let error as LibvirtError {
            // Without libvirt there is nothing to compare with; it says `resync` when it is back.
            index.setReachable(false)
            log.info("machines cannot be compared with libvirt", metadata: ["reason": "\(error)"])
            outcome = .failure(error)
        }
        state.withLock { state in
            if state.wantsResync == reason { state.wantsResync = nil }
            state.wantsCheck = false
            state.checks += 1
            state.lastCheck = .now
            state.lastOutcome = outcome
        }
        checked.ring()
        return true
    }

    // MARK: Events

    private func record(_ events: [DomainEvent], dropped: Int) async throws {
        for event in events { await apply(event) }
        await readStates(of: Set(events.filter { $0.kind.state != nil }.map(\.uuid)))
        let touched = Set(events.compactMap { index.machine(ofDomain: $0.uuid) })
        let statuses = await unclaimedStatuses(of: touched)
        try await store.database.transaction(attempts: 3) { transaction in
            _ = try await MachineStore.recordStatus(statuses, in: transaction)
            let rows = try await MachineStore.find(Array(touched), in: transaction)
            let machines = Dictionary(
                self.index.decorate(rows).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            for event in events {
                guard let machine = self.subject(of: event, among: machines) else { continue }
                let cause = event.cause.map { " (\($0))" } ?? ""
                transaction.record(
                    .machine(
                        event.kind.rawValue, machine, actor: "libvirt",
                        message: "\(machine.name) \(event.kind.words)\(cause)"))
            }
            if dropped > 0 {
                transaction.record(
                    .host("events_lost", message: "\(dropped) events of libvirt came too fast to be recorded"))
            }
            let destroyed = touched.subtracting(machines.keys)
            transaction.whenCommitted { [index] in for id in destroyed { index.unlinkIfGone(id) } }
        }
    }

    /// Asks libvirt for the states as they are now. Events tell what was: one that waited here while an operation went on
    /// would set its machine back for a moment.
    private func readStates(of uuids: Set<String>) async {
        guard uuids.count <= Self.singleReads(of: index.domainCount) else {
            guard let records = try? await hypervisor.domains() else { return }
            for record in records where uuids.contains(record.uuid) { index.update(record) }
            return
        }
        for uuid in uuids {
            // A domain that is gone by now has an event of its own, and without a connection there is a resync to come.
            if let record = try? await hypervisor.domain(.uuid(uuid)) { index.update(record) }
        }
    }

    /// What is known of machines that no operation holds: an operation writes the status itself.
    private func unclaimedStatuses(of ids: Set<Machine.ID>) async -> [(Machine.ID, MachineStatus)] {
        let claimed = await machines.claimed(among: ids)
        return ids.subtracting(claimed).compactMap { id in
            index.domainUUID(of: id).flatMap(index.record).map { (id, $0.state.status) }
        }
    }

    /// Brings the index up to date with one event.
    private func apply(_ event: DomainEvent) async {
        switch event.kind {
        case .undefined:
            index.remove(event.uuid)
        case .defined:
            // It may be new, or have got another name. A domain that is gone again by now is in a later event.
            if let record = try? await hypervisor.domain(.uuid(event.uuid)) { index.update(record) }
        default:
            if index.record(event.uuid) == nil {
                if let record = try? await hypervisor.domain(.uuid(event.uuid)) { index.update(record) }
            }
            if let state = event.kind.state { index.setState(state, ofDomain: event.uuid) }
        }
    }

    /// The machine that an event tells of, as it is afterwards: a row, or a domain that nobody adopted.
    private func subject(of event: DomainEvent, among machines: [Machine.ID: Machine]) -> Machine? {
        if let id = index.machine(ofDomain: event.uuid) { return machines[id] }
        if let domain = index.unmanaged(Machine.ID(event.uuid)) { return domain }
        return Machine(
            id: Machine.ID(event.uuid), name: event.name, internalName: event.name,
            status: event.kind.state?.status ?? .off, isManaged: false, hasDomain: event.kind != .undefined)
    }

    // MARK: Everything

    /// Returns how many machines were in another state than recorded.
    private func resync(_ reason: ResyncReason?) async throws -> Int {
        let records = try await hypervisor.domains()
        // Rows of other servers know their domain by name; those join their domains here.
        index.setLinks(try await store.domainLinks(), among: records)
        let difference = index.replace(with: records)
        let statuses = await unclaimedStatuses(of: Set(records.compactMap { index.machine(ofDomain: $0.uuid) }))
        let changing = try await store.changingHardware()
        let abandoned = changing.subtracting(await machines.claimed(among: changing))
        board.keep(Set(index.active().map(\.id)))
        return try await store.database.transaction(attempts: 3) { transaction in
            for machine in try await MachineStore.endHardwareChanges(of: abandoned, in: transaction) {
                transaction.record(
                    .machine(
                        "update", machine, actor: "bayd",
                        message: "the change of \(machine.name)'s hardware was interrupted"))
            }
            let changed = try await MachineStore.recordStatus(statuses, in: transaction)
            for machine in self.index.decorate(changed) {
                transaction.record(
                    .machine(
                        "update", machine, actor: "libvirt",
                        message: "\(machine.name) was found \(machine.status.words)")
                )
            }
            self.tell(of: difference, besides: Set(changed.map(\.id)), in: transaction)
            // Whoever listed machines before libvirt could be asked has to list them again.
            if reason == .connected {
                transaction.record(.host("connected", message: "libvirt is connected, with \(records.count) domains"))
            }
            return changed.count
        }
    }

    /// Events for what changed unseen with domains that have no row whose status would have told it.
    private func tell(
        of difference: FleetIndex.Difference, besides told: Set<Machine.ID>, in transaction: Transaction
    ) {
        for record in difference.appeared + difference.changed where index.machine(ofDomain: record.uuid) == nil {
            let machine = Machine(unmanaged: record, isReachable: true)
            transaction.record(
                .machine(
                    "update", machine, actor: "libvirt", message: "\(machine.name) was found \(machine.status.words)"))
        }
        for record in difference.vanished where index.machine(ofDomain: record.uuid) == nil {
            var machine = Machine(unmanaged: record, isReachable: true)
            machine.hasDomain = false
            transaction.record(
                .machine("undefined", machine, actor: "libvirt", message: "\(machine.name) is gone from the host"))
        }
    }
}

extension DomainEvent.Kind {
    /// What happened, behind a machine's name.
    var words: String {
        switch self {
        case .defined: "was defined"
        case .undefined: "was undefined"
        case .started: "started"
        case .suspended: "was suspended"
        case .resumed: "was resumed"
        case .stopped: "stopped"
        case .shutdown: "is shutting down"
        case .pmSuspended: "went to sleep"
        case .crashed: "crashed"
        }
    }
}
