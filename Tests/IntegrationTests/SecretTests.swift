import Foundation
import JSON
import Postgres
import TestSupport
import Testing

/// Secrets that real requests carry, and everything that bayd writes about them.
@Suite struct SecretTests {
    private static let password = "planted-password-1"
    private static let wrongPassword = "planted-wrong-2"
    private static let screen = "planted-screen-3"
    private static let database = "planted-database-4"
    private static let header = "planted-header-5"

    private struct Host {
        let bayd: BaydProcess
        let database: Database
        let port: Int

        init() async throws {
            let options = try await TestDatabase.options()
            database = Database(options, logger: TestDatabase.quiet)
            port = Int.random(in: 20_000..<32_000)
            let node = """
                <node><domain type='test'><name>alpha</name><memory>1048576</memory><vcpu>2</vcpu><os><type>hvm</type></os>\
                <devices><graphics type='vnc' port='5907' listen='127.0.0.1' passwd='\(screen)'/></devices></domain></node>
                """
            bayd = try BaydProcess(
                node: node,
                environment: [
                    "DATABASE_URL":
                        "\(options.connectionString) dbname=\(options.database ?? "") password=\(SecretTests.database)",
                    "PORT": "\(port)", "DEBUG": "*", "DEBUG_AUTH": "1", "BCRYPT_ROUNDS": "4",
                ])
        }

        /// Posts a document and returns the body of the answer, whatever its status.
        func post(_ document: String, token: String? = nil) async throws -> JSONValue {
            let body = JSONValue.object(["query": .string(document)]).text
            var command = [
                "curl", "-s", "-m", "60", "-H", "Content-Type: application/json", "-d", body,
            ]
            if let token { command += ["-H", "Authorization: Bearer \(token)"] }
            return try JSONValue(
                parsing: Array(try await Program.run(command + ["http://127.0.0.1:\(port)/graphql"]).utf8))
        }
    }

    @Test func `no secret of a request is in any log line, error or event`() async throws {
        let host = try await Host()
        try await host.bayd.run { program in
            let local = try await LocalConnection.open(host.bayd.socket)
            _ = try await local.ask(
                """
                mutation { createUser(input: {email: "ada@example.org", password: "\(Self.password)", \
                passwordConfirmation: "\(Self.password)", firstName: "Ada", lastName: "L", role: ADMIN}) { id } }
                """)
            let login = "mutation { login(email: \"ada@example.org\", password: \"\(Self.password)\") { token } }"
            let token = try #require(try await host.post(login)["data"]?["login"]?["token"]?.string)
            _ = try await host.post(login.replacing(Self.password, with: Self.wrongPassword))
            _ = try await host.post("{ currentUser { email } }", token: token)
            _ = try await host.post("{ currentUser { email } }", token: Self.header)
            // Mistakes carry secrets too.
            _ = try await host.post(login.replacing("{ token }", with: "{ tokens }"))
            _ = try await host.post(login + "}")
            let machines = try await local.ask("{ machines(includeUnmanaged: true, after: \"\") { id } }")
            let id = machines["machines"]?[0]?["id"]?.string ?? ""
            _ = try? await local.ask("{ graphicConnection(id: \"\(id)\") { password } }")

            // Something that nobody had thought of: tables are not where they were.
            for table: Statement in ["\"User\"", "\"Application\""] {
                try await host.database.execute("ALTER TABLE \(table) RENAME TO away")
                let answers = [
                    try await host.post("{ applications { id } }", token: token), try await host.post(login),
                ]
                try await host.database.execute("ALTER TABLE away RENAME TO \(table)")
                #expect(answers.contains { $0["errors"] != nil })
            }
            let asked = "{ errorLogs(filter: {resolved: false}) { message severity count context code } }"
            try await eventually("the errors are recorded") {
                try await local.ask(asked)["errorLogs"]?.array?.isEmpty == false
            }
            let found = try await local.ask(asked)["errorLogs"]?.array ?? []
            #expect(found.contains { $0["severity"] == "HIGH" && $0["context"]?["id"] != nil }, "\(found)")

            let rows = try await host.database.rows(
                """
                SELECT to_jsonb(e)::text AS line FROM "ErrorLog" e UNION ALL SELECT to_jsonb(s)::text FROM error_state s
                UNION ALL SELECT to_jsonb(v)::text FROM event v UNION ALL SELECT to_jsonb(j)::text FROM job j
                UNION ALL SELECT to_jsonb(c)::text FROM "MachineConfiguration" c
                """)
            let records = try rows.map { try $0.decode(String.self, "line") }
            let lines = program.output.split(separator: "\n").map(String.init)
            #expect(lines.count > 10 && !records.isEmpty)
            let secrets = [Self.password, Self.wrongPassword, Self.screen, Self.database, Self.header, token]
            let leaks = (lines + records).filter { line in secrets.contains { line.contains($0) } }
            #expect(leaks.isEmpty, "\(leaks.prefix(5).joined(separator: "\n"))")
        }
    }
}
