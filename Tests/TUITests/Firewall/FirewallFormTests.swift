import Core
import JSON
import Testing

@testable import TUI

/// The forms of rules, what they would do, and how they are applied.
@Suite struct FirewallFormTests {
    private func stage() -> Stage {
        var stage = Stage()
        stage.openRules()
        return stage
    }

    private static func isPreview(_ operation: TUI.Operation) -> Bool {
        if case .firewall(.preview) = operation { true } else { false }
    }

    @Test func `a rule is previewed and then applied with a way back`() {
        var stage = stage()
        stage.press(.character("+"))
        for (field, text) in [("name", "DNS"), ("ports", "53"), ("from", "10.0.0.0/8"), ("priority", "42")] {
            stage.fill(field, text)
        }
        stage.press(.enter)
        #expect(stage.changes.isEmpty)
        #expect(
            stage.dialog?.lines.contains { $0.text == "appears: DNS (in accept tcp 53 from 10.0.0.0/8 priority 42)" }
                == true)
        // Nothing can be applied before the server has said what it does.
        #expect(stage.dialog?.buttons.map(\.id) == ["no"])
        stage.answerPreview()
        stage.press(.character("t"))
        guard case .change(let owner, let request, let seconds)? = stage.firewallChanges.first else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(owner == Stage.web && seconds == 60)
        #expect(request.creates.map(\.line) == ["in accept tcp 53 from 10.0.0.0/8 priority 42 name \"DNS\""])
        stage.answer(.firewall(.changed(Stage.trial("t1", Stage.web, seconds: 60)))) { $0.isMutation }
        #expect(stage.screen.contains("⚠ 1m 00s"))
    }

    @Test func `a change sends the whole rule, so that what was cleared goes`() throws {
        var stage = stage()
        stage.chooseRule("staging")
        stage.press(.character("e"))
        stage.fill("from", "")
        stage.fill("states", "")
        stage.press(.enter)
        stage.answerPreview()
        stage.press(.character("a"))
        guard case .change(_, let request, nil)? = stage.firewallChanges.first else {
            Issue.record("nothing was asked for")
            return
        }
        let variables = FirewallOperation.change(Stage.web, request, confirmWithin: nil).request.variables
        let edit = variables["change"]?["update"]?[0]
        #expect(edit?["ruleId"] == "m2")
        #expect(edit?["input"]?["srcIpAddr"] == .null && edit?["input"]?["connectionState"] == .null)
        #expect(edit?["input"]?["dstPortEnd"] == 9000)
    }

    @Test(arguments: [
        ("ports", "80-70", "ends before it begins"), ("ports", "http", "neither a port nor a range"),
        ("ports", "70000", "is not between 1 and 65535"), ("from", "10.0.0", "neither an IPv4 nor an IPv6"),
        ("to", "10.0.0.0/40", "not a CIDR prefix"), ("states", "fresh", "is not known"),
        ("priority", "1001", "is not between 0 and 1000"), ("priority", "soon", "no whole number"),
    ])
    func `a field says what is wrong with it while it is typed`(field: String, text: String, problem: String) {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill(field, text)
        #expect(stage.problem(field)?.contains(problem) == true, "\(stage.problem(field) ?? "nothing")")
        #expect(stage.dialog?.form?.focusedID == field)
        stage.press(.enter)
        #expect(stage.dialog?.form != nil && !stage.asked.contains { Self.isPreview($0.operation) })
    }

    @Test func `all that is wrong is said at once, in fields that nobody has touched, too`() {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill("protocol", "i")
        stage.fill("ports", "443")
        stage.fill("from", "2001:db8::1")
        #expect(stage.problem("protocol")?.contains("has no ports") == true)
        #expect(stage.problem("protocol")?.contains("is of IPv4") == true)
        stage.press(.enter)
        #expect(stage.dialog?.form?.focusedID == "protocol")
    }

    @Test func `a rule without a name is called by what it says`() {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill("ports", "25")
        stage.press(.enter)
        #expect(stage.dialog?.lines.contains { $0.text == "appears: in accept tcp 25 (in accept tcp 25)" } == true)
    }

    @Test(arguments: [
        ("in drop tcp 443", "contradiction"), ("in accept tcp 443", "duplicate"),
        ("in accept tcp 440-450", "port overlap"), ("in drop all from 10.0.0.0/8", "priority conflict"),
    ])
    func `each kind of conflict is shown before anything is sent`(line: String, kind: String) throws {
        var stage = stage()
        stage.press(.character("+"))
        let rule = Stage.rule("x", line).draft
        stage.fill("name", "mine")
        stage.fill("action", String(rule.action.word.prefix(1)))
        // "ah" begins with the same letter.
        stage.fill("protocol", rule.protocolName == "all" ? "aa" : "t")
        stage.fill("ports", FirewallRuleDraft.words(rule.destination.portStart, rule.destination.portEnd) ?? "")
        stage.fill("from", rule.source.address.map { $0 + "/8" } ?? "")
        let lines = stage.dialog?.lines.map(\.text) ?? []
        #expect(lines.contains { $0.lowercased().hasPrefix("\(kind): ") }, "\(lines)")
        stage.press(.enter)
        #expect(stage.dialog?.form != nil && !stage.asked.contains { Self.isPreview($0.operation) })
        #expect(stage.note?.contains("conflicts") == true)
    }

    @Test func `a preset fills in the form, and what is typed afterwards stays`() {
        var stage = stage()
        stage.press(.character("+"))
        stage.press(.character("r"))
        #expect(stage.dialog?.form?["name"] == "Remote Desktop" && stage.dialog?.form?["ports"] == "3389")
        stage.fill("ports", "3390")
        stage.fill("name", "RDP")
        #expect(stage.dialog?.form?["ports"] == "3390" && stage.dialog?.form?["preset"] == "Remote Desktop")
    }

    @Test func `the catalogue offers what is not there yet`() {
        var stage = stage()
        stage.press(.character("P"))
        stage.type("DNS")
        stage.press(.enter)
        #expect(stage.dialog?.lines.count { $0.text.hasPrefix("appears: DNS") } == 2)
        stage.press(.escape)
        stage.happen(Stage.firewallEvent(101, "create", Stage.web))
        stage.wait(seconds: 0.2)
        stage.answerRules {
            $0.machineRules = [Stage.rule("p", "both accept udp 53"), Stage.rule("q", "both accept tcp 53")]
        }
        stage.press(.character("P"))
        stage.type("DNS")
        stage.press(.enter)
        #expect(stage.note?.contains("its rules are there") == true)
    }

    @Test func `Esc in the preview leads back to what was filled in`() {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill("name", "mail")
        stage.fill("ports", "25")
        stage.press(.enter)
        stage.answerPreview()
        stage.press(.escape)
        #expect(stage.dialog?.form?["ports"] == "25")
        stage.press(.enter)
        stage.answerPreview()
        stage.press(.character("a"))
        stage.refuse("a change of these rules waits") { $0.isMutation }
        #expect(stage.dialog?.form?["ports"] == "25")
        #expect(stage.note?.contains("waits") == true)
    }

    @Test func `a deletion asks first, and Enter does not do it`() {
        var stage = stage()
        stage.chooseRule("HTTPS")
        stage.press(.character("D"))
        #expect(stage.dialog?.isDangerous == true)
        stage.answerPreview()
        stage.press(.enter)
        #expect(stage.dialog == nil && stage.changes.isEmpty)
        stage.press(.character("D"))
        stage.answerPreview()
        stage.press(.character("a"))
        guard case .change(_, let request, nil)? = stage.firewallChanges.first else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(request.deletes.map(\.id.rawValue) == ["m1"])
    }

    @Test func `the preview tells machines, first rules and what becomes useless`() {
        var stage = Stage()
        stage.openDepartmentRules()
        stage.press(.character("p"))
        stage.fill("incoming", "a")
        stage.press(.enter)
        stage.answerPreview {
            $0.machineCount = 3
            $0.machines = [
                .init(name: "web-1", isFirst: false, shadowed: ["HTTPS"], conflicts: []),
                .init(name: "web-2", isFirst: true, shadowed: [], conflicts: []),
            ]
        }
        let lines = stage.dialog?.lines.map(\.text) ?? []
        #expect(lines.contains("default in accept, out accept"))
        #expect(lines.contains("3 machines change:") && lines.contains("and 1 more"))
        #expect(lines.contains("web-2: its first rules, the default begins to hold, too"))
        #expect(lines.contains { $0.contains("of no use there any more: HTTPS") })
        stage.press(.character("a"))
        guard case .change(Stage.engineering, let request, nil)? = stage.firewallChanges.first else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(request.settings?.policy == FirewallPolicy(incoming: .accept, outgoing: .accept))
    }

    @Test func `what the server finds wrong leaves nothing to apply`() {
        var stage = stage()
        stage.chooseRule("HTTPS")
        stage.press(.character("D"))
        stage.answerPreview { $0.conflicts = ["\"a\" and \"b\" contradict each other"] }
        #expect(stage.dialog?.buttons.map(\.id) == ["no"])
        #expect(stage.dialog?.lines.contains { $0.text.contains("contradict") } == true)
    }
}
