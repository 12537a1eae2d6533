package import Core
import FoundationEssentials
package import Logging
package import Postgres

/// Everything behind the doors: the features, and what keeps them up to date.
package final class Services: Sendable {
    package let database: Database
    package let hypervisor: any HypervisorPort
    package let links: LinkBoard
    package let machines: MachineService
    package let adoption: MachineAdoption
    package let screens: MachineScreens
    package let guests: GuestCommands
    package let departments: DepartmentService
    package let snapshots: SnapshotService
    package let templates: TemplateService
    package let applications: ApplicationService
    package let settings: SettingsService
    package let networks: NetworkService
    package let setup: SetupService
    package let host: HostService
    package let users: UserService
    package let accounts: Accounts
    package let figures: FigureBoard
    package let metrics: MetricStore
    package let index: FleetIndex
    package let events: EventStore
    package let hub: EventHub
    package let sockets: SocketRegistry
    package let clock: any WallClock
    package let jobs: JobService
    package let scheduler: JobScheduler
    package let census: JobCensus
    package let errors: ErrorRecorder
    package let firewall: FirewallService
    package let firewallApplier: FirewallApplier
    package let firewallHits: FirewallHitsService
    package let drops: DropRecorder
    package let blocked: BlockedConnectionService

    private let pump: EventPump
    private let keeper: StateKeeper
    private let sampler: FigureSampler
    private let minutes: MinuteWriter
    private let log: Logger

    /// - Parameters:
    ///   - keepsRows: keep machines and departments in memory, or read them from the database each time.
    ///   - repairsFirewall: put right unasked what somebody changed about Bay's filters in libvirt.
    ///   - drops: whether it is recorded what rules keep out.
    ///   - eventDays: for how many days events are kept.
    ///   - errors: where the errors of `log` go; one is made for `log` when it is missing.
    package init(
        database: Database, hypervisor: any HypervisorPort, periods: StatsPeriods = StatsPeriods(),
        clock: any WallClock = SystemClock(), accounts: Accounts.Settings = Accounts.Settings(key: .random()),
        imageDirectory: String = "/opt/infinibay/iso", screens hosts: ScreenHosts = ScreenHosts(),
        zone: LocalTime = .system, keepsRows: Bool = true,
        repairsFirewall: Bool = false, drops dropSettings: DropLogSettings = DropLogSettings(),
        eventDays: Int = ServerConfig().eventDays, errors given: ErrorRecorder? = nil,
        log plain: Logger = Logger(label: "bay")
    ) {
        let errors =
            given ?? ErrorRecorder(database: database, clock: clock, log: plain.with(label: ErrorRecorder.label))
        let log = given == nil ? plain.recording(to: errors) : plain
        self.database = database
        self.hypervisor = hypervisor
        self.clock = clock
        self.errors = errors
        self.log = log
        links = LinkBoard(at: clock.now)
        index = FleetIndex()
        figures = FigureBoard()
        hub = EventHub()
        sockets = SocketRegistry()
        events = EventStore(database: database)
        metrics = MetricStore(database)
        let newID = Self.newID
        let owner = ProcessName(
            host: ProcessInfo.processInfo.hostName, processID: ProcessInfo.processInfo.processIdentifier, nonce: newID()
        )
        jobs = JobService(database: database, owner: owner, clock: clock, log: log.with(label: "bay.jobs"))
        census = JobCensus(store: jobs.store, clock: clock)
        let machineStore = MachineStore(database: database, keepsRows: keepsRows)
        departments = DepartmentService(
            store: DepartmentStore(database: database, keepsRows: keepsRows), newID: newID)
        machines = MachineService(store: machineStore, hypervisor: hypervisor, index: index, jobs: jobs, log: log)
        adoption = MachineAdoption(service: machines, hypervisor: hypervisor, index: index, newID: newID)
        screens = MachineScreens(machines: machines, hypervisor: hypervisor, index: index, hosts: hosts)
        guests = GuestCommands(machines: machines, hypervisor: hypervisor)
        snapshots = SnapshotService(machines: machines, hypervisor: hypervisor)
        templates = TemplateService(store: TemplateStore(database: database), newID: newID)
        applications = ApplicationService(store: ApplicationStore(database: database), newID: newID)
        settings = SettingsService(store: SettingsStore(database: database))
        networks = NetworkService(hypervisor: hypervisor, database: database, newID: newID)
        firewall = FirewallService(
            store: FirewallStore(database: database), machines: machines, departments: departments, clock: clock,
            newID: newID)
        drops = DropRecorder(
            dropSettings, store: BlockedConnectionStore(database: database), hypervisor: hypervisor, clock: clock,
            newID: newID, log: log.with(label: "bay.firewall"))
        firewallApplier = FirewallApplier(
            service: firewall, hypervisor: hypervisor, index: index, repairs: repairsFirewall, drops: drops,
            log: log.with(label: "bay.firewall"))
        firewallHits = FirewallHitsService(service: firewall, hypervisor: hypervisor)
        blocked = BlockedConnectionService(service: firewall, store: drops.store)
        let userStore = UserStore(database: database)
        let hasher = PasswordHasher(cost: accounts.cost)
        let attempts = LoginAttempts(clock: clock)
        users = UserService(store: userStore, hasher: hasher, attempts: attempts, newID: newID)
        self.accounts = Accounts(
            accounts, store: userStore, hasher: hasher, attempts: attempts, clock: clock,
            log: log.with(label: "bay.accounts"))
        var random = SystemRandomNumberGenerator()
        setup = SetupService(
            database: database, users: users, imageDirectory: imageDirectory, code: SetupCode(using: &random))
        host = HostService(hypervisor: hypervisor, store: HostStore(database: database), clock: clock)
        pump = EventPump(store: events, hub: hub, links: links, clock: clock, log: log)
        pump.followOwn()
        keeper = StateKeeper(machines: machines, hypervisor: hypervisor, index: index, board: figures, log: log)
        minutes = MinuteWriter(store: metrics, clock: clock, log: log)
        sampler = FigureSampler(
            hypervisor: hypervisor, index: index, board: figures, minutes: minutes, periods: periods,
            clock: clock, log: log)
        scheduler = JobScheduler(
            database: database,
            jobs: Self.scheduled(
                keeper,
                ScreenRecords(
                    store: machineStore, hypervisor: hypervisor, index: index, hosts: hosts, newID: newID),
                FigureWatchdog(
                    database: database, hypervisor: hypervisor, index: index, errors: errors, clock: clock),
                OrphanCleanup(database: database, eventDays: eventDays, blockedDays: dropSettings.days), firewallApplier
            ),
            clock: clock, zone: zone, owner: owner, errors: errors, log: log.with(label: "bay.jobs"))
        jobs.settle(.destroyMachine) { [machines] in try await machines.settleDestruction($0, $1) }
        for kind in [Job.Kind.createSnapshot, .restoreSnapshot, .deleteSnapshot] {
            jobs.settle(kind) { [snapshots] in try await snapshots.settle($0, $1) }
        }
    }

    private static func scheduled(
        _ keeper: StateKeeper, _ screens: ScreenRecords, _ watchdog: FigureWatchdog, _ cleanup: OrphanCleanup,
        _ firewall: FirewallApplier
    ) -> [ScheduledJob] {
        [
            ScheduledJob(.powerState) {
                let count = try await keeper.check()
                return count == 0 ? "all states were right" : "\(count) machines were found in another state"
            },
            ScheduledJob(.graphics) { try await screens.refresh() },
            ScheduledJob(.metricsWatchdog) { try await watchdog.look() },
            ScheduledJob(.orphanCleanup) { try await cleanup.run() },
            ScheduledJob(.firewall) { try await firewall.inspect() },
        ]
    }

    /// A new id, as all tables have them.
    @Sendable package static func newID() -> String { UUID().uuidString.lowercased() }

    /// Reads what the doors need before they open: which event was the last.
    package func prepare() async throws(DatabaseError) {
        hub.start(after: try await events.last())
        try await setup.announce(log)
    }

    /// Keeps everything up to date until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.database.run() }
            group.addTask { await self.hypervisor.run() }
            group.addTask { await self.watchHypervisor() }
            group.addTask { await self.watchDatabase() }
            group.addTask { await self.accounts.run() }
            group.addTask { await self.pump.run() }
            group.addTask { await self.keeper.run() }
            group.addTask { await self.sampler.run() }
            group.addTask { await self.minutes.run() }
            group.addTask { await self.errors.run() }
            group.addTask { await self.jobs.run() }
            group.addTask { await self.firewallApplier.run() }
            group.addTask { await self.drops.run() }
            group.addTask {
                // What is due at the start would find libvirt still connecting, and call that a failure.
                await self.links.settle(.hypervisor)
                await self.scheduler.run()
            }
        }
    }

    /// Ends every subscription, so that the doors can close in peace.
    package func close() {
        hub.close()
        figures.close()
        links.close()
    }

    private func watchHypervisor() async {
        for await link in hypervisor.links() {
            links.set(.hypervisor, link.state, reason: link.reason, at: clock.now)
            if link.state != .up { index.setReachable(false) }
        }
    }

    private func watchDatabase() async {
        for await state in database.linkStates() {
            switch state {
            case .connecting: links.set(.database, .connecting, at: clock.now)
            case .up:
                links.set(.database, .up, at: clock.now)
                // The light of the events went out with the database's, perhaps after the pump had turned it on again.
                await pump.refresh()
            case .down(let reason):
                links.set(.database, .down, reason: reason, at: clock.now)
                // Events come from the database, so they stop with it.
                links.set(.events, .down, reason: "the database cannot be reached", at: clock.now)
            }
        }
    }
}

/// The host's own time of day.
package struct SystemClock: WallClock {
    package init() {}
    package var now: Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }
}
