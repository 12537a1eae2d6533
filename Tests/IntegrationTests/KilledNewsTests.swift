import Core
import Foundation
import JSON
import Postgres
import TestSupport
import Testing

/// bayd is killed at every step of the way from a change to those who hear of it. The test holds what bayd needs next, so that
/// it knows where it is.
@Suite(.serialized) struct KilledNewsTests {
    private enum Point: String, CaseIterable {
        /// Nothing is done yet: the row is held.
        case beforeTheChange
        /// The change is made, and its event is not.
        case beforeTheEvent
        /// Both are written, and not committed.
        case beforeTheCommit
        /// Both are committed, and bayd has heard neither the answer nor the notification.
        case beforeTheNotification
        /// Another server has committed both, and bayd is notified and cannot read what happened. What it has committed itself
        /// it need not read.
        case beforeTheReading
        /// Those who follow by GraphQL have heard, and those at Socket.io have not.
        case beforeTheAudience
        /// Many changes are on their way at once, at whatever point.
        case inABurst
    }

    private struct World {
        let bayd: BaydProcess
        let database: Database
        let department: String

        /// Waits until a statement of bayd, or of the test, waits for a lock.
        func waitUntilBlocked(_ pattern: String, of program: String = "bayd") async throws {
            try await eventually("\(program) waits at \(pattern)") {
                try await database.row(
                    """
                    SELECT 1 AS one FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = \(program) AND wait_event_type = 'Lock'
                       AND query LIKE \(pattern)
                    """) != nil
            }
        }

        /// Waits until PostgreSQL is done with whatever a dead bayd had asked for.
        func waitUntilSettled() async throws {
            try await eventually("nothing is left of the dead bayd") {
                try await database.row(
                    "SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bayd'"
                ) == nil
            }
        }

        func count(_ statement: Statement) async throws -> Int {
            try await database.row(statement)?.decode(Int.self, "n") ?? 0
        }

        func begin(_ name: String) async throws -> (client: LocalConnection, operation: String) {
            let client = try await LocalConnection.open(bayd.socket)
            let operation = try await client.begin(
                "mutation ($i: UpdateDepartmentNameInput!) { updateDepartmentName(input: $i) { id } }",
                ["i": ["id": .string(department), "name": .string(name)]])
            return (client, operation)
        }

        /// The same without bayd, as another server on the database does it.
        func change(_ name: String) async throws {
            try await database.transaction { transaction in
                try await transaction.execute("UPDATE \"Department\" SET name = \(name) WHERE id = \(department)")
                transaction.record(
                    NewEvent(
                        resource: "department", action: "update", resourceID: department, resourceName: name,
                        actor: "another", message: "renamed"))
            }
        }
    }

