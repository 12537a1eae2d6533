import Core
import Foundation
import JSON
import TestSupport
import Testing

/// bayd as a program: started, asked, killed, and started again. The machines are libvirt's test driver's.
@Suite(.serialized) struct BaydTests {
    @Test func `a demo serves made-up machines and says so, and leaves nothing running behind`() async throws {
        let bayd = try BaydProcess(["serve", "--demo=25"])
        let program = try await bayd.start()
        do {
            let client = try await LocalConnection.open(bayd.socket)
            let info = try await client.ask("{ serverInfo { demo role } machines { name status } departments { id } }")
            #expect(info["serverInfo"] == ["demo": true, "role": "SUPER_ADMIN"])
            #expect(info["machines"]?.array?.count == 25)
            #expect((info["departments"]?.array?.count ?? 0) > 1)
        }
        program.send(SIGTERM)
        #expect(try await program.waitForExit() == 0)
        #expect(!FileManager.default.fileExists(atPath: bayd.socket))
        let pid = bayd.directory.path + "/state/demo/postgres/data/postmaster.pid"
        #expect(!FileManager.default.fileExists(atPath: pid))
    }

    @Test func `a second bayd on the same socket is refused with a reason`() async throws {
        let first = try BaydProcess(["serve", "--demo=3"])
        try await first.run { _ in
            let second = try Program(
                [Built.bayd, "serve", "--demo=3"],
                environment: first.environment.merging(["BAY_STATE_DIR": first.directory.path + "/other"]) { $1 },
                output: first.directory.appending(path: "second"))
            #expect(try await second.waitForExit() != 0)
            #expect(second.output.contains("another bayd serves"))
            _ = try await LocalConnection.open(first.socket).ask("{ serverInfo { version } }")
        }
    }

    @Test func `after a kill nothing that was acknowledged is lost and events go on where a reader left off`()
        async throws
    {
        let bayd = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"])
        var program = try await bayd.start()
        var ids: [Int] = []
        var names: [String] = []
        var seen: [String] = []
        for round in 0..<3 {
            do {
                let client = try await LocalConnection.open(bayd.socket)
                let following = try await client.begin(
                    "subscription ($after: ID) { events(after: $after) { id resource resourceName } }",
                    ["after": .string("\(ids.last ?? 0)")])
                for number in 0..<5 {
                    let name = "d\(round)-\(number)"
                    _ = try await client.ask(
                        "mutation ($n: String!) { createDepartment(name: $n) { id } }", ["n": .string(name)])
                    names.append(name)
                }
                while names.contains(where: { name in !seen.contains(name) }) {
                    let event = try await client.data(of: following)["events"]
                    ids.append(Int(event?["id"]?.string ?? "") ?? -1)
                    if event?["resource"] == "department", let name = event?["resourceName"]?.string {
                        seen.append(name)
                    }
                }
            }
            program.send(SIGKILL)
            _ = try await program.waitForExit()
            program = try await bayd.start()
        }
        let client = try await LocalConnection.open(bayd.socket)
        let departments = try await client.ask("{ departments { name } }")["departments"]?.array ?? []
        #expect(Set(departments.compactMap { $0["name"]?.string }) == Set(names))
        #expect(seen == names, "each event once, in order")
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        try await bayd.stop(program)
    }

    @Test func `when PostgreSQL dies the door stays open, says so, and all recovers by itself`() async throws {
        let bayd = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"])
        try await bayd.run { _ in
            let client = try await LocalConnection.open(bayd.socket)
            _ = try await client.ask("mutation { createDepartment(name: \"Before\") { id } }")
            try await eventually("the lights are up") { try await allUp(client) }
            let before = try await since("database", client)
            let file = bayd.directory.path + "/state/postgres/data/postmaster.pid"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let postmaster = try #require(pid_t(text.split(separator: "\n")[0]))
            kill(postmaster, SIGKILL)
            // The light may be down for less time than it takes to look, but then its age is another one.
            try await eventually("the light has turned") { try await since("database", client) != before }
            #expect(try await client.ask("{ serverInfo { version } }")["serverInfo"] != nil)
            try await eventually("the lights are up again") { try await allUp(client) }
            try await eventually("the database answers") {
                (try? await client.ask("{ departments { name } }"))?["departments"] == [["name": "Before"]]
            }
        }
    }

    private func since(_ link: String, _ client: LocalConnection) async throws -> String? {
        try await client.ask("{ links { link since } }")["links"]?.array?
            .first { $0["link"]?.string == link }?["since"]?.string
    }

    private func allUp(_ client: LocalConnection) async throws -> Bool {
        try await client.ask("{ links { state } }")["links"]?.array?.allSatisfy { $0["state"] == "up" } == true
    }

    @Test func `two clients that change the same at once both get an answer`() async throws {
        let bayd = try BaydProcess(["serve", "--demo=30"])
        try await bayd.run { _ in
            let path = bayd.socket
            let machine = try #require(
                try await LocalConnection.open(path).ask("{ machines { id status } }")["machines"]?.array?
                    .first { $0["status"] == "running" }?["id"]?.string)
            let answers = try await withThrowingTaskGroup(of: [JSONValue].self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        let client = try await LocalConnection.open(path)
                        var answers: [JSONValue] = []
                        for action in ["suspend", "resume", "suspend", "resume"] {
                            let mutation = "mutation { a: \(action)(id: \"\(machine)\") { success message } }"
                            answers.append(try await client.ask(mutation)["a"] ?? .null)
                        }
                        return answers
                    }
                }
                return try await group.reduce(into: [JSONValue]()) { $0 += $1 }
            }
            #expect(answers.count == 8)
            #expect(answers.allSatisfy { $0["message"]?.string?.isEmpty == false })
            let status = try await LocalConnection.open(path).ask("{ machine(id: \"\(machine)\") { status } }")
            #expect(["running", "suspended"].contains(status["machine"]?["status"]?.string))
        }
    }
}
