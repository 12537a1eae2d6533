import Core
import Testing

@testable import TUI

/// Why a packet does not arrive.
@Suite struct FirewallTraceTests {
    private func stage() -> Stage {
        var stage = Stage(columns: 120, rows: 50)
        stage.openRules()
        stage.press(.character("t"))
        return stage
    }

    private func lines(_ stage: Stage) -> [String] { stage.dialog?.lines.map { "\($0.mark) \($0.text)" } ?? [] }

    @Test func `the answer follows what is typed, and names the rule that decides`() {
        var stage = stage()
        stage.fill("from", "10.0.3.7:50000")
        stage.fill("to", "web-1:443")
        #expect(lines(stage).first == "✓ It is let through by \"HTTPS\" (of the machine)")
        #expect(stage.dialog?.lines.first { $0.isChosen }?.text.hasPrefix("\"HTTPS\" of the machine") == true)
        stage.fill("to", "web-1:23")
        #expect(lines(stage).first == "✗ It is dropped by \"no telnet\" (of the department)")
        #expect(lines(stage).contains("▶ \"no telnet\" of the department: drop, it decides"))
        #expect(lines(stage).contains("· \"SSH\" of the department: about another destination port"))
        #expect(lines(stage).contains("· what every network needs: about others"))
    }

    @Test func `what no rule is about is decided by the default`() {
        var stage = stage()
        stage.fill("to", ":5432")
        #expect(lines(stage).first?.hasPrefix("✗ It is dropped by \"Default for incoming\"") == true)
    }

    @Test(arguments: [
        ("from", "10.0.3.7:http", "is not written as"), ("from", "nobody:80", "no machine that has one"),
        ("to", "2001:db8::1:", "is not written as"),
    ])
    func `what is no address says so`(field: String, text: String, problem: String) {
        var stage = stage()
        stage.fill(field, text)
        #expect(stage.problem(field)?.contains(problem) == true, "\(stage.problem(field) ?? "nothing")")
    }

    @Test func `Enter leads to the rule`() {
        var stage = stage()
        stage.fill("to", "web-1:23")
        stage.press(.enter)
        #expect(stage.dialog == nil && stage.console.firewall?.isEffective == true)
        #expect(stage.console.firewall?.selected?.draft.name == "no telnet")
        #expect(stage.note == "\"no telnet\" of the department decides: drop")
    }

    @Test func `rules that change meanwhile give another answer`() {
        var stage = stage()
        stage.fill("to", "web-1:5432")
        stage.happen(Stage.firewallEvent(101, "create", Stage.web))
        stage.wait(seconds: 0.2)
        stage.answerRules { $0.machineRules.append(Stage.rule("m9", "in accept tcp 5432 name \"data\"")) }
        #expect(lines(stage).first == "✓ It is let through by \"data\" (of the machine)")
    }

    @Test func `it is said when libvirt does not hold these rules`() {
        var stage = Stage(columns: 120, rows: 50)
        stage.select("web-1")
        stage.press(.character("F"))
        stage.answerRules { $0.standing.state = .pending }
        stage.press(.character("t"))
        stage.fill("to", "web-1:443")
        #expect(lines(stage).contains { $0.contains("libvirt may hold other rules: PENDING") })
    }
}
