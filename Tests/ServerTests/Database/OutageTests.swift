import Glibc
import Postgres
import TestSupport
import Testing

/// What happens while PostgreSQL is away. Each test has a server of its own to stop.
@Suite struct OutageTests {
    @Test func `an outage fails fast, is told, and ends by itself`() async throws {
        try await withCluster { settings in
            let cluster = try await PrivateCluster.start(settings, logger: TestDatabase.quiet)
            let database = Database(ConnectionOptions(cluster.connectionString), logger: TestDatabase.quiet)
            let service = Task { await database.run() }
            var links = database.linkStates().makeAsyncIterator()
            var notes = database.listener.notifications(on: "bay_event").makeAsyncIterator()
            while await links.next() != .up {}
            #expect(await notes.next() == .gap)
            // Several connections idle in the pool.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try await database.rows("SELECT pg_sleep(0.01)") } }
                try await group.waitForAll()
            }

            kill(try #require(cluster.runningServer()), SIGKILL)
            guard case .down(let reason)? = await links.next() else {
                Issue.record("the link did not go down")
                return
            }
            #expect(!reason.isEmpty)
            await #expect(throws: DatabaseError.self) { try await database.rows("SELECT 1") }
            do throws(DatabaseError) { _ = try await database.rows("SELECT 1") } catch {
                guard case .unavailable = error else {
                    Issue.record("\(error)")
                    return
                }
            }

            let keeper = Task { await cluster.run() }
            while await links.next() != .up {}
            #expect(database.linkState == .up)
            #expect(try await database.row("SELECT 1 AS n")?.decode(Int.self, "n") == 1)
            // Notifications may have been lost meanwhile, and those from now on arrive.
            #expect(await notes.next() == .gap)
            try await database.execute("SELECT pg_notify('bay_event', \("7"))")
            #expect(await notes.next() == .notification(channel: "bay_event", payload: "7"))

            service.cancel()
            await service.value
            #expect(await links.next() == nil)
            await cluster.stop()
            await keeper.value
        }
    }

    @Test func `a statement whose server process dies fails, and the next one works`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestDatabase.make(limits)
        let row = try await database.row("SELECT pg_backend_pid() AS pid")
        let pid = try #require(row).decode(Int32.self, "pid")
        let task = Task { try await database.rows("SELECT pg_sleep(300)") }
        let other = Database(database.options, logger: TestDatabase.quiet)
        try await eventually {
            try await !other.rows("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'PgSleep'")
                .isEmpty
        }
        try await other.execute("SELECT pg_terminate_backend(\(pid))")
        do {
            _ = try await task.value
            Issue.record("no error")
        } catch DatabaseError.connectionLost(let reason) {
            #expect(reason == "terminating connection due to administrator command")
        }
        #expect(try await database.row("SELECT 1 AS n")?.decode(Int.self, "n") == 1)
    }

    @Test func `a server that hangs is given up`() async throws {
        var options = try await TestDatabase.options()
        options.statementTimeout = .milliseconds(200)
        let connection = try await PostgresConnection.open(options)
        let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].decode(Int32.self, "pid")
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        await #expect(throws: DatabaseError.connectionLost(reason: "the server did not answer in time")) {
            _ = try await connection.query("SELECT 1")
        }
        #expect(!connection.isOpen)
    }

    @Test func `a server that accepts and says nothing is given up`() async throws {
        // A socket on which nobody ever answers.
        let directory = TestDatabase.temporaryDirectory()
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory + "/.s.PGSQL.5432").utf8CString)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.map(UInt8.init(bitPattern:))) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        listen(listener, 5)
        var options = ConnectionOptions("host='\(directory)' user=postgres")
        options.connectTimeout = .milliseconds(200)
        let database = Database(options, logger: TestDatabase.quiet)
        await #expect(throws: DatabaseError.unavailable(reason: "the server did not answer in time")) {
            try await database.rows("SELECT 1")
        }
    }

    @Test func `a server that is not there is told by its reason`() async throws {
        let database = Database(ConnectionOptions("host=/nonexistent user=postgres"), logger: TestDatabase.quiet)
        await #expect(throws: DatabaseError.unavailable(reason: "No such file or directory")) {
            try await database.rows("SELECT 1")
        }
    }
}

@Suite struct PoolTests {
    @Test func `who waits too long for a connection is told so`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        limits.waitTime = .milliseconds(50)
        let database = try await TestDatabase.make(limits)
        try await database.transaction { transaction in
            try await transaction.execute("SELECT 1")
            await #expect(throws: DatabaseError.unavailable(reason: "all 1 connections were in use for 0.05 seconds")) {
                try await database.rows("SELECT 2")
            }
        }
        #expect(try await database.row("SELECT 3 AS n")?.decode(Int.self, "n") == 3)
    }

    @Test func `the line of those who wait has an end`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        limits.waiters = 0
        let database = try await TestDatabase.make(limits)
        try await database.transaction { transaction in
            try await transaction.execute("SELECT 1")
            await #expect(throws: DatabaseError.unavailable(reason: "0 others wait for a connection already")) {
                try await database.rows("SELECT 2")
            }
        }
    }

    @Test func `who is cancelled while waiting leaves the line`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestDatabase.make(limits)
        try await database.transaction { transaction in
            try await transaction.execute("SELECT 1")
            let task = Task { try await database.rows("SELECT 2") }
            await Task.yield()
            task.cancel()
            await #expect(throws: DatabaseError.cancelled) { try await task.value }
        }
        #expect(try await database.row("SELECT 3 AS n")?.decode(Int.self, "n") == 3)
    }
}
