import JSON
import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func `an error stays with its own statement`() async throws {
        let connection = try await PostgresConnection.open(try await TestDatabase.options())
        // All are on their way before the first answer is read.
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<50 {
                group.addTask {
                    do {
                        let rows =
                            number % 5 == 3
                            ? try await connection.query("SELECT 1 / \(0) AS n")
                            : try await connection.query("SELECT \(number) AS n")
                        return (number, String(try rows[0].decode(Int.self, "n")))
                    } catch DatabaseError.server(let error) { return (number, error.sqlState) }
                }
            }
            for try await (number, answer) in group { #expect(answer == (number % 5 == 3 ? "22012" : String(number))) }
        }
        await connection.close()
    }

    @Test func `statements of a batch are answered in their order`() async throws {
        let database = try await TestDatabase.make()
        for count in [1, 3, 1, 0, 40] {
            let statements = (0..<count).map { number -> Statement in "SELECT \(number) AS n" }
            let answers = try await database.rows(statements)
            #expect(try answers.map { try $0[0].decode(Int.self, "n") } == Array(0..<count))
        }
        #expect(try await database.rows(["SELECT 1 AS n", "SELECT 2 AS m"])[1][0].decode(Int.self, "m") == 2)
    }

    @Test(arguments: 0..<4) func `behind a failure in a batch nothing is run`(place: Int) async throws {
        let database = try await TestDatabase.make()
        var statements: [Statement] = (0..<4).map { number in
            "INSERT INTO \"Department\" (id, name) VALUES (\("d\(number)"), 'd') RETURNING \(number) AS n"
        }
        statements[place] = place.isMultiple(of: 2) ? "SELECT 1 / \(0) AS n" : "SELECT nothing FROM nowhere"
        // Once more with what is prepared by then, and what is not.
        for _ in 0..<2 {
            do throws(DatabaseError) {
                _ = try await database.rows(statements)
                Issue.record("no error")
            } catch { #expect(error.serverError?.sqlState == (place.isMultiple(of: 2) ? "22012" : "42P01")) }
            // Not even what came before: without a transaction of its own a batch is one.
            #expect(try await database.rows("SELECT id FROM \"Department\"").isEmpty)
        }
        statements.remove(at: place)
        let answers = try await database.rows(statements)
        #expect(try answers.map { try $0[0].decode(Int.self, "n") } == (0..<4).filter { $0 != place })
    }

    @Test func `a thousand queries at once are all answered`() async throws {
        let database = try await TestDatabase.make()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let row = try await database.row("SELECT \(number) AS n, repeat(\("x"), \(Int32(number))) AS t")
                    let found = try #require(row)
                    #expect(try found.decode(String.self, "t").utf8.count == number)
                    return try found.decode("n")
                }
            }
            var sum = 0
            for try await number in group { sum += number }
            #expect(sum == 499_500)
        }
    }

    @Test func `a mistake in the SQL is told with its place`() async throws {
        let database = try await TestDatabase.make()
        do throws(DatabaseError) {
            _ = try await database.rows("SELECT nothing FROM \"Machine\"")
            Issue.record("no error")
        } catch {
            #expect(error.serverError?.sqlState == "42703")
            #expect(error.serverError?.position == 8)
            #expect(error.message == "column \"nothing\" does not exist")
        }
    }

    @Test func `a broken rule is told by kind, name and table`() async throws {
        let database = try await TestDatabase.make()
        func violation(_ statement: Statement) async -> ConstraintViolation? {
            do throws(DatabaseError) { try await database.execute(statement) } catch {
                if case .constraint(let violation) = error { return violation }
            }
            return nil
        }
        let user: Statement = """
            INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName")
            VALUES (gen_random_uuid()::text, 'a@b', '', false, '', '')
            """
        #expect(await violation(user) == nil)
        let unique = await violation(user)
        #expect(unique?.kind == .unique)
        #expect(unique?.constraint == "User_email_key")
        #expect(unique?.table == "User")
        #expect(unique?.error.detail == "Key (email)=(a@b) already exists.")
        let foreign = await violation(
            "INSERT INTO machine_domain (machine_id, domain_uuid) VALUES ('none', 'u')")
        #expect(foreign?.kind == .foreignKey)
        let null = await violation("INSERT INTO \"Department\" (id, name) VALUES ('d', NULL)")
        #expect(null?.kind == .notNull)
        #expect(null?.column == "name")
    }

    @Test func `execute tells how many rows changed`() async throws {
        let database = try await TestDatabase.make()
        let count = try await database.execute(
            "INSERT INTO \"Department\" (id, name) SELECT n::text, 'd' FROM generate_series(1, \(3)) AS n")
        #expect(count == 3)
        #expect(try await database.execute("UPDATE \"Department\" SET name = 'e' WHERE id = \("2")") == 1)
        #expect(try await database.execute("DELETE FROM \"Department\" WHERE id = \("9")") == 0)
    }

    @Test func `a cancelled query stops on the server and leaves the connection usable`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestDatabase.make(limits)
        for _ in 0..<3 {
            try await expectCancelled(database) {
                _ = try await database.rows("SELECT pg_sleep(300) /* to be cancelled */")
            }
        }
    }

    /// Cancels `asking` while it is run by PostgreSQL.
    private func expectCancelled(_ database: Database, _ asking: @escaping @Sendable () async throws -> Void)
        async throws
    {
        let watcher = Database(database.options, logger: TestDatabase.quiet)
        let task = Task { try await asking() }
        try await eventually {
            try await !watcher.rows(
                """
                SELECT pid FROM pg_stat_activity
                 WHERE state = 'active' AND query LIKE '%be cancelled%' AND pid <> pg_backend_pid()
                   AND datname = current_database()
                """
            ).isEmpty
        }
        task.cancel()
        await #expect(throws: DatabaseError.cancelled) { try await task.value }
        #expect(try await database.row("SELECT 1 AS one")?.decode(Int.self, "one") == 1)
    }

    @Test func `a cancelled batch stops on the server and leaves the connection usable`() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestDatabase.make(limits)
        for place in 0..<3 {
            var statements: [Statement] = ["SELECT 1 AS n", "SELECT 2 AS n", "SELECT 3 AS n"]
            statements[place] = "SELECT pg_sleep(300) /* to be cancelled */"
            try await expectCancelled(database) { [statements] in _ = try await database.rows(statements) }
        }
    }

    @Test func `a task that is cancelled already asks for nothing`() async throws {
        let database = try await TestDatabase.make()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await database.rows("SELECT 1")
        }
        task.cancel()
        await #expect(throws: DatabaseError.cancelled) { try await task.value }
    }

    @Test func `a statement that runs too long is stopped`() async throws {
        var options = try await TestDatabase.options()
        options.statementTimeout = .milliseconds(100)
        let database = Database(options, logger: TestDatabase.quiet)
        do throws(DatabaseError) {
            _ = try await database.rows("SELECT pg_sleep(300)")
            Issue.record("no error")
        } catch {
            guard case .timeout = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `prepared statements are forgotten, oldest first, and come back`() async throws {
        var options = try await TestDatabase.options()
        options.preparedStatements = 4
        let connection = try await PostgresConnection.open(options)
        let statements: [Statement] = [
            "SELECT 1 AS n", "SELECT 2 AS n", "SELECT 3 AS n", "SELECT 4 AS n", "SELECT 5 AS n", "SELECT 6 AS n",
            "SELECT 7 AS n",
        ]
        for _ in 0..<3 {
            for (index, statement) in statements.enumerated() {
                #expect(try await connection.query(statement)[0].decode(Int.self, "n") == index + 1)
            }
        }
        let count = try await connection.query("SELECT count(*) AS n FROM pg_prepared_statements")
        #expect(try count[0].decode(Int.self, "n") <= 4)
        await connection.close()
    }

    @Test func `a statement whose table changed works again`() async throws {
        let database = try await TestDatabase.make()
        let read: Statement = "SELECT * FROM changing"
        try await database.execute("CREATE TABLE changing (a integer)")
        #expect(try await database.rows(read).columns.map(\.name) == ["a"])
        try await database.execute("ALTER TABLE changing ADD COLUMN b text")
        // PostgreSQL refuses the old plan once; the statement is prepared anew then.
        _ = try? await database.rows(read)
        #expect(try await database.rows(read).columns.map(\.name) == ["a", "b"])
    }

    @Test func `large values pass both ways`() async throws {
        let database = try await TestDatabase.make()
        let text = String(repeating: "0123456789abcdef", count: 1 << 18)
        let row = try await database.row("SELECT \(text)::text AS t, length(\(text)) AS n")
        #expect(try row?.decode(Int.self, "n") == text.utf8.count)
        #expect(try row?.decode(String.self, "t") == text)
    }

    @Test func `parameters of other programs in a URL are left out`() {
        let options = ConnectionOptions("postgresql://u@h/db?schema=public&sslmode=require&connection_limit=5")
        #expect(options.connectionString == "postgresql://u@h/db?sslmode=require")
        #expect(ConnectionOptions("postgresql://u@h/db?schema=public").connectionString == "postgresql://u@h/db")
        #expect(ConnectionOptions("host=/run user=a").connectionString == "host=/run user=a")
    }
}

/// Waits until something has come about. The limit is far beyond what a loaded machine takes.
func eventually(
    _ limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > deadline {
            Issue.record("it did not come about within \(limit)", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
