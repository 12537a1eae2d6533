import Core
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

/// Machines in memory and in a real PostgreSQL, with a reader of rows that can be held up or fail.
private final class MirrorWorld: Sendable {
    typealias Step = @Sendable () async throws(DatabaseError) -> Void

    private final class Steps: Sendable {
        /// What is done when rows were read.
        let next = Mutex<Step?>(nil)
        let count = Atomic<Int>(0)
    }

    let database: Database
    let mirror: TableMirror<Machine>
    /// Another program: it says nothing of what it does.
    let other: Database
    private let steps = Steps()

    init(maximum: Int) async throws {
        database = try await TestDatabase.make()
        other = Database(database.options, logger: TestDatabase.quiet)
        let store = MachineStore(database: other)
        mirror = TableMirror(
            of: "Machine", in: database, maximum: maximum, maximumAge: .seconds(3600), id: \.id.rawValue
        ) {
            [steps] database, ids, limit throws(DatabaseError) in
            steps.count.wrappingAdd(1, ordering: .relaxed)
            let list =
                if let ids {
                    try await store.find(ids.map { Machine.ID($0) }, scope: .all)
                } else {
                    try await store.list(by: .createdAt, descending: true, skip: 0, limit: limit, scope: .all)
                }
            // Behind the read: what happens now is not in its rows.
            if let step = steps.next.withLock({ $0 }) { try await step() }
            return list
        }
    }

    var reads: Int { steps.count.load(ordering: .relaxed) }
    func afterReading(_ step: Step?) { steps.next.withLock { $0 = step } }

    static func with(
        machines: Int = 3, maximum: Int = 1000, _ body: @escaping @Sendable (MirrorWorld) async throws -> Void
    ) async throws {
        let world = try await MirrorWorld(maximum: maximum)
        try await world.other.execute(
            """
            INSERT INTO "Machine" (id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB")
            SELECT 'm' || n, 'name ' || n, 'in ' || n, 'off', 'linux', 1, 0, 10 FROM generate_series(1, \(machines)) n
            """)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.database.run() }
            defer { group.cancelAll() }
            try await world.eventually { world.database.listener.listening(to: "bay_rows") != nil }
            try await body(world)
        }
    }

    func eventually(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    func count() async throws -> Int? { try await mirror.contents()?.rows.count }
    func memory(of id: String) async throws -> Int? { try await mirror.contents()?[id]?.ramGB }

    func setMemory(_ id: String, _ value: Int) async throws {
        try await database.transaction { transaction in
            transaction.changes("Machine", [id])
            try await transaction.execute("UPDATE \"Machine\" SET \"ramGB\" = \(value) WHERE id = \(id)")
        }
    }
}

@Suite struct TableMirrorTests {
    private struct Refusal: Error {}

    @Test func `rows are read once as long as nothing changes`() async throws {
        try await MirrorWorld.with { world in
            let first = try #require(try await world.mirror.contents())
            #expect(Set(first.rows.map(\.id.rawValue)) == ["m1", "m2", "m3"])
            #expect(first["m2"]?.name == "name 2")
            #expect(first["m4"] == nil)
            for _ in 1...50 { _ = try await world.mirror.contents() }
            #expect(world.reads <= 2)
        }
    }

    @Test func `what this server changes is seen by all who ask after its end`() async throws {
        try await MirrorWorld.with { world in
            _ = try await world.mirror.contents()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for machine in 1...3 {
                    group.addTask {
                        for value in 1...100 {
                            try await world.setMemory("m\(machine)", value)
                            #expect(try await world.memory(of: "m\(machine)") == value)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a change that comes while rows are read is not lost`() async throws {
        try await MirrorWorld.with { world in
            world.afterReading { () throws(DatabaseError) in
                world.afterReading(nil)
                do { try await world.setMemory("m1", 7) } catch { throw .cancelled }
            }
            // Asked for before the change: either may come.
            let early = try await world.memory(of: "m1")
            #expect(early == 0 || early == 7)
            #expect(try await world.memory(of: "m1") == 7)
        }
    }

    @Test func `a change of which the end is not known is read anew`() async throws {
        try await MirrorWorld.with { world in
            _ = try await world.mirror.contents()
            let before = world.reads
            await #expect(throws: Refusal.self) {
                try await world.database.transaction { transaction in
                    transaction.changes("Machine", ["m1"])
                    throw Refusal()
                }
            }
            #expect(try await world.memory(of: "m1") == 0)
            #expect(world.reads > before)
        }
    }

    enum Change: CaseIterable {
        case one, all, gone, renumbered

        var statement: Statement {
            switch self {
            case .one: "UPDATE \"Machine\" SET \"ramGB\" = 9 WHERE id = 'm1'"
            case .all: "UPDATE \"Machine\" SET \"ramGB\" = 9"
            case .gone: "DELETE FROM \"Machine\" WHERE id = 'm1'"
            case .renumbered: "UPDATE \"Machine\" SET id = 'x1' WHERE id = 'm1'"
            }
        }
    }

    @Test(arguments: Change.allCases)
    func `what another program changes is seen soon`(_ change: Change) async throws {
        // More ids than a notification takes.
        try await MirrorWorld.with(machines: 990, maximum: 1000) { world in
            let before = try await world.memory(of: "m1")
            #expect(before == 0)
            try await world.other.execute(change.statement)
            try await world.eventually { try await world.memory(of: "m1") != before }
        }
    }

    @Test func `machines that come are seen`() async throws {
        try await MirrorWorld.with { world in
            #expect(try await world.count() == 3)
            try await world.other.execute(
                """
                INSERT INTO "Machine" (id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB")
                VALUES ('new', 'new', 'new', 'off', 'linux', 1, 1, 1)
                """)
            try await world.eventually { try await world.mirror.contents()?["new"] != nil }
        }
    }

    @Test func `when rows cannot be read whoever asked is told, and the next one reads`() async throws {
        try await MirrorWorld.with { world in
            world.afterReading { () throws(DatabaseError) in throw .unavailable(reason: "a test") }
            await #expect(throws: DatabaseError.self) { _ = try await world.mirror.contents() }
            world.afterReading(nil)
            let memory = try await world.memory(of: "m1")
            #expect(memory == 0)
        }
    }

    @Test func `a table that is too large is left to the database`() async throws {
        try await MirrorWorld.with(machines: 11, maximum: 10) { world in
            let first = try await world.mirror.contents()
            let reads = world.reads
            let second = try await world.mirror.contents()
            #expect(first == nil && second == nil)
            #expect(world.reads == reads)
        }
    }

    @Test func `without a connection that hears of changes nothing is taken from memory`() async throws {
        let world = try await MirrorWorld(maximum: 10)
        #expect(try await world.count() == nil)
        #expect(world.reads == 0)
    }

    @Test func `what was changed while the connection was down is seen when it is back`() async throws {
        try await MirrorWorld.with { world in
            #expect(try await world.memory(of: "m1") == 0)
            // The one that listens ends with all others of this server.
            try await world.other.transaction { transaction in
                try await transaction.execute("UPDATE \"Machine\" SET \"ramGB\" = 5 WHERE id = 'm1'")
                _ = try await transaction.rows(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """)
            }
            try await world.eventually {
                do { return try await world.memory(of: "m1") == 5 } catch is DatabaseError { return false }
            }
        }
    }
}
