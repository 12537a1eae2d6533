import Core
import FoundationEssentials
import Glibc
import GraphQL
import Libvirt
package import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// bayd: puts database, hypervisor, features and doors together, and takes them apart in the right order.
package struct BayServer: Service {
    private let options: ServerOptions
    private let log: Logger
    private let ready: @Sendable (String) async -> Void
    private let stopping: @Sendable () async -> Void

    /// - Parameters:
    ///   - ready: is given the line that says where the doors are, once they are open.
    ///   - stopping: is called when the server begins to stop.
    package init(
        options: ServerOptions, log: Logger, ready: @escaping @Sendable (String) async -> Void,
        stopping: @escaping @Sendable () async -> Void = {}
    ) {
        self.options = options
        self.log = log
        self.ready = ready
        self.stopping = stopping
    }

    package func run() async throws {
        // What needs nothing else is looked at first: then nothing was begun where it is no good.
        let tls = try tlsIdentity()
        // Putting the API together takes as long as opening the database, so both are done at once.
        async let built = BaySchema.build()
        let storage = try await Storage.open(options, log: log)
        do {
            try await serve(storage, try await built, tls)
        } catch {
            await storage.close()
            throw error
        }
        await storage.close()
    }

    /// Lets go of everything at once: for whoever cannot wait for `run()`. Only asks the private database, which would go
    /// on otherwise, to stop as well.
    package func abandon() {
        guard options.config.databaseURL == nil || options.demo != nil else { return }
        let data = options.stateDirectory + "/postgres/data"
        if let database = PrivateCluster.runningServer(in: data) { kill(database, SIGINT) }
    }

    private func serve(_ storage: Storage, _ schema: Schema<RequestContext>, _ tls: TLSIdentity?) async throws {
        ProcessFigures.raiseOpenFileLimit()
        let clock = SystemClock()
        let errors = ErrorRecorder(
            database: storage.database, clock: clock, log: log.with(label: ErrorRecorder.label))
        // From here on errors are recorded for administrators, beside being logged.
        let log = log.recording(to: errors)
        let base = Hypervisor(uri: try uri(), log: log.with(label: "bay.hypervisor"))
        let fleet = options.demo.map { DemoFleet(count: $0) }
        let hypervisor: any HypervisorPort = fleet.map { DemoHypervisor(base, fleet: $0, clock: clock) } ?? base
        if let fleet { try await DemoRecords(fleet: fleet).write(to: storage.database) }

        let services = Services(
            database: storage.database, hypervisor: hypervisor, periods: options.config.stats, clock: clock,
            accounts: try Accounts.Settings(
                options.config.accounts, directory: options.stateDirectory, log: log.with(label: "bay.accounts")),
            imageDirectory: options.imageDirectory, screens: options.config.screens,
            keepsRows: options.config.keepsRows, repairsFirewall: options.config.repairsFirewall,
            drops: options.config.drops, eventDays: options.config.eventDays, errors: errors, log: log)
        try await services.prepare()
        let facts = ServerFacts(
            version: options.version, isDemo: fleet != nil, hypervisorURI: fleet == nil ? base.uri : "demo")
        let runner = GraphQLRunner(schema: schema, services: services, facts: facts, log: log)
        let door = LocalSocket(
            path: options.socketPath, roles: options.config.roles, tokens: services.accounts, runner: runner,
            log: log.with(label: "bay.door"))
        let socketIO = SocketIODoor(
            tokens: services.accounts, backend: EventAudience(database: services.database, hub: services.hub),
            registry: services.sockets, limits: SocketIOLimits(openFiles: ProcessFigures.openFileLimit), clock: clock,
            log: log.with(label: "bay.socketio"))
        let http = httpDoor(runner: runner, services: services, socketIO: socketIO, tls: tls)
        let line = { @Sendable in
            "ready socket=\(door.path) http=\(http?.url ?? "off") hypervisor=\(facts.hypervisorURI) "
                + "database=\(storage.name)"
        }

        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await storage.run() }
                group.addTask { await services.run() }
                if let fleet, options.demoEventRate > 0 {
                    group.addTask {
                        await DemoUnrest(fleet: fleet, rate: options.demoEventRate).run(on: hypervisor)
                    }
                }
                let closed = Atomic(http == nil ? 1 : 2)
                // The line comes when the last door is open.
                let isOpen = { @Sendable in
                    if closed.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                        await ready(line())
                    }
                }
                group.addTask { try await door.run(isOpen: isOpen) }
                if let http {
                    group.addTask { await socketIO.run() }
                    group.addTask { try await http.run(isOpen: isOpen) }
                }
                group.addTask {
                    // Subscriptions end first, so that every client hears the end of them before its connection closes.
                    try? await gracefulShutdown()
                    await stopping()
                    door.stopAccepting()
                    services.close()
                    await withDiscardingTaskGroup { group in
                        group.addTask { await door.waitUntilEmpty() }
                        group.addTask { await http?.waitUntilEmpty() }
                    }
                    let left = await services.machines.abandon()
                    if !left.isEmpty {
                        log.warning(
                            "stopping without waiting any longer", metadata: ["for": "\(left.joined(separator: ", "))"])
                    }
                    throw CancellationError()
                }
            }
        } catch is CancellationError {
            log.info("stopped")
        } catch let error as SocketPathError {
            throw ServerError(error.message)
        } catch let error as HTTPDoorError {
            throw ServerError(error.message)
        }
    }

    /// Nil where none is wanted.
    private func httpDoor(
        runner: GraphQLRunner, services: Services, socketIO: SocketIODoor, tls: TLSIdentity?
    ) -> HTTPDoor? {
        let settings = options.config.http
        guard settings.port != 0 else { return nil }
        let log = log.with(label: "bay.http")
        let status = ServerStatus(
            links: services.links, index: services.index, hub: services.hub, jobs: services.census,
            version: options.version, startedAt: services.clock.now)
        let routes = HTTPRoutes(
            runner: runner, tokens: services.accounts, status: status,
            cors: CORSPolicy(settings.allowedOrigins), proxies: TrustedProxies(settings.trustedProxies),
            socketIO: socketIO, log: log)
        return HTTPDoor(
            at: HTTPDoor.Address(host: settings.bind, port: settings.port), routes: routes,
            limits: HTTPLimits(openFiles: ProcessFigures.openFileLimit), tls: tls, clock: services.clock, log: log)
    }

    /// What HTTP is encrypted with; nil where it is not.
    private func tlsIdentity() throws -> TLSIdentity? {
        guard options.config.http.port != 0, let files = options.config.http.tls else { return nil }
        do throws(TLSError) { return try TLSIdentity(files) } catch {
            throw ServerError("nothing can be served over TLS: \(error.message); \(error.advice)")
        }
    }

    private func uri() throws -> String {
        guard let count = options.demo else { return options.config.libvirtURI }
        let file = options.stateDirectory + "/node.xml"
        do {
            try FileManager.default.createDirectory(
                atPath: options.stateDirectory, withIntermediateDirectories: true)
            try Data(DemoFleet(count: count).nodeXML.utf8).write(to: URL(filePath: file))
        } catch {
            throw ServerError("the demo's machines cannot be written to \(file): \(error.words)")
        }
        return "test://\(file)"
    }
}

