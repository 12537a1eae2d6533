import Glibc
import Postgres
import TestSupport
import Testing

/// A cluster of the test's own, which ends with it.
func withCluster(_ body: (PrivateCluster.Settings) async throws -> Void) async throws {
    var settings = PrivateCluster.Settings(directory: TestDatabase.temporaryDirectory() + "/postgres")
    settings.isThrowaway = true
    defer {
        if let server = PrivateCluster.runningServer(in: settings.directory + "/data") { kill(server, SIGQUIT) }
    }
    try await body(settings)
}

@Suite struct PrivateClusterTests {
    private func start(_ settings: PrivateCluster.Settings) async throws(PrivateClusterError) -> PrivateCluster {
        try await PrivateCluster.start(settings, logger: TestDatabase.quiet)
    }

    /// Starts what a killed bayd left behind: its lock goes with the last reference to the cluster, a moment later.
    private func restart(_ settings: PrivateCluster.Settings) async throws -> PrivateCluster {
        var cluster: PrivateCluster?
        try await eventually {
            do throws(PrivateClusterError) { cluster = try await start(settings) } catch {
                guard case .inUse = error else { throw error }
            }
            return cluster != nil
        }
        return try #require(cluster)
    }

    private func number(_ cluster: PrivateCluster, _ statement: Statement) async throws -> Int {
        let connection = try await PostgresConnection.open(ConnectionOptions(cluster.connectionString))
        let rows = try await connection.query(statement)
        await connection.close()
        return try rows.first?.decode(Int.self, at: 0) ?? -1
    }

    @Test func `a cluster is made, stopped, and keeps its data`() async throws {
        try await withCluster { settings in
            var settings = settings
            settings.isThrowaway = false
            var cluster: PrivateCluster? = try await start(settings)
            _ = try await number(cluster!, "CREATE TABLE kept AS SELECT 7 AS n")
            #expect(cluster!.runningServer() != nil)
            await cluster!.stop()
            #expect(cluster!.runningServer() == nil)
            cluster = nil
            cluster = try await start(settings)
            #expect(try await number(cluster!, "SELECT n FROM kept") == 7)
            await cluster!.stop()
        }
    }

    @Test func `a server that outlived its bayd is taken over`() async throws {
        try await withCluster { settings in
            var cluster: PrivateCluster? = try await start(settings)
            let server = cluster!.runningServer()
            // What a killed bayd leaves: its lock is gone, its server is not.
            cluster = nil
            cluster = try await restart(settings)
            #expect(cluster!.runningServer() == server)
            #expect(try await number(cluster!, "SELECT 1") == 1)
            await cluster!.stop()
            #expect(kill(try #require(server), 0) != 0)
        }
    }

    @Test func `a killed server is started anew with what was committed`() async throws {
        try await withCluster { settings in
            var settings = settings
            settings.isThrowaway = false
            var cluster: PrivateCluster? = try await start(settings)
            _ = try await number(cluster!, "CREATE TABLE kept AS SELECT 7 AS n")
            let server = try #require(cluster!.runningServer())
            kill(server, SIGKILL)
            try await eventually { cluster!.runningServer() == nil }
            cluster = nil
            cluster = try await restart(settings)
            #expect(cluster!.runningServer() != server)
            #expect(try await number(cluster!, "SELECT n FROM kept") == 7)
            await cluster!.stop()
        }
    }

    @Test func `a server that dies is started again while bayd runs`() async throws {
        try await withCluster { settings in
            let cluster = try await start(settings)
            let service = Task { await cluster.run() }
            let server = try #require(cluster.runningServer())
            kill(server, SIGKILL)
            try await eventually { cluster.runningServer().map { $0 != server } ?? false }
            try await eventually { (try? await number(cluster, "SELECT 1")) == 1 }
            await cluster.stop()
            await service.value
            #expect(cluster.runningServer() == nil)
        }
    }

    @Test func `a process id that belongs to another program now is not believed`() async throws {
        try await withCluster { settings in
            var cluster: PrivateCluster? = try await start(settings)
            await cluster!.stop()
            cluster = nil
            // Our own: alive, and no database server.
            let file = try #require(fopen(settings.directory + "/data/postmaster.pid", "w"))
            fputs("\(getpid())\n", file)
            fclose(file)
            cluster = try await start(settings)
            #expect(try await number(cluster!, "SELECT 1") == 1)
            await cluster!.stop()
        }
    }

    @Test func `a second bayd is refused`() async throws {
        try await withCluster { settings in
            let cluster = try await start(settings)
            let error = await #expect(throws: PrivateClusterError.self) { _ = try await start(settings) }
            #expect(error == .inUse(directory: settings.directory, by: Int(getpid())))
            await cluster.stop()
        }
    }

    @Test func `data of another version is refused`() async throws {
        try await withCluster { settings in
            var cluster: PrivateCluster? = try await start(settings)
            await cluster!.stop()
            cluster = nil
            let file = try #require(fopen(settings.directory + "/data/PG_VERSION", "w"))
            fputs("9\n", file)
            fclose(file)
            let error = await #expect(throws: PrivateClusterError.self) { _ = try await start(settings) }
            guard case .wrongVersion("9", _, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.hint == "install the package postgresql-9, or move the data with pg_upgrade")
        }
    }

    @Test func `a directory that cannot be used is told by name`() async throws {
        let missing = PrivateCluster.Settings(directory: "/nonexistent/bay/postgres")
        let error = await #expect(throws: PrivateClusterError.self) { _ = try await start(missing) }
        #expect(error?.message == "the directory that should hold /nonexistent/bay/postgres does not exist")
        let long = PrivateCluster.Settings(directory: "/tmp/" + String(repeating: "x", count: 90))
        let tooLong = await #expect(throws: PrivateClusterError.self) { _ = try await start(long) }
        #expect(tooLong == .pathTooLong(long.directory))
    }

    @Test(.enabled(if: geteuid() == 0, "the server runs as another user only where Bay runs as root"))
    func `a directory that the server's user cannot enter is told by name`() async throws {
        let closed = TestDatabase.temporaryDirectory()
        chmod(closed, 0o700)
        let settings = PrivateCluster.Settings(directory: closed + "/postgres")
        let error = await #expect(throws: PrivateClusterError.self) { _ = try await start(settings) }
        #expect(error == .permission("the user postgres cannot enter \(closed)"))
    }

    @Test func `what a killed initdb left is made anew`() async throws {
        try await withCluster { settings in
            mkdir(settings.directory, 0o711)
            mkdir(settings.directory + "/data", 0o700)
            chmod(settings.directory + "/data", 0o777)
            let file = try #require(fopen(settings.directory + "/data/half", "w"))
            fclose(file)
            let cluster = try await start(settings)
            #expect(try await number(cluster, "SELECT 1") == 1)
            await cluster.stop()
        }
    }
}
