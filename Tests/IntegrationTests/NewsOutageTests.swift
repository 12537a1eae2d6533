import Core
import Foundation
import JSON
import Postgres
import Synchronization
import TestSupport
import Testing

/// PostgreSQL goes away and comes back while everybody is connected.
@Suite(.serialized) struct NewsOutageTests {
    /// What writers were answered.
    private final class Answers: Sendable {
        private let state = Mutex((acknowledged: Set<String>(), refusals: [JSONValue]()))
        func note(_ name: String, _ answer: JSONValue) {
            state.withLock { state in
                if let refusal = answer["errors"]?[0] {
                    state.refusals.append(refusal)
                } else {
                    state.acknowledged.insert(name)
                }
            }
        }
        var acknowledged: Set<String> { state.withLock { $0.acknowledged } }
        var refusals: [JSONValue] { state.withLock { $0.refusals } }
    }

    /// Makes one department after the other until the first is refused.
    private func write(_ writer: String, to bayd: BaydProcess, _ answers: Answers) async throws {
        let client = try await LocalConnection.open(bayd.socket)
        for number in 0... {
            let name = "\(writer)-\(number)"
            let answer = try await client.answer("mutation { createDepartment(name: \"\(name)\") { id } }")
            answers.note(name, answer)
            if answer["errors"] != nil { return }
        }
    }

    private func get(_ path: String, _ bayd: BaydProcess, _ more: [String] = []) async throws -> (
        status: String, body: String
    ) {
        let answer = try await Program.run(
            ["curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}"] + more + [
                "http://127.0.0.1:\(bayd.port)\(path)"
            ])
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false)
        return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
    }

    private func ask(_ query: String, _ token: String, _ bayd: BaydProcess) async throws -> JSONValue {
        let body: JSONValue = ["query": .string(query)]
        let answer = try await get(
            "/graphql", bayd,
            ["-H", "Content-Type: application/json", "-H", "Authorization: Bearer \(token)", "-d", body.text])
        return try JSONValue(parsing: answer.body)
    }

    /// Stopped in order, and as if the power had failed.
    @Test(arguments: [SIGINT, SIGQUIT])
    func `doors stay open and say so, and afterwards nothing acknowledged is lost and no event is lost or doubled`(
        signal: Int32
    ) async throws {
        let settings = PrivateCluster.Settings(directory: TestDatabase.temporaryDirectory() + "/postgres")
        var cluster = try await PrivateCluster.start(settings, logger: TestDatabase.quiet)
        let bayd = try BaydProcess(
            http: ["serve"],
            environment: [
                "LIBVIRT_URI": "test:///default", "BCRYPT_ROUNDS": "4", "DATABASE_URL": cluster.connectionString,
            ])
        let database = Database(ConnectionOptions(cluster.connectionString), logger: TestDatabase.quiet)
        try await bayd.run { _ in
            try await Followers.prepare(bayd)
            let client = try await LocalConnection.open(bayd.socket)
            let token = try #require(try await Followers.signIn(client))
            try await eventually("the lights are up") { try await get("/health", bayd).status == "200" }
            let health = try JSONValue(parsing: try await get("/health", bayd).body)
            #expect(health["jobs"]?["queued"] == 0 && health["jobs"]?["oldestWaitingSeconds"] == .null)
            let followers = try await Followers(bayd, database)

            let answers = Answers()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in ["a", "b", "c", "d"] {
                    group.addTask { try await write(writer, to: bayd, answers) }
                }
                try await eventually("they are at it") { answers.acknowledged.count > 40 }
                kill(try #require(cluster.runningServer()), signal)
                await cluster.stop()
                try await group.waitForAll()
            }
            #expect(answers.refusals.allSatisfy { $0["extensions"]?["code"] == "UNAVAILABLE" }, "\(answers.refusals)")
            try await expectOpenDoors(bayd, client, token)
            #expect(Followers.doors.allSatisfy { followers.entries($0) == 1 })

            cluster = try await PrivateCluster.start(settings, logger: TestDatabase.quiet)
            // The test's own connections are gone as well.
            let anew = Database(ConnectionOptions(cluster.connectionString), logger: TestDatabase.quiet)
            try await eventually("all is well again") { try await get("/health", bayd).status == "200" }
            let again = try await ask("mutation { createDepartment(name: \"Afterwards\") { name } }", token, bayd)
            #expect(again["data"]?["createDepartment"]?["name"] == "Afterwards", "\(again.text)")
            try await followers.waitFor(try await Followers.newest(anew))
            try await followers.expectAll(anew, "after the outage")
            // They never had to come again.
            #expect(Followers.doors.allSatisfy { followers.entries($0) == 1 })
            let stored = try await names("SELECT name FROM \"Department\"", anew)
            #expect(answers.acknowledged.subtracting(stored).isEmpty, "acknowledged")
            let told = try await names(
                "SELECT resource_name AS name FROM event WHERE resource = 'department' AND action = 'create'", anew)
            #expect(stored == told)
            try await followers.end()
        }
        await cluster.stop()
    }

    private func names(_ statement: Statement, _ database: Database) async throws -> Set<String> {
        Set(try await database.rows(statement).map { try $0.decode(String.self, "name") })
    }

    /// What everybody is told while the database is away.
    private func expectOpenDoors(_ bayd: BaydProcess, _ client: LocalConnection, _ token: String) async throws {
        try await eventually("the lights say so") { try await get("/health", bayd).status == "503" }
        let health = try JSONValue(parsing: try await get("/health", bayd).body)
        #expect(health["database"]?["state"] == "down" && health["events"]?["state"] == "down")
        #expect(health["hypervisor"]?["state"] == "up")
        try await eventually("jobs are not told of") {
            try JSONValue(parsing: try await get("/health", bayd).body)["jobs"] == .null
        }
        #expect(try await get("/health/live", bayd).status == "200")
        #expect(try await get("/socket.io/?EIO=4&transport=polling", bayd).status == "200")
        // Connections that are there, and new ones.
        for door in [client, try await LocalConnection.open(bayd.socket)] {
            #expect(try await door.ask("{ serverInfo { version } }")["serverInfo"] != nil)
            let links = try await door.ask("{ links { link state reason } }")
            let light = links["links"]?.array?.first { $0["link"] == "database" }
            #expect(light?["state"] == "down" && light?["reason"]?.string?.isEmpty == false)
            let refused = try await door.answer("mutation { createDepartment(name: \"Refused\") { id } }")
            #expect(refused["errors"]?[0]?["extensions"]?["code"] == "UNAVAILABLE", "\(refused.text)")
            #expect(refused["errors"]?[0]?["message"]?.string?.hasPrefix("database is not available: ") == true)
        }
        let refused = try await ask("mutation { createDepartment(name: \"Refused\") { id } }", token, bayd)
        #expect(refused["errors"]?[0]?["extensions"]?["code"] == "UNAVAILABLE", "\(refused.text)")
    }
}
