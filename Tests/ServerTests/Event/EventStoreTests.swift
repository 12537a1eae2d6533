import Core
import Postgres
import Server
import TestSupport
import Testing

@Suite struct EventStoreTests {
    /// Writes events of which the first `old` happened 91 days ago.
    private func database(old: Int, new: Int) async throws -> Database {
        let database = try await TestDatabase.make()
        try await database.execute(
            """
            INSERT INTO event (id, at, resource, action, resource_id, resource_name, actor, message, data)
            SELECT n, timezone('UTC', now()) - make_interval(days => CASE WHEN n <= \(old) THEN 91 ELSE 0 END),
                   'department', 'update', 'd', 'd', 'test', '', 'null'
              FROM generate_series(1, \(old + new)) n
            """)
        return database
    }

    @Test func `events that are old enough go with the cleanup, in as many turns as it takes`() async throws {
        let database = try await database(old: 12_000, new: 3)
        let store = EventStore(database: database)
        #expect(try await OrphanCleanup(database: database, eventDays: 92).run() == "nothing was left over")
        #expect(try await OrphanCleanup(database: database).run() == "deleted: 12000 old events")
        #expect(try await store.events(after: 0, limit: 10).map(\.id) == [12_001, 12_002, 12_003])
    }

    @Test func `the newest event stays, so that whoever has seen it has seen all`() async throws {
        let database = try await database(old: 7, new: 0)
        let store = EventStore(database: database)
        #expect(try await store.prune(olderThan: 90) == 6)
        #expect(try await store.last() == 7)
    }

    @Test func `a reader is told when what it missed is not all there, or too much`() async throws {
        let database = try await database(old: 5, new: 5)
        let store = EventStore(database: database)
        for (id, limit, isThere) in [
            (Int64(0), 10, true), (0, 9, false), (3, 10, true), (10, 10, true), (11, 10, false),
        ] { #expect(try await store.reachesBack(to: id, limit: limit) == isThere, "\(id)") }
        _ = try await store.prune(olderThan: 90)
        for (id, isThere) in [(Int64(0), false), (4, false), (5, true), (10, true)] {
            #expect(try await store.reachesBack(to: id, limit: 10) == isThere, "\(id)")
        }
        let empty = EventStore(database: try await TestDatabase.make())
        #expect(try await empty.reachesBack(to: 0, limit: 10))
        #expect(try await !empty.reachesBack(to: 1, limit: 10))
    }
}
