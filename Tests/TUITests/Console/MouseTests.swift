import Core
import Foundation
import Testing

@testable import TUI

/// The mouse in what lies over the screen.
@Suite struct MouseTests {
    /// Clicks on the first place where a text stands.
    private func click(_ text: String, in stage: inout Stage) {
        for (y, line) in stage.lines.enumerated() {
            guard let range = line.range(of: text) else { continue }
            let x = Text.width(String(line[..<range.lowerBound]))
            return stage.send(.input(.mouse(Mouse(.press(1), x: x, y: y))))
        }
        Issue.record("\(text) is not on the screen:\n\(stage.screen)")
    }

    @Test(arguments: [(80, 24), (200, 50), (60, 15)])
    func `a click on a button presses it`(columns: Int, rows: Int) {
        var stage = Stage(columns: columns, rows: rows)
        stage.select("web-1")
        stage.press(.character("K"))
        click("Cancel", in: &stage)
        #expect(stage.dialog == nil && stage.changes.isEmpty)
        stage.press(.character("K"))
        click("Force off  ", in: &stage)
        #expect(stage.changes == [.power(.stop, Stage.machines[0].id)])
    }

    @Test func `a click beside the buttons presses none`() {
        var stage = Stage()
        stage.select("web-1")
        stage.press(.character("K"))
        for place in [(0, 0), (20, 11), (79, 23)] {
            stage.send(.input(.mouse(Mouse(.press(1), x: place.0, y: place.1))))
        }
        click("Force off web-1?", in: &stage)
        #expect(stage.dialog != nil && stage.changes.isEmpty)
    }

    @Test func `a button that does not work yet is not pressed`() {
        var stage = Stage()
        stage.open("web-1")
        stage.answerDetail(Stage.machines[0])
        stage.press(.character("Z"))
        click("Restore ]", in: &stage)
        #expect(stage.changes.isEmpty && stage.dialog != nil)
    }

    @Test func `a click on a field goes there, and turns what is chosen`() {
        var stage = Stage()
        stage.openList("4", account: Stage.users[0])
        stage.press(.character("+"))
        click("Role", in: &stage)
        #expect(stage.dialog?.form?.focusedID == "role" && stage.dialog?.form?["role"] == "USER")
        click("Role", in: &stage)
        #expect(stage.dialog?.form?["role"] == "ADMIN")
        click("Email", in: &stage)
        #expect(stage.dialog?.form?.focusedID == "email")
    }

    @Test func `a click on an item of the palette chooses it`() {
        var stage = Stage()
        stage.press(.character(":"))
        stage.type("host")
        click("▶ host", in: &stage)
        #expect(stage.console.screen == .host && stage.console.overlay == nil)
    }

    @Test func `the wheel moves the help`() {
        var stage = Stage()
        stage.press(.character("?"))
        let before = stage.screen
        for _ in 0..<9 { stage.send(.input(.mouse(Mouse(.wheelDown, x: 20, y: 10)))) }
        #expect(stage.screen != before)
        click("Help", in: &stage)
        #expect(stage.console.overlay != nil)
    }
}
