import Foundation
import JSON
import Testing

/// `bay firewall` as scripts use it, against a bayd with made-up machines.
@Suite struct RuleCommandTests {
    private struct Host {
        let bayd: BaydProcess

        /// Runs bay to its end. What it says goes to one file, errors behind the rest.
        func bay(_ arguments: String..., input: String = "") async throws -> (status: Int32, text: String) {
            let number = UInt32.random(in: 0 ... .max)
            let file = bayd.directory.appending(path: "input-\(number)")
            try input.write(to: file, atomically: true, encoding: .utf8)
            let process = try Program(
                [Built.bay, "firewall"] + arguments, environment: bayd.environment, input: file,
                output: bayd.directory.appending(path: "output-\(number)"))
            return (try await process.waitForExit(), process.output)
        }
    }

    private func with(_ body: (Host, _ machine: String, _ department: String) async throws -> Void) async throws {
        let host = Host(bayd: try BaydProcess(["serve", "--demo=3"]))
        try await host.bayd.run { _ in
            let client = try await LocalConnection.open(host.bayd.socket)
            let known = try await client.ask("{ machines { name department { name } } }")
            let machine = try #require(known["machines"]?[0]?["name"]?.string)
            try await body(host, machine, try #require(known["machines"]?[0]?["department"]?["name"]?.string))
        }
    }

    @Test func `a rule is added, traced, exported, imported elsewhere and removed`() async throws {
        try await with { host, machine, department in
            let added = try await host.bay("add", machine, "in", "accept", "tcp", "443", "name", "Web for all")
            #expect(added == (0, ""))
            let list = try await host.bay("list", machine, "--json")
            let rule = try JSONValue(parsing: list.text)[0]
            #expect(rule?["name"] == "Web for all" && rule?["ports"] == "443")
            // The demo's networks carry no packets, so there is no number, but a reason.
            #expect(rule?["hits"] == .null && rule?["hitsReason"] == "the demo's networks lead nowhere")
            #expect(try await host.bay("blocked", machine, "--json") == (0, "[]\n"))
            #expect(try await host.bay("suggest", "--department", department, "--csv").status == 0)
            #expect(try await host.bay("blocked", machine, "--limit", "0").status == 2)
            let passes = try await host.bay("trace", machine, "--from", "10.0.3.7:50000", "--to", "443", "--check")
            #expect(passes.status == 0 && passes.text.hasPrefix("accept: it is let through by \"Web for all\""))
            let dropped = try await host.bay("trace", machine, "--to", ":22", "--check")
            #expect(dropped.status == 1 && dropped.text.contains("* Default for incoming (policy): drop"))

            for format in ["json", "toml", "lines"] {
                let export = try await host.bay("export", machine, "--format", format)
                let preview = try await host.bay("preview", "--department", department, "--replace", input: export.text)
                #expect(preview.status == 0, "\(preview.text)")
                #expect(preview.text.contains("+ appears: Web for all (in accept tcp 443)"), "\(preview.text)")
                let imported = try await host.bay("import", "--department", department, "--replace", input: export.text)
                #expect(imported == (0, ""), "\(format)")
            }
            let effective = try await host.bay("effective", machine)
            #expect(effective.text.contains("never decides: shadowed by \"Web for all\" of the department"))
            let refused = try await host.bay("remove", machine, "Web for all")
            #expect(refused.status == 2 && refused.text.contains("give --yes"))
            #expect(try await host.bay("remove", machine, "Web for all", "--yes") == (0, ""))
            #expect(try await host.bay("remove", machine, "Web for all", "--yes").status == 1)
        }
    }

    @Test func `what is wrong is told with its line, and nothing is done`() async throws {
        try await with { host, machine, _ in
            let wrong = try await host.bay(
                "import", machine, input: "in accept tcp 80\nin accept tcp 70000\nsideways\n")
            #expect(wrong.status == 1)
            #expect(wrong.text.contains("line 2: Destination port start 70000"))
            #expect(wrong.text.contains("line 3: \"sideways\" is not understood"))
            #expect(try await host.bay("list", machine, "--json").text == "[]\n")
            let conflict = try await host.bay("preview", machine, input: "in accept tcp 80\nin drop tcp 80\n")
            #expect(conflict.status == 1 && conflict.text.contains("contradict"))
        }
    }

    @Test func `a change waits for its confirmation, and is kept or taken back`() async throws {
        try await with { host, machine, department in
            let first = try await host.bay(
                "policy", department, "--incoming", "accept", "--confirm-within", "3600")
            #expect(first.status == 0 && first.text.contains("to keep it: bay firewall confirm "))
            #expect(try await host.bay("confirm").status == 0)
            let again = try await host.bay("add", machine, "--confirm-within", "3600", "in", "drop", "tcp", "25")
            #expect(again.status == 0, "\(again.text)")
            #expect(try await host.bay("revert").status == 0)
            #expect(try await host.bay("list", machine, "--json").text == "[]\n")
            let none = try await host.bay("confirm")
            #expect(none.status == 1 && none.text.contains("no change waits"))
            // The default that was confirmed is there still.
            #expect(try await host.bay("trace", machine, "--to", "22").text.hasPrefix("accept: "))
        }
    }
}
