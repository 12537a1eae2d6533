import CPostgres
import Glibc
public import Logging
import Synchronization

/// A PostgreSQL server of Bay's own, under its state directory: for hosts where nobody set up a database.
///
/// It listens on a Unix socket alone, in a directory that only its user and root can enter, and so asks for no password. It
/// never runs as root: where bayd does, the server runs as the user `postgres`, which Debian's package makes.
///
/// It is stopped with bayd. When bayd is killed the server lives on, and the next bayd takes it over.
public final class PrivateCluster: Sendable {
    public struct Settings: Sendable {
        /// Holds `data`, `socket`, `server.log` and `lock`.
        public var directory: String
        public var database = "bay"
        /// For tests: nothing is lost when the machine loses power, because nothing is meant to be kept.
        public var isThrowaway = false
        public var startTime: Duration = .seconds(60)
        public var stopTime: Duration = .seconds(20)
        public init(directory: String) { self.directory = directory }
    }

    public let settings: Settings
    /// What to connect with.
    public let connectionString: String
    private let binaries: PostgresBinaries
    private let account: ServerAccount
    private let lock: FileLock
    private let isStopping = Atomic<Bool>(false)
    private static let pauseAfterFailure: Duration = .seconds(5)
    private let logger: Logger

    /// Makes the cluster if there is none, starts it if it does not run, and makes its database if it has none.
    public static func start(
        _ settings: Settings, logger: Logger = Logger(label: "bay.database")
    ) async throws(PrivateClusterError) -> PrivateCluster {
        try await blocking { () throws(PrivateClusterError) in
            let cluster = try PrivateCluster(settings, logger)
            try cluster.bringUp()
            return cluster
        }
    }

    private init(_ settings: Settings, _ logger: Logger) throws(PrivateClusterError) {
        self.settings = settings
        self.logger = logger
        account = try ServerAccount.current()
        binaries = try PostgresBinaries.find(for: Int(firstLine(of: settings.directory + "/data/PG_VERSION")))
        let socket = settings.directory + "/socket"
        // `sun_path` has 108 bytes, of which the name of the socket itself takes 15 and the end one.
        guard socket.utf8.count <= 91 else { throw .pathTooLong(settings.directory) }
        try account.makePassage(settings.directory)
        try account.makeDirectory(socket)
        lock = try FileLock(settings.directory + "/lock")
        connectionString = Self.connectionString(settings, account)
    }

    /// What to connect with to a server that another bayd of the same user runs.
    public static func connectionString(_ settings: Settings) throws(PrivateClusterError) -> String {
        connectionString(settings, try ServerAccount.current())
    }

    private static func connectionString(_ settings: Settings, _ account: ServerAccount) -> String {
        "host='\(settings.directory)/socket' user=\(account.name) dbname=\(settings.database)"
    }

    private var data: String { settings.directory + "/data" }
    private var log: String { settings.directory + "/server.log" }

    // MARK: Start

    private func bringUp() throws(PrivateClusterError) {
        if !exists(data + "/PG_VERSION") { try initialize() }
        let version = firstLine(of: data + "/PG_VERSION")
        guard version == String(binaries.majorVersion) else {
            throw .wrongVersion(data: version, program: binaries.majorVersion, directory: data)
        }
        if let running = runningServer() {
            logger.info("taking over the database server that runs already", metadata: ["pid": "\(running)"])
            try awaitAnswer(from: running, isChild: false)
        } else {
            removeLeftovers()
            try startServer()
        }
        try makeDatabase()
    }

    private func initialize() throws(PrivateClusterError) {
        logger.info("making a database cluster", metadata: ["directory": "\(data)"])
        // A directory that an interrupted attempt left: without PG_VERSION it holds nothing of value.
        account.removeDirectory(data)
        try account.makeDirectory(data)
        var command = [
            binaries.initdb, "-D", data, "-A", "trust", "-U", account.name, "-E", "UTF8", "--locale=C.UTF-8",
        ]
        if settings.isThrowaway { command.append("--no-sync") }
        let output = settings.directory + "/initdb.log"
        let child = try account.spawn(command, output: output, workingDirectory: settings.directory)
        guard child.wait(settings.startTime) == 0 else {
            child.kill(SIGKILL)
            let text = lastLines(of: output)
            account.removeDirectory(data)
            throw text.contains("No space left") ? .diskFull(data) : .notInitialized(text)
        }
    }

    private func startServer() throws(PrivateClusterError) {
        var command = [binaries.postgres, "-D", data]
        for (name, value) in serverSettings { command += ["-c", "\(name)=\(value)"] }
        // Children of a server that was killed may hold its memory for a moment: then the first attempt fails.
        var attempt = 0
        while true {
            attempt += 1
            let child = try account.spawn(command, output: log, workingDirectory: settings.directory)
            do throws(PrivateClusterError) { return try awaitAnswer(from: child.id, isChild: true) } catch {
                guard attempt < 5, case .exited(let text) = error, text.contains("pre-existing shared memory") else {
                    child.kill(SIGQUIT)
                    throw error
                }
                usleep(200_000)
            }
        }
    }

