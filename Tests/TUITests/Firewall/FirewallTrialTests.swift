import Core
import Testing

@testable import TUI

/// Changes that go back by themselves: the countdown, and the keys that keep or take back.
@Suite struct FirewallTrialTests {
    private func stage(_ role: UserRole = .admin, columns: Int = 80) -> Stage {
        var stage = Stage(columns: columns, rows: 24, role: role)
        stage.answerTrials([Stage.trial("t1", Stage.web, seconds: 42)])
        return stage
    }

    @Test(arguments: ["1", "2", "3", "6", "7"])
    func `the countdown is in view on every screen`(key: String) {
        var stage = stage()
        stage.press(.character(Character(key)))
        #expect(stage.screen.contains("⚠ 42s  rules of web-1 go back"))
        #expect(stage.screen.contains("Y keep  N take back"))
        #expect(stage.console.nextTick.map { $0 <= stage.now.adding(milliseconds: 1000) } == true)
        stage.wait(seconds: 1)
        #expect(stage.screen.contains("⚠ 41s"))
    }

    @Test func `it is there on a small screen, and below a window`() {
        var stage = Stage(columns: 60, rows: 15, role: .admin)
        stage.answerTrials([Stage.trial("t1", Stage.web, seconds: 42)])
        #expect(stage.screen.contains("⚠ 42s") && stage.screen.contains("Y keep"))
        stage.press(.character("?"))
        #expect(stage.screen.contains("⚠ 42s") && !stage.screen.contains("Y keep"))
    }

    @Test func `Y keeps the change and N takes it back`() {
        var stage = stage()
        stage.press(.character("Y"))
        #expect(stage.firewallChanges == [.confirm("t1")])
        stage.answer(.firewall(.settled)) { $0.isMutation }
        stage.answerTrials([])
        #expect(stage.note == "keep the change of the rules of web-1: done")
        #expect(!stage.screen.contains("⚠ "))
        stage.press(.character("N"))
        #expect(stage.changes.isEmpty && stage.note?.contains("no rules wait") == true)
    }

    @Test func `the one whose time is over first is the one that keys are about`() {
        var stage = Stage(role: .admin)
        stage.answerTrials([
            Stage.trial("late", Stage.engineering, seconds: 50), Stage.trial("soon", Stage.web, seconds: 9),
        ])
        #expect(stage.screen.contains("⚠ 9s") && stage.screen.contains("1 more wait"))
        stage.press(.character("N"))
        #expect(stage.firewallChanges == [.revert("soon")])
    }

    @Test func `it is asked for with each event of it, and when the console connects again`() {
        var stage = stage()
        stage.happen(Stage.firewallEvent(101, "await", Stage.engineering))
        stage.answerTrials([
            Stage.trial("t1", Stage.web, seconds: 30), Stage.trial("t2", Stage.engineering, seconds: 60),
        ])
        #expect(stage.screen.contains("⚠ 30s"))
        stage.disconnect()
        stage.wait(seconds: 5)
        #expect(stage.screen.contains("⚠ 25s"))
        stage.connect(role: .admin)
        stage.answerTrials([Stage.trial("t2", Stage.engineering, seconds: 54)])
        #expect(
            stage.screen.contains("⚠ 53s  rules of Engineering go back")
                || stage.screen.contains("⚠ 54s  rules of Engineering go back"))
    }

    @Test func `when the time is over it is asked until the server says that it went back`() {
        var stage = stage()
        stage.wait(seconds: 42)
        #expect(stage.screen.contains("⚠ now  rules of web-1 are going back"))
        stage.wait(seconds: 2)
        #expect(stage.take { $0 == .firewall(.confirmations) }.count == 1)
        #expect(stage.console.nextTick != nil)
    }

    @Test func `who is no administrator is not asked to decide`() {
        let stage = Stage(role: .user)
        #expect(!stage.asked.contains { $0.operation == .firewall(.confirmations) })
    }
}
