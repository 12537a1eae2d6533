import Postgres
import TestSupport
import Testing

@Suite struct MetricStoreTests {
    private let day: Int64 = 86_400_000
    private let now: Int64 = 1_763_720_130_000  // 2025-11-21 10:15:30

    private func partitions(_ database: Database) async throws -> [String] {
        try await database.rows(
            """
            SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'machine_metric'::regclass ORDER BY 1
            """
        ).map { try $0.decode("name") }
    }

    @Test func `days are made ahead and dropped when they are old`() async throws {
        let database = try await TestDatabase.make()
        let store = MetricStore(database)
        #expect(try await store.maintain(now: now) == (2, 0))
        #expect(try await store.maintain(now: now) == (0, 0))
        #expect(try await partitions(database) == ["machine_metric_20251121", "machine_metric_20251122"])
        #expect(try await store.maintain(now: now + day) == (1, 0))
        // The 21st is kept for seven days.
        #expect(try await store.maintain(now: now + 7 * day).dropped == 0)
        #expect(try await store.maintain(now: now + 8 * day).dropped == 1)
        #expect(try await partitions(database).first == "machine_metric_20251122")
    }

    @Test func `several servers maintain at once`() async throws {
        let database = try await TestDatabase.make()
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 { group.addTask { try await MetricStore(database).maintain(now: now).made } }
            var sum = 0
            for try await count in group { sum += count }
            return sum
        }
        #expect(made == 2)
    }

    @Test func `rows come back, also the unknown in them`() async throws {
        let database = try await TestDatabase.make()
        let store = MetricStore(database)
        try await store.maintain(now: now)
        var full = MetricRow(machineID: "a", at: now)
        full.cpuPercent = 12.5
        full.vcpuWaitPercent = 0.5
        full.memoryUsedMiB = 1024
        full.memoryTotalMiB = 2048
        full.balloonMiB = 2048
        full.diskReadBytes = 1
        full.diskWriteBytes = 2
        full.networkReceivedBytes = 3
        full.networkSentBytes = 4
        let empty = MetricRow(machineID: "a", at: now + 60_000)
        let other = MetricRow(machineID: "b", at: now)
        try await store.append([full, empty, other])
        try await store.append([full])
        #expect(try await store.rows(of: "a", since: 0) == [full, empty])
        #expect(try await store.rows(of: "a", since: now + 1) == [empty])
    }
}
