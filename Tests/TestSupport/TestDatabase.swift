import Glibc
package import Logging
package import Postgres
import Synchronization

/// A fresh database with Bay's tables, on a real PostgreSQL that the tests of this process share.
///
///     let database = try await TestDatabase.make()
///
/// The server is started by the first test that asks and stopped when the process ends. A database is a copy of a migrated
/// one, which takes PostgreSQL some 20 ms; nothing has to be cleaned up, because all goes with the server.
package enum TestDatabase {
    /// A database of the test's own, migrated.
    package static func make(_ limits: Database.Limits? = nil) async throws -> Database {
        var patient = Database.Limits()
        // Other tests, and other programs, keep the machine busy.
        patient.waitTime = .seconds(120)
        let limits = limits ?? patient
        return Database(try await options(), limits: limits, logger: quiet)
    }

    /// Where a database of the test's own is.
    package static func options() async throws -> ConnectionOptions { try await server.value().copy(migrated: true) }

    /// Where an empty database of the test's own is.
    package static func emptyOptions() async throws -> ConnectionOptions {
        try await server.value().copy(migrated: false)
    }

    /// A directory that the server's user can use and that is removed at the end.
    package static func temporaryDirectory() -> String { makeTemporaryDirectory() }

    package static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let server = Once { try await Server.start() }

    /// Runs `make` for the first who asks; the others wait for it.
    private actor Once {
        private let make: @Sendable () async throws -> Server
        private var task: Task<Server, any Error>?
        init(_ make: @escaping @Sendable () async throws -> Server) { self.make = make }
        func value() async throws -> Server {
            if let task { return try await task.value }
            let task = Task { try await make() }
            self.task = task
            return try await task.value
        }
    }

    private final class Server: Sendable {
        let cluster: PrivateCluster
        private let number = Atomic<Int>(0)

        static func start() async throws -> Server {
            removeLeftovers()
            var settings = PrivateCluster.Settings(directory: makeTemporaryDirectory() + "/postgres")
            settings.isThrowaway = true
            let cluster = try await PrivateCluster.start(settings, logger: quiet)
            stopAtExit.withLock { $0 = cluster }
            _ = try await Migrator(ConnectionOptions(cluster.connectionString)).migrate()
            return Server(cluster)
        }

        private init(_ cluster: PrivateCluster) { self.cluster = cluster }

        func copy(migrated: Bool) async throws -> ConnectionOptions {
            let name = "test_\(number.add(1, ordering: .relaxed).newValue)"
            try await cluster.createDatabase(name, template: migrated ? cluster.settings.database : "template0")
            return ConnectionOptions(cluster.connectionString, database: name)
        }
    }
}

// MARK: The end

private let stopAtExit = Mutex<PrivateCluster?>(nil)
private let directories = Mutex<[String]>([])
private let prefix = "bay-test-"

private func makeTemporaryDirectory() -> String {
    let path = directories.withLock { list in
        if list.isEmpty { atexit { cleanUp() } }
        let path = "/tmp/\(prefix)\(getpid())-\(list.count)"
        list.append(path)
        return path
    }
    mkdir(path, 0o755)
    return path
}

private func cleanUp() {
    stopAtExit.withLock { $0 }?.stopNow()
    for path in directories.withLock({ $0 }) { removeTree(path) }
}

/// Removes what test processes that were killed left behind, and stops their servers.
private func removeLeftovers() {
    guard let directory = opendir("/tmp") else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard name.hasPrefix(prefix), let owner = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }),
            kill(owner, 0) != 0, errno == ESRCH
        else { continue }
        let path = "/tmp/" + name
        if let server = PrivateCluster.runningServer(in: path + "/postgres/data") { kill(server, SIGQUIT) }
        removeTree(path)
    }
}
