import Core

@testable import TUI

extension GoldenTests {
    /// The screens of rules.
    static let firewallScenes: [Scene] = [
        Scene("firewall-department") {
            $0.openDepartmentRules()
            $0.chooseRule("SSH")
        },
        Scene("firewall-machine") {
            $0.openRules()
            $0.chooseRule("HTTPS again")
        },
        Scene("firewall-effective") {
            $0.openRules(effective: true)
            $0.chooseRule("no telnet")
        },
        Scene("firewall-uncounted") {
            $0.select("web-1")
            $0.press(.character("F"))
            $0.answer(.firewall(.hits(FirewallHits(reason: "the machine does not run")))) {
                $0 == .firewall(.hits(Stage.web))
            }
            $0.answerRules()
        },
        Scene("firewall-blocked") {
            $0.openRules()
            $0.press(.character("b"))
            $0.answerBlocked()
        },
        Scene("firewall-blocked-department") {
            $0.openDepartmentRules()
            $0.press(.character("b"))
            $0.answerBlocked()
            $0.press(.down, .down, .down)
        },
        Scene("firewall-blocked-off") {
            $0.openRules()
            $0.press(.character("b"))
            var facts = BlockedFacts()
            facts.log.reason = "it is switched off: set log_drops = true under [firewall] in bay.toml"
            $0.answerBlocked(facts)
        },
        Scene("firewall-suggested") {
            $0.openRules()
            $0.press(.character("b"))
            $0.answerBlocked()
            $0.press(.character("a"))
        },
        Scene("firewall-drifted") {
            $0.select("web-1")
            $0.press(.character("F"))
            $0.answerRules {
                $0.standing.state = .drifted
                $0.standing.drift = "somebody changed the filter ibay-vm-3f2a91bc in libvirt"
                $0.standing.driftAt = Stage.start
            }
        },
        Scene("firewall-empty") {
            $0.select("web-1")
            $0.press(.character("F"))
            $0.answerRules {
                $0 = FirewallFacts(owner: $0.owner)
            }
        },
        Scene("firewall-form") {
            $0.openRules()
            $0.press(.character("+"))
            $0.fill("name", "web for all")
            $0.fill("ports", "440-450")
            $0.fill("from", "10.0.0.0/40")
        },
        Scene("firewall-conflict") {
            $0.openRules()
            $0.press(.character("+"))
            $0.fill("name", "web for all")
            $0.fill("ports", "440-450")
        },
        Scene("firewall-preview") {
            $0.openDepartmentRules()
            $0.chooseRule("no telnet")
            $0.press(.character("D"))
            $0.answerPreview {
                $0.machineCount = 4
                $0.machines = [
                    .init(name: "web-1", isFirst: false, shadowed: [], conflicts: []),
                    .init(name: "web-2", isFirst: false, shadowed: ["telnet for the lab"], conflicts: []),
                    .init(name: "web-3", isFirst: true, shadowed: [], conflicts: []),
                    .init(name: "build-agent-with-a-long-name", isFirst: false, shadowed: [], conflicts: []),
                ]
            }
        },
        Scene("firewall-trace") {
            $0.openRules()
            $0.press(.character("t"))
            $0.fill("from", "10.0.3.7:50000")
            $0.fill("to", "web-1:23")
        },
        Scene("firewall-paste") {
            $0.openRules()
            $0.press(.character("i"))
            $0.send(
                .input(
                    .paste("in accept tcp 25 from 10.0.0.0/8 name \"mail\"\nin accept tcp 70000\nout drop udp 123\n")))
        },
        Scene("firewall-export") {
            $0.openRules()
            $0.press(.character("x"))
        },
        Scene("firewall-policy") {
            $0.openDepartmentRules()
            $0.press(.character("p"))
        },
        Scene("firewall-countdown") {
            $0.answerTrials([
                Stage.trial("t1", Stage.web, seconds: 42),
                Stage.trial("t2", Stage.engineering, seconds: 60, actor: "ben"),
            ])
        },
        Scene("firewall-looked-at") {
            $0.disconnect()
            $0.connect(role: .user)
            $0.openRules()
        },
        Scene("firewall-help") {
            $0.openRules()
            $0.press(.character("?"))
        },
        Scene("firewall-presets") {
            $0.openRules()
            $0.press(.character("P"))
            $0.type("s")
        },
    ]
}
