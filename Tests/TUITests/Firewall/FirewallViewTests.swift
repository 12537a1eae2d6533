import Core
import JSON
import Testing

@testable import TUI

/// The view of rules: how one gets there, what it shows, and that it stays as the server has it.
@Suite struct FirewallViewTests {
    @Test func `rules stand in the order in which they decide`() {
        var stage = Stage()
        stage.openRules()
        #expect(stage.ruleNames == ["SSH for the desk", "HTTPS", "staging", "HTTPS again"])
        stage.press(.character("v"))
        #expect(
            stage.ruleNames == [
                "what networks need", "SSH for the desk", "SSH", "no telnet", "own resolvers only", "HTTPS", "staging",
                "HTTPS again", "Related to a connection", "Default for outgoing", "Default for incoming",
                "Everything else",
            ])
    }

    @Test func `a rule that never decides says which one decides before it`() {
        var stage = Stage(columns: 200, rows: 50)
        stage.openRules(effective: true)
        stage.chooseRule("HTTPS again")
        let row = stage.console.firewall?.shown.selection
        #expect(row?.texts["mark"] == "◌")
        #expect(row?.texts["note"]?.contains("shadowed by \"HTTPS\" of the machine") == true)
        #expect(stage.screen.contains("never decides: shadowed by \"HTTPS\""))
    }

    @Test func `the key opens the rules of the department in the tree, and of the machine in its list and its detail`()
    {
        var stage = Stage()
        stage.openDepartmentRules()
        #expect(stage.console.screen == .firewall(Stage.engineering))
        #expect(stage.ruleNames == ["SSH", "no telnet", "own resolvers only"])
        stage.press(.escape)
        #expect(stage.console.screen == .machines)
        stage.press(.tab)
        stage.open("web-1")
        stage.press(.character("F"))
        #expect(stage.console.screen == .firewall(Stage.web))
        stage.press(.escape)
        #expect(stage.console.screen == .machine(Stage.machines[0].id))
    }

    @Test func `Enter on a rule of the department leads to it, and Esc back to where one was`() {
        var stage = Stage()
        stage.openRules(effective: true)
        stage.chooseRule("no telnet")
        stage.press(.enter)
        stage.answerRules()
        #expect(stage.console.screen == .firewall(Stage.engineering))
        #expect(stage.console.firewall?.selected?.draft.name == "no telnet")
        stage.press(.escape)
        stage.answerRules()
        #expect(stage.console.screen == .firewall(Stage.web))
        #expect(stage.console.firewall?.isEffective == true)
        #expect(stage.console.firewall?.selected?.draft.name == "no telnet")
    }

    @Test func `what somebody else changes appears, and the cursor stays on its rule`() {
        var stage = Stage()
        stage.openRules()
        stage.chooseRule("staging")
        stage.happen(Stage.firewallEvent(101, "create", Stage.web, rule: "m0"))
        stage.wait(seconds: 0.2)
        stage.answerRules {
            $0.machineRules.insert(Stage.rule("m0", "in drop tcp 25 priority 1 name \"no mail\""), at: 0)
        }
        #expect(stage.ruleNames.contains("no mail"))
        #expect(stage.console.firewall?.selected?.draft.name == "staging")
    }

    @Test(arguments: [("create", true), ("drift", true), ("apply", true)])
    func `an event of the machine or its department is a reason to ask again`(action: String, asks: Bool) {
        var stage = Stage()
        stage.openRules()
        stage.happen(Stage.firewallEvent(101, action, Stage.engineering))
        stage.wait(seconds: 0.2)
        #expect(stage.take { $0 == .firewall(.facts(Stage.web)) }.count == 1)
        stage.happen(Stage.firewallEvent(102, action, .department(Stage.departments[1].id)))
        stage.wait(seconds: 0.2)
        #expect(stage.take { $0 == .firewall(.facts(Stage.web)) }.isEmpty)
    }

    @Test func `many events close together cost one question`() {
        var stage = Stage()
        stage.openRules()
        for id in 101..<160 { stage.happen(Stage.firewallEvent(EventRecord.ID(id), "apply", Stage.web)) }
        #expect(stage.take { $0 == .firewall(.facts(Stage.web)) }.isEmpty)
        stage.wait(seconds: 0.2)
        #expect(stage.take { $0 == .firewall(.facts(Stage.web)) }.count == 1)
    }

    @Test func `the reason of a failure and of a drift is told`() {
        var stage = Stage()
        stage.openRules()
        stage.answerRules { _ in }
        stage.happen(Stage.firewallEvent(101, "fail", Stage.web))
        stage.wait(seconds: 0.2)
        stage.answerRules {
            $0.standing.state = .failed
            $0.standing.problem = "the interface has clean-traffic"
        }
        #expect(stage.screen.contains("✗ FAILED: the interface has clean-traffic"))
        stage.happen(Stage.firewallEvent(102, "drift", Stage.web))
        stage.wait(seconds: 0.2)
        stage.answerRules {
            $0.standing.state = .drifted
            $0.standing.drift = "somebody changed it"
        }
        #expect(stage.screen.contains("⚠ DRIFTED: somebody changed it; w puts it right"))
    }

    @Test func `who may only look sees no keys that would be refused, and is told why one is`() {
        var stage = Stage(columns: 200, rows: 50, role: .user)
        stage.openRules()
        let line = stage.lines.last ?? ""
        for label in ["+ new", "e change", "D delete", "P catalogue", "p default", "i paste", "w to libvirt"] {
            #expect(!line.contains(label), "\(label)")
        }
        for label in ["v what decides", "t trace", "x export"] { #expect(line.contains(label), "\(label) in \(line)") }
        for key in "+eDPpiwW" {
            stage.press(.character(key))
            #expect(stage.note?.contains("needs the role ADMIN") == true, "\(key): \(stage.note ?? "")")
            #expect(stage.console.overlay == nil && stage.changes.isEmpty)
        }
    }

    @Test func `what cannot be changed here says where it can`() {
        var stage = Stage()
        stage.openRules(effective: true)
        for (name, words) in [
            ("SSH", "a rule of the department: Enter leads to it"), ("what networks need", "nobody can change it"),
            ("Default for incoming", "p changes it"),
        ] {
            stage.chooseRule(name)
            stage.press(.character("D"))
            #expect(stage.note?.contains(words) == true && stage.dialog == nil, "\(name): \(stage.note ?? "")")
        }
    }

    @Test func `an event of the firewall leads to the rule that it tells of`() {
        var stage = Stage()
        stage.happen(Stage.firewallEvent(101, "create", Stage.engineering, rule: "d2"))
        stage.press(.character("3"), .enter)
        stage.answerRules()
        #expect(stage.console.screen == .firewall(Stage.engineering))
        #expect(stage.console.firewall?.selected?.draft.name == "no telnet")
    }

    @Test func `bringing rules to libvirt tells what came of it`() {
        var stage = Stage()
        stage.openRules()
        stage.press(.character("w"))
        #expect(stage.firewallChanges == [.flush(Stage.machines[0].id)])
        stage.answer(.firewall(.brought(problems: ["no interface"], ""))) { $0.isMutation }
        #expect(stage.note == "rules of web-1: no interface")
        stage.press(.character("W"))
        #expect(stage.firewallChanges == [.sync])
        stage.answer(.firewall(.brought(problems: [], "1 filters made, 0 put right, 1 machines"))) { $0.isMutation }
        #expect(stage.note?.contains("1 filters made") == true)
    }

    @Test func `rules that cannot be read say why`() {
        var stage = Stage()
        stage.select("web-1")
        stage.press(.character("F"))
        stage.refuse("VM not found") { $0 == .firewall(.facts(Stage.web)) }
        #expect(stage.screen.contains("VM not found"))
        stage.press(.character("+"))
        #expect(stage.dialog == nil)
    }
}
