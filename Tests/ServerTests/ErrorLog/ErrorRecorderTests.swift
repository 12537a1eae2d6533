import Core
import JSON
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Server

@Suite struct ErrorRecorderTests {
    private let clock = HandClock("2026-03-10T12:00:00Z")

    private func recorder(_ database: Database) -> ErrorRecorder {
        ErrorRecorder(database: database, clock: clock, log: TestDatabase.quiet)
    }

    private func actions(_ database: Database) async throws -> [String] {
        try await EventStore(database: database).events(after: 0, limit: 1000).map(\.action)
    }

    @Test func `an error that comes again is counted until somebody deals with it`() async throws {
        let database = try await TestDatabase.make()
        let errors = recorder(database)
        let report = ErrorReport("pool 1 is full", code: "POOL", severity: .medium, context: ["pool": "default"])
        for _ in 0..<12 {
            clock.advance(seconds: 60)
            errors.add(report)
            try await errors.write()
        }
        let entry = try #require(try await errors.store.list(.init(), skip: 0, limit: 10).first)
        #expect(entry.count == 12 && entry.lastAt == clock.now && entry.at.iso8601 == "2026-03-10T12:01:00.000Z")
        #expect(entry.severity == .medium && entry.context == ["pool": "default"] && !entry.isResolved)
        #expect(try await actions(database) == ["create", "update"], "told when it came, and at the tenth time")

        #expect(try await errors.resolve([entry.id, ErrorEntry.ID("none")], by: "ada").map(\.id) == [entry.id])
        #expect(try await errors.resolve([entry.id], by: "eve").isEmpty)
        errors.add(report)
        try await errors.write()
        let open = try await errors.store.list(.init(isResolved: false), skip: 0, limit: 10)
        #expect(open.map(\.count) == [1])
        let done = try await errors.store.list(.init(isResolved: true), skip: 0, limit: 10)
        #expect(done.map(\.resolvedBy) == ["ada"] && done[0].resolvedAt != nil)
        #expect(try await actions(database) == ["create", "update", "resolve", "create"])
    }

    @Test func `two bayd that meet the same error at once make one row`() async throws {
        let database = try await TestDatabase.make()
        let recorders = (0..<4).map { _ in recorder(database) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for errors in recorders {
                group.addTask {
                    for number in 0..<20 {
                        errors.add(ErrorReport("row \(number)", code: "X", severity: .low))
                        errors.add(ErrorReport("other", code: "Y", severity: .low))
                        try await errors.write()
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = try await recorders[0].store.list(.init(), skip: 0, limit: 10).map(\.count)
        #expect(counts == [80, 80])
    }

    @Test func `what cannot be written is written later, and its own failure is no error`() async throws {
        let database = try await TestDatabase.make()
        let errors = recorder(database)
        try await database.execute("ALTER TABLE error_state RENAME TO away")
        errors.add(ErrorReport("x", code: "X", severity: .high))
        await #expect(throws: DatabaseError.self) { try await errors.write() }
        errors.add(ErrorReport("x", code: "X", severity: .high))
        try await database.execute("ALTER TABLE away RENAME TO error_state")
        try await errors.write()
        #expect(try await errors.store.list(.init(), skip: 0, limit: 10).map(\.count) == [2])
    }

    @Test func `a flood is bounded in the table, and its length is known`() async throws {
        let database = try await TestDatabase.make()
        let errors = recorder(database)
        for number in 0..<5000 {
            let word = String(number, radix: 2).map { $0 == "0" ? Character("a") : "b" }
            errors.add(ErrorReport("failure " + String(word), code: "X", severity: .high))
        }
        try await errors.write()
        let kept = try await errors.store.list(.init(), skip: 0, limit: 1000)
        #expect(kept.count == ErrorIntake.burst + 1)
        #expect(kept.reduce(0) { $0 + $1.count } == 5000)
    }

    @Test func `old errors go, and of too many the oldest`() async throws {
        let database = try await TestDatabase.make()
        let store = ErrorStore(database: database)
        try await database.execute(
            """
            INSERT INTO "ErrorLog" (id, message, code, severity, "timestamp")
            SELECT 'e' || n, 'm', 'X', 'LOW', timezone('UTC', now()) - n * interval '1 minute'
              FROM generate_series(1, \(ErrorStore.maximumRows + 50)) n
            """)
        try await database.execute(
            "UPDATE \"ErrorLog\" SET \"timestamp\" = \"timestamp\" - interval '91 days' WHERE id IN ('e1', 'e2')")
        #expect(try await store.prune() == 50)
        #expect(try await store.list(.init(), skip: 0, limit: 1).map(\.id.rawValue) == ["e3"])
    }

    @Test func `a logged error is recorded with what was logged beside it, and nothing less is`() async throws {
        let database = try await TestDatabase.make()
        let errors = recorder(database)
        let lines = Lines()
        let log = Logger(label: "bay.machines") { _ in lines.handler }.recording(to: errors)
        log.warning("the host is slow")
        log.error("a resolver failed", metadata: ["id": "c0ffee", "reason": "no such table", "machine": "m-1"])
        log.critical("records and host differ", metadata: ["code": "MACHINE_OPERATION_FAILED"])
        try await errors.write()
        let found = try await errors.store.list(.init(), skip: 0, limit: 10).sorted { $0.severity > $1.severity }
        #expect(found.map(\.message) == ["records and host differ", "a resolver failed: no such table"])
        #expect(found.map(\.severity) == [.critical, .high])
        #expect(found.map(\.code) == ["MACHINE_OPERATION_FAILED", "INTERNAL_ERROR"])
        let context = Dictionary(uniqueKeysWithValues: found[1].context.members.map { ($0.name, $0.value) })
        #expect(context == ["area": "bay.machines", "id": "c0ffee", "machineId": "m-1"])
        #expect(lines.all.count == 3)
        let ofCode = try await errors.store.list(
            .init(severities: [.critical, .low], code: "MACHINE_OPERATION_FAILED"), skip: 0, limit: 10)
        #expect(ofCode.count == 1)
    }
}

/// Log lines as bayd would write them, kept for a test to look at.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var handler: any LogHandler { Handler(lines: self) }
    fileprivate func add(_ line: String) { lines.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let known = metadata.merging(event.metadata ?? [:]) { _, new in new }
            lines.add(LogLine.dated(event, label: "test", metadata: known, at: Timestamp(milliseconds: 0)))
        }
    }
}
