import Core
import Testing

@testable import TUI

/// How often rules are met, and what they keep out.
@Suite struct BlockedViewTests {
    private func shownHits(_ stage: Stage, of name: String) -> String? {
        stage.console.firewall?.shown.rows.values.first { $0.name == name }?.texts["hits"]
    }

    @Test func `hits stand beside the rules, and are asked for again while these are in view`() {
        var stage = Stage()
        stage.openRules()
        #expect(shownHits(stage, of: "HTTPS") == "1.2M" && shownHits(stage, of: "HTTPS again") == "0")
        #expect(stage.take { $0 == .firewall(.hits(Stage.web)) }.isEmpty)
        stage.wait(seconds: 3.1)
        var more = Stage.hits
        more.rules[FirewallRule.ID("m4")] = RuleHits(packets: 7, bytes: 420)
        stage.answerHits(more)
        #expect(shownHits(stage, of: "HTTPS again") == "7")
        stage.press(.escape)
        stage.wait(seconds: 10)
        #expect(stage.take { $0 == .firewall(.hits(Stage.web)) }.isEmpty)
    }

    @Test func `what is not counted has no number, and a reason`() {
        var stage = Stage(columns: 200, rows: 50)
        stage.openRules()
        stage.wait(seconds: 3.1)
        stage.answerHits(FirewallHits(reason: "the machine does not run"))
        #expect(shownHits(stage, of: "HTTPS") == Format.missing)
        #expect(stage.screen.contains("not counted: the machine does not run"))
        // A server that does not know the question, too.
        stage.wait(seconds: 3.1)
        stage.refuse("no such field") { $0 == .firewall(.hits(Stage.web)) }
        #expect(stage.screen.contains("not counted: no such field"))
    }

    @Test func `rules are sorted by how often they were met, and not by how that is written`() {
        var stage = Stage()
        stage.openRules()
        while stage.console.firewall?.own.table.sort?.column != "hits" { stage.press(.character(">")) }
        #expect(stage.ruleNames == ["HTTPS again", "SSH for the desk", "staging", "HTTPS"])
    }

    @Test func `a suggestion opens the form filled in, and nothing is changed by that`() {
        var stage = Stage()
        stage.openRules()
        stage.press(.character("b"))
        stage.answerBlocked()
        #expect(stage.ruleNames.prefix(2) == ["PostgreSQL from 10.0.3.0/24", "tcp 23 from 10.0.9.4"])
        for key in [Key.character("a"), .enter] {
            stage.press(key)
            let form = stage.dialog?.form
            #expect(form?["name"] == "PostgreSQL from 10.0.3.0/24" && form?["ports"] == "5432")
            #expect(form?["from"] == "10.0.3.0/24" && form?["action"] == "accept" && form?["direction"] == "in")
            #expect(stage.changes.isEmpty)
            stage.press(.escape)
        }
    }

    @Test func `a rule that lets one connection in is made of its line`() {
        var stage = Stage()
        stage.openRules()
        stage.press(.character("b"))
        stage.answerBlocked()
        stage.press(.end, .enter)
        let form = stage.dialog?.form
        #expect(form?["direction"] == "out" && form?["to"] == "8.8.8.8" && form?["protocol"] == "udp")
    }

    @Test func `keys of rules do nothing among what was kept out, and the way back leads to the rules`() {
        var stage = Stage()
        stage.openRules(effective: true)
        stage.press(.character("b"))
        stage.answerBlocked()
        for key in "eD" {
            stage.press(.character(key))
            #expect(stage.note?.contains("there is no rule here") == true && stage.dialog == nil)
        }
        stage.press(.character("v"))
        #expect(stage.console.firewall?.isBlocked == false && stage.console.firewall?.isEffective == true)
        stage.press(.character("a"))
        #expect(stage.note?.contains("look at what was kept out first: b") == true)
    }

    @Test func `what is kept out is asked for again while it is in view, and no longer`() {
        var stage = Stage()
        stage.openRules()
        let asks: (TUI.Operation) -> Bool = { $0 == .firewall(.blocked(Stage.web, limit: Console.blockedLimit)) }
        #expect(stage.take(asks).isEmpty)
        stage.press(.character("b"))
        stage.answerBlocked()
        stage.wait(seconds: 3.1)
        #expect(stage.take(asks).count == 1)
        stage.press(.character("b"))
        stage.wait(seconds: 10)
        #expect(stage.take(asks).isEmpty)
    }

    @Test func `who may only look sees what is kept out, and cannot let it in`() {
        var stage = Stage(role: .user)
        stage.openRules()
        stage.press(.character("b"))
        stage.answerBlocked()
        #expect(!stage.ruleNames.isEmpty)
        stage.press(.character("a"))
        #expect(stage.note?.contains("needs the role ADMIN") == true && stage.dialog == nil)
    }
}