    @Test func `whenever bayd is killed, whoever comes back has heard every event once`() async throws {
        var options = try await TestDatabase.options()
        options.applicationName = "test"
        let database = Database(options, logger: TestDatabase.quiet)
        let bayd = try BaydProcess(
            http: ["serve"],
            environment: [
                "LIBVIRT_URI": "test:///default", "BCRYPT_ROUNDS": "4",
                "DATABASE_URL": "\(options.connectionString) dbname=\(options.database ?? "")",
            ])
        try await Followers.prepare(bayd)
        // Whoever commits an event stops right before that, if the test wants it.
        try await database.execute(
            """
            CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN NULL; END $$
            """)
        try await database.execute(
            """
            CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION hold_commit()
            """)
        var program = try await bayd.start()
        defer { program.send(SIGKILL) }
        let department = try await make("Office", bayd)
        let world = World(bayd: bayd, database: database, department: department)
        let followers = try await Followers(bayd, database)
        for point in Point.allCases {
            try await kill(program, at: point, world, followers)
            program = try await bayd.start()
            // One that is acknowledged, behind what is in doubt.
            let marker = try await make("after \(point)", bayd)
            let id = try await database.row("SELECT id FROM event WHERE resource_id = \(marker)")
            try await followers.waitFor(try #require(try id?.decode(Int64.self, "id")))
            try await followers.expectAll(database, "\(point)")
            // The change and its event are both there, or neither is.
            let changed = try await world.count(
                "SELECT count(*) AS n FROM \"Department\" WHERE name LIKE \("\(point.rawValue)%")")
            let told = try await world.count(
                "SELECT count(*) AS n FROM event WHERE resource_name LIKE \("\(point.rawValue)%")")
            #expect(changed == told, "\(point)")
        }
        // Each door closed with each bayd, and nobody was thrown out besides.
        for door in Followers.doors { #expect(followers.entries(door) == 1 + Point.allCases.count, "\(door)") }
        try await followers.end()
        try await bayd.stop(program)
    }

    private func make(_ name: String, _ bayd: BaydProcess) async throws -> String {
        let made = try await LocalConnection.open(bayd.socket).ask(
            "mutation ($n: String!) { createDepartment(name: $n) { id } }", ["n": .string(name)])
        return try #require(made["createDepartment"]?["id"]?.string)
    }

    /// Brings bayd to a point with a change under way, and kills it there.
    private func kill(_ bayd: Program, at point: Point, _ world: World, _ followers: Followers) async throws {
        var holds: [Hold] = []
        // Who leaves calls off what it asked for.
        var clients: [LocalConnection] = []
        func hold(_ statement: Statement, waits: Bool = true) async throws {
            holds.append(try await Hold(world.database, statement, waits: waits))
        }
        let name = point.rawValue
        switch point {
        case .beforeTheChange:
            try await hold("SELECT id FROM \"Department\" WHERE id = \(world.department) FOR UPDATE")
            clients.append(try await world.begin(name).client)
            try await world.waitUntilBlocked("%Department%")
        case .beforeTheEvent:
            // The lock under which ids are drawn.
            try await hold("SELECT pg_advisory_xact_lock(7089080765142888052)")
            clients.append(try await world.begin(name).client)
            try await world.waitUntilBlocked("%append_events%")
        case .beforeTheCommit:
            try await hold("SELECT pg_advisory_xact_lock(77)")
            clients.append(try await world.begin(name).client)
            try await world.waitUntilBlocked("COMMIT%")
        case .beforeTheNotification:
            try await hold("SELECT pg_advisory_xact_lock(77)")
            clients.append(try await world.begin(name).client)
            try await world.waitUntilBlocked("COMMIT%")
            bayd.send(SIGSTOP)
            try await holds.removeLast().end()
            try await eventually("it is committed") {
                try await world.count("SELECT count(*) AS n FROM event WHERE resource_name = \(name)") == 1
            }
        case .beforeTheReading:
            let commit = try await Hold(world.database, "SELECT pg_advisory_xact_lock(77)")
            let change = Task { try await world.change(name) }
            try await world.waitUntilBlocked("COMMIT%", of: "test")
            // Waits for the commit, and is then before everybody who reads.
            try await hold("LOCK TABLE event IN ACCESS EXCLUSIVE MODE", waits: false)
            try await eventually("the test is in line") {
                try await world.count(
                    """
                    SELECT count(*) AS n FROM pg_locks
                     WHERE relation = 'event'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """) == 1
            }
            try await commit.end()
            try await change.value
            try await world.waitUntilBlocked("%FROM event%")
        case .beforeTheAudience:
            try await hold("LOCK TABLE \"User\" IN ACCESS EXCLUSIVE MODE")
            let (client, operation) = try await world.begin(name)
            _ = try await client.data(of: operation)
            try await world.waitUntilBlocked("%FROM \"User\"%")
            let id = try await Followers.newest(world.database)
            try await eventually("the others have heard") {
                ["local", "graphql"].allSatisfy { followers.heard($0).last == id }
            }
            #expect(followers.heard("socket.io").last ?? 0 < id)
        case .inABurst:
            let acknowledged = try await burst(name, bayd, world)
            #expect(acknowledged >= 10)
            try await world.waitUntilSettled()
            let made = try await world.count(
                "SELECT count(*) AS n FROM \"Department\" WHERE name LIKE \("\(name)%")")
            #expect(made >= acknowledged)
        }
        bayd.send(SIGKILL)
        _ = try await bayd.waitForExit()
        withExtendedLifetime(clients) {}
        for hold in holds { try await hold.end() }
        try await world.waitUntilSettled()
    }

    /// Begins many changes at once and kills bayd after the first answers. Returns how many were acknowledged.
    private func burst(_ name: String, _ bayd: Program, _ world: World) async throws -> Int {
        let client = try await LocalConnection.open(world.bayd.socket)
        var operations: [String] = []
        for number in 0..<50 {
            operations.append(
                try await client.begin(
                    "mutation ($n: String!) { createDepartment(name: $n) { id } }",
                    ["n": .string("\(name) \(number)")]))
        }
        var acknowledged = 0
        for operation in operations {
            // Answers that were on their way when it died count too.
            guard let answer = try? await client.data(of: operation), answer["createDepartment"]?["id"] != nil else {
                continue
            }
            acknowledged += 1
            if acknowledged == 10 {
                bayd.send(SIGKILL)
                _ = try await bayd.waitForExit()
            }
        }
        return acknowledged
    }
}
