import Core
import Foundation
import Testing

@testable import TUI

/// The keys that are shown at the bottom, and those of what lies over the screen.
@Suite struct KeyLineTests {
    @Test func `keys that the line has no room for stand at the right of the status line`() {
        var stage = Stage(columns: 80, rows: 24)
        stage.select("web-1")
        let lines = stage.lines
        #expect(lines[23].contains("c snapshot") && !lines[23].contains("H hardware"))
        #expect(lines[22].hasPrefix(" All machines") && lines[22].contains("H hardware"))
        #expect(lines[22].contains("K force off"))
    }

    @Test func `a click on a key of the status line presses it`() {
        var stage = Stage(columns: 80, rows: 24)
        stage.select("web-1")
        let place = stage.lines[22].range(of: "K force off").map { stage.lines[22][..<$0.lowerBound].count }
        stage.send(.input(.mouse(Mouse(.press(1), x: (place ?? 0) + 2, y: 22))))
        #expect(stage.dialog?.title == "Force off web-1?")
    }

    @Test func `adopting is offered only where something can be adopted`() {
        let managed = Stage.machines.filter(\.isManaged)
        #expect(!Stage(columns: 200, rows: 50, machines: managed).screen.contains("A adopt"))
        #expect(Stage(columns: 200, rows: 50).screen.contains("A adopt"))
    }

    @Test func `while a window is open its keys are shown`() {
        var stage = Stage(columns: 80, rows: 24)
        stage.select("web-1")
        stage.press(.character("K"))
        #expect(stage.lines[23].contains("y force off") && stage.lines[23].contains("Enter Esc cancel"))
        stage.press(.escape, .character("?"))
        #expect(stage.lines[23].contains("PgUp PgDn page") && stage.lines[23].contains("Esc close"))
        stage.press(.escape, .character("c"))
        #expect(stage.lines[23].contains("Tab next field") && stage.lines[23].contains("Enter take"))
        stage.press(.escape)
        #expect(stage.lines[23].contains("q quit"))
    }

    @Test func `each press moves the help by what it says`() {
        var stage = Stage(columns: 80, rows: 24)
        stage.press(.character("?"))
        let first = stage.lines
        stage.press(.down)
        #expect(stage.lines[2].dropFirst() == first[3].dropFirst())
        stage.press(.pageDown)
        #expect(stage.lines[2].dropFirst() != first[3].dropFirst())
        for _ in 0..<9 { stage.press(.pageDown) }
        let end = stage.lines
        stage.press(.down)
        #expect(stage.lines == end)
        stage.press(.home)
        #expect(stage.lines == first)
    }

    @Test func `a long list of what will be done can be looked through`() {
        let machines = Stage.crowd(30).map { machine in
            var machine = machine
            machine.status = .off
            return machine
        }
        var stage = Stage(columns: 80, rows: 24, machines: machines)
        stage.press(.character("a"), .character("s"))
        let before = stage.screen
        stage.press(.end)
        #expect(stage.screen != before)
        stage.press(.home)
        #expect(stage.screen == before)
    }
}
