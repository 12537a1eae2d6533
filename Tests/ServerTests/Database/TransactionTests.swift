import Foundation
import JSON
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct TransactionTests {
    struct Stop: Error {}

    private func names(_ database: Database) async throws -> [String] {
        try await database.rows("SELECT name FROM \"Department\" ORDER BY name").map { try $0.decode("name") }
    }

    @Test func `a transaction is committed when its closure returns`() async throws {
        let database = try await TestDatabase.make()
        let answer = try await database.transaction { transaction in
            try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES (\("d1"), \("Sales"))")
            return 7
        }
        #expect(answer == 7)
        #expect(try await names(database) == ["Sales"])
    }

    @Test func `a transaction is rolled back when its closure throws`() async throws {
        let database = try await TestDatabase.make()
        await #expect(throws: Stop.self) {
            try await database.transaction { transaction in
                try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')")
                transaction.record(.sample(1))
                throw Stop()
            }
        }
        #expect(try await names(database).isEmpty)
        #expect(try await database.rows("SELECT id FROM event").isEmpty)
    }

    @Test func `a transaction is rolled back when its task is cancelled`() async throws {
        let database = try await TestDatabase.make()
        let task = Task {
            try await database.transaction { transaction in
                try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')")
                while !Task.isCancelled { await Task.yield() }
            }
        }
        task.cancel()
        await #expect(throws: DatabaseError.cancelled) { try await task.value }
        #expect(try await names(database).isEmpty)
    }

    @Test func `a failed statement that the closure ignores does not pass for a commit`() async throws {
        let database = try await TestDatabase.make()
        await #expect(throws: DatabaseError.self) {
            try await database.transaction { transaction in
                try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')")
                _ = try? await transaction.execute("SELECT 1 / 0")
            }
        }
        #expect(try await names(database).isEmpty)
    }

    @Test func `a transaction is of no use when it is over`() async throws {
        let database = try await TestDatabase.make()
        let kept = Mutex<Transaction?>(nil)
        try await database.transaction { transaction in kept.withLock { $0 = transaction } }
        let transaction = try #require(kept.withLock { $0 })
        await #expect(throws: DatabaseError.unavailable(reason: "the transaction is over")) {
            try await transaction.execute("SELECT 1")
        }
    }

    @Test func `a conflict is run again until it succeeds`() async throws {
        let database = try await TestDatabase.make()
        try await database.execute("INSERT INTO \"Department\" (id, name, \"internetSpeed\") VALUES ('d', 'x', 0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await database.transaction(isolation: .serializable, attempts: 100) { transaction in
                        let row = try await transaction.row("SELECT \"internetSpeed\" AS n FROM \"Department\"")
                        let number = try #require(row).decode(Int.self, "n")
                        try await transaction.execute("UPDATE \"Department\" SET \"internetSpeed\" = \(number + 1)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let row = try await database.row("SELECT \"internetSpeed\" AS n FROM \"Department\"")
        #expect(try row?.decode(Int.self, "n") == 4)
    }

    @Test func `a batch that fails spoils its transaction`() async throws {
        let database = try await TestDatabase.make()
        let insert: Statement = "INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')"
        for isFirst in [true, false] {
            await #expect(throws: DatabaseError.self) {
                try await database.transaction { transaction in
                    if !isFirst { try await transaction.execute("SELECT 1") }
                    _ = try? await transaction.rows([insert, "SELECT 1 / 0", insert])
                    transaction.record(.sample(1))
                }
            }
        }
        #expect(try await names(database).isEmpty)
        #expect(try await database.rows("SELECT id FROM event").isEmpty)
        let counts = try await database.transaction { try await $0.rows([insert, "SELECT 1 AS n"]).map(\.affected) }
        #expect(counts == [1, 1])
        #expect(try await names(database) == ["x"])
    }

    @Test func `a transaction of events alone that fails leaves its connection as it was`() async throws {
        let database = try await TestDatabase.make()
        try await database.execute("ALTER TABLE event ADD CONSTRAINT refused CHECK (message <> 'changed')")
        for _ in 0..<3 {
            await #expect(throws: DatabaseError.self) {
                try await database.transaction { $0.record(.sample(1)) }
            }
            #expect(try await database.rows("SELECT 1").count == 1)
        }
    }

    @Test func `a statement that cannot be sent does not take the beginning with it`() async throws {
        struct Stop: Error {}
        let database = try await TestDatabase.make()
        for isList in [true, false] {
            await #expect(throws: Stop.self) {
                try await database.transaction { transaction in
                    let bad: Statement = "SELECT \("\0")"
                    if isList { _ = try? await transaction.rows([bad]) } else { _ = try? await transaction.rows(bad) }
                    try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')")
                    throw Stop()
                }
            }
        }
        #expect(try await names(database).isEmpty)
    }

    @Test func `what follows a commit is done before anybody hears of its events, and never without one`() async throws
    {
        struct Stop: Error {}
        let database = try await TestDatabase.make()
        let steps = Mutex<[String]>([])
        database.followOwnEvents { rows in steps.withLock { $0.append("told of \(rows.count)") } }
        await #expect(throws: Stop.self) {
            try await database.transaction { transaction in
                transaction.whenCommitted { steps.withLock { $0.append("too early") } }
                transaction.record(.sample(1))
                throw Stop()
            }
        }
        try await database.transaction { transaction in
            transaction.whenCommitted { steps.withLock { $0.append("done") } }
            transaction.record(.sample(2))
        }
        #expect(steps.withLock { $0 } == ["done", "told of 1"])
    }

    @Test func `telling of events takes no more of the stack, however many transactions there were`() async throws {
        let database = try await TestDatabase.make()
        let depths = Mutex<[Int]>([])
        // Of a deep stack only the first hundreds are told.
        database.followOwnEvents { _ in depths.withLock { $0.append(Thread.callStackReturnAddresses.count) } }
        for _ in 0..<2 {
            try await database.transaction { $0.record(.sample(1)) }
            for _ in 0..<500 { try await database.transaction { try await $0.execute("SELECT 1") } }
        }
        let found = depths.withLock { $0 }
        #expect(found[1] - found[0] < 30, "\(found)")
    }

    @Test func `what libpq says by itself of a statement under way is the end of the connection`() {
        let words = "server closed the connection unexpectedly"
        #expect(DatabaseError(ServerError(sqlState: "", message: words)) == .connectionLost(reason: words))
    }

    @Test func `updatedAt follows each write`() async throws {
        let database = try await TestDatabase.make()
        try await database.execute(
            "INSERT INTO \"Department\" (id, name, \"updatedAt\") VALUES ('d', 'x', '2001-01-01')")
        try await database.execute("UPDATE \"Department\" SET name = 'y'")
        let row = try await database.row(
            """
            SELECT "updatedAt" > timezone('UTC', now()) - interval '1 hour' AND "updatedAt" <= timezone('UTC', now()) AS ok
              FROM "Department"
            """)
        #expect(try row?.decode(Bool.self, "ok") == true)
    }
}

