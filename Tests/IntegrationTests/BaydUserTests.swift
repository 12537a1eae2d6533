import Foundation
import JSON
import TestSupport
import Testing

/// `bayd user`, and what `bay` does with the accounts that it makes.
@Suite struct BaydUserTests {
    private struct Host {
        let bayd: BaydProcess

        init() throws { bayd = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"]) }

        /// Runs a program to its end with `input` on its standard input.
        func run(_ program: String, _ arguments: [String], input: String = "") async throws -> (Int32, String) {
            let file = bayd.directory.appending(path: "input-\(UInt32.random(in: 0 ... .max))")
            try input.write(to: file, atomically: true, encoding: .utf8)
            let process = try Program(
                [program] + arguments,
                environment: bayd.environment.merging(["XDG_STATE_HOME": bayd.directory.path + "/home"]) { $1 },
                input: file, output: bayd.directory.appending(path: "output-\(UInt32.random(in: 0 ... .max))"))
            return (try await process.waitForExit(), process.output)
        }

        func user(_ arguments: String..., password: String = "") async throws -> (Int32, String) {
            try await run(Built.bayd, ["user"] + arguments, input: password)
        }

        func bay(_ arguments: String..., input: String = "") async throws -> (Int32, String) {
            try await run(Built.bay, arguments, input: input)
        }
    }

    @Test func `the first account is made before any server runs, and others beside one that does`() async throws {
        let host = try Host()
        let made = try await host.user(
            "add", "Ada@Example.org", "--role", "SUPER_ADMIN", password: "correct horse\nmore\n")
        #expect(made == (0, "made the account of ada@example.org with the role SUPER_ADMIN\n"))
        #expect(try await host.user("add", "ada@example.org", "--role", "USER", password: "correct horse").0 == 1)
        #expect(try await host.user("add", "bob@example.org", "--role", "USER", password: "short").0 == 1)
        #expect(try await host.user("add", "bob@example.org", "--role", "USER").0 == 1)
        #expect(try await host.user("add", "bob@example.org").0 == 2)
        try await host.bayd.run { _ in
            #expect(try await host.user("add", "bob@example.org", "--role", "user", password: "battery staple").0 == 0)
            #expect(try await host.user("password", "nobody@x", password: "battery staple").0 == 1)
            let list = try await host.user("ls")
            #expect(list == (0, "ada@example.org  SUPER_ADMIN  Ada\nbob@example.org  USER         bob\n"))
        }
    }

    @Test func `bay acts as the account that signed in, until it signs out`() async throws {
        let host = try Host()
        _ = try await host.user("add", "bob@example.org", "--role", "USER", password: "battery staple")
        let who = "{ serverInfo { actor role } }"
        let asBob = "{\"data\":{\"serverInfo\":{\"actor\":\"bob@example.org\",\"role\":\"USER\"}}}\n"
        try await host.bayd.run { _ in
            let wrong = try await host.bay("login", "bob@example.org", input: "wrong\n")
            #expect(wrong == (4, "bay: invalid email or password\n"))
            #expect(try await host.bay("query", input: who).1.contains("SUPER_ADMIN"))
            let login = try await host.bay("login", "Bob@example.org", input: "battery staple\n")
            #expect(login == (0, "signed in as bob@example.org (USER)\n"))
            #expect(try await host.bay("query", input: who) == (0, asBob))
            #expect(try await host.bay("department", "create", "Lab").0 == 4)

            // Somebody else ends the session.
            _ = try await host.user("password", "bob@example.org", password: "another staple")
            let refused = try await host.bay("query", input: who)
            #expect(refused.0 == 4 && refused.1.contains("token_revoked") && refused.1.contains("bay login"))
            #expect(try await host.bay("login", "bob@example.org", input: "another staple\n").0 == 0)
            #expect(try await host.bay("query", input: who) == (0, asBob))

            #expect(try await host.bay("logout") == (0, "signed out\n"))
            #expect(try await host.bay("logout") == (0, "not signed in\n"))
            #expect(try await host.bay("query", input: who).1.contains("SUPER_ADMIN"))
        }
    }
}