// Whoever runs services asks for their descriptions, and what has none is described by all that it holds.
extension BayServer: CustomStringConvertible {
    package var description: String { "bayd" }
}

extension Logger {
    /// A logger of the same kind for a part of the program. Its level is its own: debug lines can be wanted of one part.
    func with(label: String) -> Logger {
        if let tap = handler as? ErrorTap { return tap.with(label: label) }
        return handler is SwiftLogNoOpLogHandler ? self : Logger(label: label)
    }
}

/// Brings the database up to date without serving. Returns the steps that it lacked.
package func migrateDatabase(_ options: ServerOptions, log: Logger) async throws -> [String] {
    let storage = try await Storage.open(options, log: log)
    await storage.close()
    return storage.migrated
}

/// The server's PostgreSQL: the one that was named, or a private one.
struct Storage: Sendable {
    let database: Database
    /// For the ready line; holds no password.
    let name: String
    /// The steps that the database lacked when it was opened.
    let migrated: [String]
    private let cluster: PrivateCluster?

    /// - Parameter joinsRunningServer: use the private database of a bayd that runs, instead of refusing to.
    static func open(
        _ options: ServerOptions, joinsRunningServer: Bool = false, log: Logger
    ) async throws -> Storage {
        let log = log.with(label: "bay.database")
        var cluster: PrivateCluster?
        var connection: ConnectionOptions
        if let url = options.config.databaseURL, options.demo == nil {
            connection = ConnectionOptions(url)
        } else {
            try StateDirectory.prepare(options.config.stateDirectory)
            try StateDirectory.prepare(options.stateDirectory)
            let settings = PrivateCluster.Settings(directory: options.stateDirectory + "/postgres")
            do throws(PrivateClusterError) {
                let own = try await PrivateCluster.start(settings, logger: log)
                cluster = own
                connection = ConnectionOptions(own.connectionString)
            } catch {
                if joinsRunningServer, case .inUse = error {
                    // Its tables are as that bayd wants them: nothing is migrated beneath it.
                    let running = ConnectionOptions(try PrivateCluster.connectionString(settings))
                    return Storage(
                        database: Database(running, logger: log), name: "private", migrated: [], cluster: nil)
                }
                throw ServerError("\(error.message): \(error.hint)")
            }
        }
        connection.othersWait = { LoopExecutor.isInCompany }
        let database = Database(connection, logger: log)
        // Opening the first connection takes as long as looking at the tables does, so both are done at once.
        async let isWarm: Void = database.warmUp()
        let migrated: [String]
        do {
            migrated = try await Migrator(connection).migrate().map(\.name)
            if !migrated.isEmpty { log.info("migrated", metadata: ["steps": "\(migrated.joined(separator: ", "))"]) }
        } catch {
            await cluster?.stop()
            throw ServerError(error.message)
        }
        await isWarm
        return Storage(
            database: database, name: cluster == nil ? "external" : "private", migrated: migrated, cluster: cluster)
    }

    /// Starts a private server again when it dies, until the task is cancelled.
    func run() async { await cluster?.run() }

    func close() async { await cluster?.stop() }
}
