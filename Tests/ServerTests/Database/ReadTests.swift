import Glibc
import Postgres
import TestSupport
import Testing

/// Short statements that share their connection.
@Suite struct ReadTests {
    /// A lock that a statement of the test waits for, and the connection that has it.
    private static let lock = 4711

    /// Waits until as many statements as `count` wait for the lock, or the longest of them for as long as `age`.
    private func waiting(_ database: Database, for age: String = "0") async throws {
        try await eventually {
            try await !database.rows(
                """
                SELECT 1 FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'
                   AND clock_timestamp() - query_start >= \(age)::text::interval
                """
            ).isEmpty
        }
    }

    private func locked(
        _ options: ConnectionOptions, _ body: (PostgresConnection, Database) async throws -> Void
    ) async throws {
        let owner = try await PostgresConnection.open(options)
        _ = try await owner.query("SELECT pg_advisory_lock(\(Self.lock))")
        try await body(owner, Database(options, logger: TestDatabase.quiet))
        await owner.close()
    }

    private func number(_ rows: Rows) throws(DatabaseError) -> Int { try rows[0].decode(Int.self, "n") }

    @Test func `statements behind others are answered, whatever becomes of those`() async throws {
        let connection = try await PostgresConnection.open(try await TestDatabase.options())
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for place in 0..<200 {
                group.addTask {
                    let statement: Statement =
                        place % 5 == 3 ? "SELECT 1 / \(0) AS n" : "SELECT \(place) AS n, repeat('x', \(Int32(place)))"
                    do {
                        return (place, String(try await number(connection.query(amongOthers: statement))))
                    } catch DatabaseError.server(let error) { return (place, error.sqlState) }
                }
            }
            for try await (place, answer) in group { #expect(answer == (place % 5 == 3 ? "22012" : String(place))) }
        }
        await connection.close()
    }

    @Test func `who is cancelled does not wait, and hits none of the others`() async throws {
        let options = try await TestDatabase.options()
        try await locked(options) { owner, watcher in
            let connection = try await PostgresConnection.open(options)
            let first = Task {
                try await number(connection.query(amongOthers: "SELECT 1 AS n, pg_advisory_xact_lock(\(Self.lock))"))
            }
            try await waiting(watcher)
            let second = Task { try await number(connection.query(amongOthers: "SELECT 2 AS n")) }
            first.cancel()
            await #expect(throws: DatabaseError.cancelled) { try await first.value }
            // It still waits for the lock, with the other one behind it.
            try await waiting(watcher)
            _ = try await owner.query("SELECT pg_advisory_unlock(\(Self.lock))")
            #expect(try await second.value == 2)
            #expect(try await number(connection.query(amongOthers: "SELECT 3 AS n")) == 3)
            await connection.close()
        }
    }

    @Test func `nothing is sent behind a statement that takes long`() async throws {
        var limits = Database.Limits()
        // Of which one is for those who share.
        limits.connections = 2
        let database = try await TestDatabase.make(limits)
        try await locked(database.options) { _, watcher in
            let slow = Task {
                try await number(database.read("SELECT 1 AS n, pg_advisory_xact_lock(\(Self.lock))"))
            }
            try await waiting(watcher, for: "50 ms")
            for _ in 0..<20 { #expect(try await number(database.read("SELECT 2 AS n")) == 2) }
            slow.cancel()
            await #expect(throws: DatabaseError.cancelled) { try await slow.value }
            // Nobody gets its connection before it is over.
            try await database.transaction { transaction in _ = try await transaction.rows("SELECT 3 AS n") }
        }
    }

    @Test func `connections that were shared go back to the pool`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        // Until it is open all wait for their turn, which may take its time beside other tests.
        limits.waitTime = .seconds(60)
        let database = try await TestDatabase.make(limits)
        for _ in 0..<3 {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for place in 0..<100 { group.addTask { try await number(database.read("SELECT \(place) AS n")) } }
                var sum = 0
                for try await place in group { sum += place }
                #expect(sum == 4950)
            }
            // Nobody but a transaction has it now.
            try await database.transaction { transaction in
                let row = try await transaction.row("SELECT 1 AS n")
                #expect(try row?.decode(Int.self, "n") == 1)
            }
        }
    }

    @Test func `all who share a connection that breaks are told, and the next ones have another`() async throws {
        let options = try await TestDatabase.options()
        try await locked(options) { _, watcher in
            let connection = try await PostgresConnection.open(options)
            let pid = try await connection.query("SELECT pg_backend_pid() AS n")[0].decode(Int32.self, "n")
            let tasks = (0..<3).map { place in
                Task {
                    try await number(
                        connection.query(amongOthers: "SELECT \(place) AS n, pg_advisory_xact_lock(\(Self.lock))"))
                }
            }
            try await waiting(watcher)
            try await watcher.execute("SELECT pg_terminate_backend(\(pid))")
            for task in tasks {
                guard case .failure(DatabaseError.connectionLost) = await task.result else {
                    Issue.record("\(await task.result)")
                    continue
                }
            }
            #expect(!connection.isOpen)
        }
    }

    @Test func `a server that hangs is given up by all who wait`() async throws {
        var options = try await TestDatabase.options()
        options.statementTimeout = .milliseconds(200)
        let connection = try await PostgresConnection.open(options)
        let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].decode(Int32.self, "pid")
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        let tasks = (0..<3).map { place in
            Task { try await number(connection.query(amongOthers: "SELECT \(place) AS n")) }
        }
        for task in tasks {
            let result = await task.result
            #expect(throws: DatabaseError.connectionLost(reason: "the server did not answer in time")) {
                try result.get()
            }
        }
    }

    @Test func `texts that come again are the same`() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.read(
            """
            SELECT CASE WHEN n % 10 > 0 THEN 'text number ' || n % \(300) END AS t
              FROM generate_series(1, \(3000)) AS n ORDER BY n
            """)
        var known = RepeatedTexts()
        let texts = try rows.map { try $0.text(at: 0, among: &known) }
        #expect(texts == (1...3000).map { $0 % 10 > 0 ? "text number \($0 % 300)" : nil })
    }

    @Test func `a number is no text that comes again`() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.read("SELECT 1 AS n")
        var known = RepeatedTexts()
        #expect(throws: DatabaseError.self) { try rows[0].text(at: 0, among: &known) }
    }
}