extension NewEvent {
    static func sample(_ number: Int) -> NewEvent {
        NewEvent(
            resource: "machine", action: "update", resourceID: "m\(number)", resourceName: "n'\(number)",
            actor: "local:root", message: "changed", data: ["number": .int(number)])
    }
}

@Suite struct EventOutboxTests {
    @Test func `events are written with their transaction, in order`() async throws {
        let database = try await TestDatabase.make()
        try await database.transaction { transaction in
            EventOutbox.append([.sample(1), .sample(2)], in: transaction)
            try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES ('d', 'x')")
            transaction.record(.sample(3))
        }
        // A transaction that only writes events is one too.
        try await database.transaction { $0.record(.sample(4)) }
        let rows = try await database.rows("SELECT resource_id, resource_name, data, at FROM event ORDER BY id")
        #expect(try rows.map { try $0.decode(String.self, "resource_id") } == ["m1", "m2", "m3", "m4"])
        #expect(try rows[0].decode(String.self, "resource_name") == "n'1")
        #expect(try rows[2].decode(JSONValue.self, "data") == ["number": 3])
        #expect(try rows[0].milliseconds("at") > 1_600_000_000_000)
    }

    @Test func `a reader that goes on behind the last id it saw misses nothing`() async throws {
        let database = try await TestDatabase.make()
        let writers = 6
        let each = 40
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<each {
                        try await database.transaction { transaction in
                            transaction.record(.sample(writer * each + number))
                            // Different lengths, so that transactions overtake each other.
                            try await transaction.execute("SELECT pg_sleep(\(Double(number % 3) * 0.002))")
                            if number % 7 == 0 { transaction.record(.sample(100_000)) }
                        }
                    }
                }
            }
            group.addTask {
                var last = 0
                var seen: Set<String> = []
                try await eventually {
                    for row in try await database.rows(
                        "SELECT id, resource_id FROM event WHERE id > \(last) ORDER BY id")
                    {
                        last = try row.decode("id")
                        seen.insert(try row.decode("resource_id"))
                    }
                    return seen.count >= writers * each + 1
                }
            }
            try await group.waitForAll()
        }
        let count = try await database.row("SELECT count(DISTINCT resource_id) AS n FROM event")
        #expect(try count?.decode(Int.self, "n") == writers * each + 1)
    }

    @Test func `who follows own events has them as they are in the table, after the changes`() async throws {
        let database = try await TestDatabase.make()
        let heard = Mutex<[String]>([])
        database.follow("Machine") { ids in heard.withLock { $0.append("changed \(ids?.sorted() ?? [])") } }
        database.followOwnEvents { rows in
            for row in rows {
                let name = (try? row.decode(String.self, "resource_name")) ?? ""
                let id = (try? row.decode(Int64.self, "id")) ?? 0
                heard.withLock { $0.append("\(id) \(name)") }
            }
        }
        try await database.transaction { $0.record(.sample(1)) }
        try await database.transaction { transaction in
            transaction.changes("Machine", ["m2"])
            try await transaction.execute("SELECT 1")
            for number in 2...4 { transaction.record(.sample(number)) }
        }
        // Of one that comes to nothing, nothing is told.
        await #expect(throws: DatabaseError.self) {
            try await database.transaction { transaction in
                transaction.record(.sample(5))
                _ = try? await transaction.execute("SELECT 1 / 0")
            }
        }
        let rows = try await database.rows("SELECT id, resource_name FROM event ORDER BY id")
        let table = try rows.map { row in
            "\(try row.decode(Int64.self, "id")) \(try row.decode(String.self, "resource_name"))"
        }
        #expect(table.count == 4)
        #expect(heard.withLock { $0 } == [table[0], "changed [\"m2\"]"] + table[1...])
    }

    @Test func `followers are woken with the newest id`() async throws {
        let database = try await TestDatabase.make()
        let service = Task { await database.run() }
        defer { service.cancel() }
        var events = database.listener.notifications(on: EventOutbox.channel).makeAsyncIterator()
        #expect(await events.next() == .gap)
        try await database.transaction { $0.record(.sample(1)) }
        guard case .notification("bay_event", let id)? = await events.next() else {
            Issue.record("no notification")
            return
        }
        let row = try await database.row("SELECT max(id) AS id FROM event")
        #expect(try row?.decode(Int.self, "id") == Int(id))
        service.cancel()
        await service.value
    }
}