    /// For a small instance beside machines that need the memory more.
    private var serverSettings: [(String, String)] {
        var list = [
            ("listen_addresses", ""), ("unix_socket_directories", settings.directory + "/socket"),
            ("unix_socket_permissions", "0700"),
            ("max_connections", settings.isThrowaway ? "1000" : "50"), ("shared_buffers", "32MB"),
            ("work_mem", "4MB"), ("maintenance_work_mem", "32MB"), ("max_wal_size", "256MB"), ("min_wal_size", "32MB"),
            ("max_parallel_workers_per_gather", "0"), ("jit", "off"), ("autovacuum_max_workers", "1"),
            ("max_wal_senders", "0"), ("wal_level", "minimal"), ("logging_collector", "off"),
            ("log_destination", "stderr"), ("log_line_prefix", "%m [%p] "), ("log_checkpoints", "off"),
            ("timezone", "UTC"), ("log_timezone", "UTC"),
        ]
        if settings.isThrowaway {
            list += [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")]
        }
        return list
    }

    /// Waits until the server answers or is gone.
    private func awaitAnswer(from server: pid_t, isChild: Bool) throws(PrivateClusterError) {
        let process = ServerProcess(id: server, isChild: isChild)
        var options = ConnectionOptions(connectionString, database: "postgres")
        options.connectTimeout = .seconds(5)
        let deadline = ContinuousClock.now + settings.startTime
        while true {
            var reason = ""
            do throws(DatabaseError) {
                _ = try PostgresHandle.open(options)
                return
            } catch { reason = error.reason }
            // Waiting for the end of the process is the pause between two attempts as well.
            if process.wait(.milliseconds(10)) != nil {
                let text = lastLines(of: log)
                throw text.contains("No space left") ? .diskFull(data) : .exited(text)
            }
            if ContinuousClock.now > deadline { throw .noAnswer(reason) }
        }
    }

    private func makeDatabase() throws(PrivateClusterError) {
        do throws(DatabaseError) {
            let handle = try PostgresHandle.open(ConnectionOptions(connectionString, database: "postgres"))
            let find = "SELECT 1 FROM pg_database WHERE datname = '\(settings.database)'"
            if try handle.run(find) == 0 { try createDatabase(settings.database, on: handle) }
        } catch { throw .noAnswer(error.message) }
    }

    /// Makes a database, as a copy of `template` if one is given. The names are lower-case identifiers.
    public func createDatabase(_ name: String, template: String? = nil) async throws(DatabaseError) {
        try await blocking { () throws(DatabaseError) in
            let options = ConnectionOptions(self.connectionString, database: "postgres")
            try self.createDatabase(name, template: template, on: PostgresHandle.open(options))
        }
    }

    private func createDatabase(
        _ name: String, template: String? = nil, on handle: PostgresHandle
    ) throws(DatabaseError) {
        // A name cannot be a parameter, and these are Bay's own.
        precondition([name, template ?? ""].joined().utf8.allSatisfy { $0 == 95 || 48...57 ~= $0 || 97...122 ~= $0 })
        _ = try handle.run("CREATE DATABASE \(name)" + (template.map { " TEMPLATE \($0)" } ?? ""))
    }

    // MARK: Run

    /// Starts the server again whenever it dies, until the task is cancelled or the server is stopped.
    public func run() async {
        while !Task.isCancelled, !isStopping.load(ordering: .acquiring) {
            if let server = runningServer() { await ServerProcess(id: server, isChild: true).ended() }
            if Task.isCancelled || isStopping.load(ordering: .acquiring) { return }
            logger.error("database server died, and is started again")
            do throws(PrivateClusterError) {
                try await blocking { () throws(PrivateClusterError) in try self.bringUp() }
            } catch {
                logger.error("database server cannot be started", metadata: ["reason": "\(error.message)"])
                // Room on the disk, say, has to be made by somebody else, and nothing tells when it was.
                do { try await Task.sleep(for: Self.pauseAfterFailure) } catch { return }
            }
        }
    }

    // MARK: Stop

    /// Stops the server: connections are ended, transactions under way are rolled back, nothing committed is lost.
    public func stop() async {
        await blocking { self.stopNow() }
    }

    /// Stops the server and waits, on the calling thread.
    public func stopNow() {
        isStopping.store(true, ordering: .releasing)
        defer { lock.release() }
        guard let server = runningServer() else { return }
        let process = ServerProcess(id: server, isChild: true)
        process.kill(settings.isThrowaway ? SIGQUIT : SIGINT)
        if process.wait(settings.stopTime) == nil {
            logger.warning("database server does not stop, and is stopped at once")
            process.kill(SIGQUIT)
            _ = process.wait(settings.stopTime)
        }
    }

    /// The process id that `postmaster.pid` names, if that process is the server of this very directory. The file may be
    /// left from a crash, and its number may have been given to another program since.
    public func runningServer() -> Int32? { Self.runningServer(in: data) }

    /// The same for any data directory.
    public static func runningServer(in data: String) -> Int32? {
        guard let id = pid_t(firstLine(of: data + "/postmaster.pid")), id > 1 else { return nil }
        if let working = resolved("/proc/\(id)/cwd") { return working == resolved(data) ? id : nil }
        // Where root lacks CAP_SYS_PTRACE, as in a container, it is not told the folder of another user's process. The
        // words that it was started with are no secret.
        guard errno == EACCES || errno == EPERM else { return nil }
        let words = commandLine(of: id)
        guard let option = words.firstIndex(of: "-D"), option + 1 < words.count else { return nil }
        return resolved(words[option + 1]) == resolved(data) ? id : nil
    }

    /// PostgreSQL trusts the numbers in these files as soon as any process of its user has them.
    private func removeLeftovers() {
        let socket = settings.directory + "/socket/.s.PGSQL.5432"
        for path in [data + "/postmaster.pid", socket + ".lock", socket] where exists(path) {
            logger.info("removing what a killed database server left", metadata: ["file": "\(path)"])
            unsafe _ = unlink(path)
        }
    }
}
