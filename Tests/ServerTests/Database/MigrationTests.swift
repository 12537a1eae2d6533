import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct MigrationTests {
    private static let small = [
        Migration(1, "one", "CREATE TABLE one (a text DEFAULT 'x;y'); INSERT INTO one VALUES ('1'); -- it's fine"),
        Migration(2, "two", "CREATE TABLE two (b text);"),
    ]

    @Test func `the files in the directory are those in the program`() throws {
        let here = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        let directory = try #require(opendir(here + "/Sources/Server/Database/Migrations"))
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { files.append(name) }
        }
        #expect(files.sorted() == Migration.all.map(\.fileName))
        #expect(Migration.all.map(\.number) == Array(1...Migration.all.count))
    }

    @Test func `each step runs once`() async throws {
        let options = try await TestDatabase.emptyOptions()
        let migrator = Migrator(options)
        #expect(try await migrator.migrate().map(\.number) == Migration.all.map(\.number))
        #expect(try await migrator.migrate().isEmpty)
        let database = Database(options, logger: TestDatabase.quiet)
        let row = try await database.row("SELECT name, length(checksum) AS n FROM schema_migration WHERE number = 1")
        #expect(try row?.decode(String.self, "name") == "foundation")
        #expect(try row?.decode(Int.self, "n") == 64)
    }

    @Test func `steps run up to a limit and go on from there`() async throws {
        let options = try await TestDatabase.emptyOptions()
        let migrator = Migrator(options, migrations: Self.small)
        #expect(try await migrator.migrate(upTo: 1).map(\.name) == ["one"])
        #expect(try await migrator.migrate().map(\.name) == ["two"])
    }

    @Test func `several servers migrate at once and one of them works`() async throws {
        let options = try await TestDatabase.emptyOptions()
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 { group.addTask { try await Migrator(options).migrate().count } }
            var sum = 0
            for try await count in group { sum += count }
            return sum
        }
        #expect(done == Migration.all.count)
    }

    @Test func `a changed step is refused`() async throws {
        let options = try await TestDatabase.emptyOptions()
        _ = try await Migrator(options, migrations: Self.small).migrate()
        var changed = Self.small
        changed[0].sql += " "
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator(options, migrations: changed).migrate()
        }
        #expect(error == .changed(number: 1, name: "one"))
    }

    @Test func `a newer database is refused`() async throws {
        let options = try await TestDatabase.emptyOptions()
        _ = try await Migrator(options, migrations: Self.small).migrate()
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator(options, migrations: [Self.small[0]]).migrate()
        }
        #expect(error == .newerDatabase(has: 2, known: 1))
    }

    @Test func `a step that fails leaves nothing behind`() async throws {
        let options = try await TestDatabase.emptyOptions()
        let bad = [Self.small[0], Migration(2, "bad", "CREATE TABLE two (b text); SELECT nothing;")]
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator(options, migrations: bad).migrate()
        }
        guard case .failed(2, "bad", let cause)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.sqlState == "42703")
        // The step before it stays, and the corrected one can run.
        #expect(try await Migrator(options, migrations: Self.small).migrate().map(\.name) == ["two"])
    }

    @Test func `a step must not end its transaction`() async throws {
        let options = try await TestDatabase.emptyOptions()
        let bad = [Migration(1, "bad", "CREATE TABLE two (b text); COMMIT;")]
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator(options, migrations: bad).migrate()
        }
        guard case .failed(1, "bad", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
