import Core
import Postgres
import Server
import TestSupport
import Testing

@Suite struct EventFollowerTests {
    @Test func `a follower who comes late reads the table first and misses nothing`() async throws {
        let database = try await TestDatabase.make()
        let departments = DepartmentService(store: DepartmentStore(database: database)) {
            "\(UInt64.random(in: 0 ... .max))"
        }
        let store = EventStore(database: database)
        let hub = EventHub()
        for index in 0..<300 { _ = try await departments.create(named: "d\(index)", by: "ann") }
        hub.start(after: try await store.last())
        let follower = EventFollower(hub: hub, store: store, after: 0)
        let reading = Task {
            var names: [String] = []
            for try await event in follower {
                names.append(event.resourceName)
                if names.count == 400 { break }
            }
            return names
        }
        for index in 300..<400 { _ = try await departments.create(named: "d\(index)", by: "ann") }
        // What the pump does when PostgreSQL notifies it.
        hub.publish(try await store.events(after: hub.last, limit: 1000))
        #expect(try await reading.value == (0..<400).map { "d\($0)" })
    }
}
