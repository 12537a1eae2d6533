import Core
import JSON
import Testing

@testable import TUI

/// The list of machines: cursor, marks, filter, and who gets the keys.
@Suite struct ListTests {
    @Test func `the cursor stays with its row when the order changes`() {
        var stage = Stage()
        stage.select("web-1")
        var renamed = Stage.machines[0]
        renamed.name = "aaa"
        stage.happen(Stage.event(101, "update", renamed))
        #expect(stage.names.first == "aaa")
        #expect(stage.selected == "aaa")
        stage.press(.character("<"))
        #expect(stage.names.last == "aaa")
        #expect(stage.selected == "aaa")
    }

    @Test func `figures reorder a list sorted by them, and the cursor follows`() {
        var stage = Stage()
        stage.press(.character(":"))
        stage.type("sort cpu")
        stage.press(.enter)
        stage.select("web-1")
        let before = stage.console.list.table.selectedIndex
        stage.wait(seconds: 1)
        var sample = Stage.sample(Stage.machines[0], at: stage.now)!
        sample.figures.cpuPercent = 99.5
        stage.measure([sample])
        stage.wait(seconds: 2)
        #expect(stage.names.first == "web-1" && before != 0)
        #expect(stage.selected == "web-1")
    }

    @Test func `a filter keeps the selection`() {
        var stage = Stage()
        stage.select("web-2")
        stage.press(.character("/"))
        stage.type("web")
        #expect(stage.names == ["web-1", "web-2", "web-3"])
        #expect(stage.selected == "web-2")
        stage.press(.escape)
        #expect(stage.names.count == Stage.machines.count)
        #expect(stage.selected == "web-2")
    }

    @Test(arguments: [
        ("!web", 8), ("state:off", 4), ("dept:finance", 2), ("dept:adopted", 2), ("cpu>60", 2),
        ("os:windows state:off", 1),
        ("-f wb1", 5), ("!", 11), ("cpu>", 0), ("", 11),
    ])
    func `filters let through what they say`(text: String, count: Int) {
        var stage = Stage()
        stage.press(.character("/"))
        stage.type(text)
        #expect(stage.names.count == count, "\(text): \(stage.names)")
    }

    @Test func `marks outlive a filter, a refresh and a new connection`() {
        var stage = Stage()
        stage.select("db-1")
        stage.press(.character(" "), .character(" "))
        #expect(stage.marked == ["db-1", "db-2"])
        stage.press(.character("/"))
        stage.type("web")
        stage.press(.enter)
        #expect(stage.marked == ["db-1", "db-2"])
        stage.disconnect()
        stage.connect()
        #expect(stage.marked == ["db-1", "db-2"])
        #expect(stage.screen.contains("2 marked"))
    }

    @Test func `the mark of a machine that goes for good goes too`() {
        var stage = Stage()
        stage.select("db-1")
        stage.press(.character(" "), .character(" "))
        stage.happen(Stage.event(101, "delete", Stage.machines[3]))
        #expect(stage.marked == ["db-2"])
    }

    @Test func `a range is marked from the last mark to the cursor`() {
        var stage = Stage()
        stage.press(.home, .character(" "), .down, .character("V"))
        #expect(stage.marked == ["build-agent-with-a-long-name", "db-1", "db-2"])
        stage.press(.character("I"))
        #expect(stage.marked.count == Stage.machines.count - 3)
        stage.press(.character("U"))
        #expect(stage.marked.isEmpty)
    }

    @Test func `an open dialog swallows every key`() {
        for binding in Binding.all {
            for key in binding.keys where key != .escape && key != .enter && key != .control("c") {
                var stage = Stage()
                stage.select("web-1")
                stage.press(.character("K"))
                let before = stage.console.screen
                stage.press(key)
                #expect(stage.changes.isEmpty, "\(key.name)")
                #expect(stage.console.screen == before && !stage.effects.contains(.quit), "\(key.name)")
            }
        }
    }

    @Test func `a form takes letters as text`() {
        var stage = Stage()
        stage.open("web-1")
        stage.press(.character("c"), .control("u"))
        stage.type("qKXD d1")
        #expect(stage.dialog?.form?["name"] == "qKXD d1")
        #expect(stage.changes.isEmpty)
    }

    @Test func `pasted text runs no command`() {
        let pastes = ["q", "K\ny\n", ":quit\n", "ssss", "\u{1B}[A", "2"]
        for text in pastes {
            var stage = Stage()
            stage.select("web-1")
            stage.send(.input(.paste(text)))
            #expect(stage.console.overlay == nil && stage.console.screen == .machines)
            #expect(stage.changes.isEmpty && !stage.effects.contains(.quit))
            #expect(stage.note?.contains("ignored") == true)
            // In a question, too.
            stage.press(.character("K"))
            stage.send(.input(.paste("y")))
            #expect(stage.dialog != nil && stage.changes.isEmpty)
        }
    }

    @Test func `pasted text goes into a filter as one line`() {
        var stage = Stage()
        stage.press(.character("/"))
        stage.send(.input(.paste("web\n-1")))
        #expect(stage.console.list.field?.text == "web -1")
    }

    @Test func `a click chooses the row under it, the last one too`() {
        var stage = Stage(columns: 80, rows: 24, machines: Stage.crowd(100))
        stage.press(.end)
        let lines = stage.lines
        for y in [2, 10, 21] {
            let name = lines[y].split(separator: " ").first { $0.contains("vm-") }.map { String($0.suffix(8)) }
            var clicked = stage
            clicked.send(.input(.mouse(Mouse(.press(1), x: 30, y: y))))
            if clicked.console.screen == .machines { #expect(clicked.selected == name, "line \(y)") }
        }
    }

    @Test func `escape undoes one thing at a time and never quits`() {
        var stage = Stage()
        stage.press(.tab, .down, .enter, .home, .character(" "), .character("/"))
        stage.type("w")
        stage.press(.enter)
        for _ in 0..<6 { stage.press(.escape) }
        #expect(stage.console.list.filter.isEmpty && stage.marked.isEmpty && stage.console.list.scope == .all)
        #expect(!stage.effects.contains(.quit))
    }

    @Test func `a snapshot is restored on the screen of its machine only`() {
        var stage = Stage()
        stage.open("web-1")
        stage.answerDetail(Stage.machines[0])
        stage.press(.escape)
        stage.select("web-2")
        stage.press(.character(":"))
        stage.type("restore snapshot")
        stage.press(.enter)
        #expect(stage.dialog == nil)
    }

    @Test func `an adoption goes to the department that was chosen even when others appear`() {
        var stage = Stage()
        stage.select("scratch")
        stage.press(.character("A"))
        stage.press(.right)
        #expect(stage.dialog?.form?["department"] == "Finance")
        stage.happen(
            EventRecord(
                id: 101, at: stage.now, resource: "department", action: "create", resourceID: "d9",
                resourceName: "Aardvark", actor: "x", message: "", data: ["id": "d9", "name": "Aardvark"]))
        stage.press(.enter)
        #expect(stage.changes == [.adopt([Stage.machines[10].id], Stage.departments[1].id)])
    }

    @Test func `a user may not do what an admin may`() {
        var stage = Stage(role: .user)
        stage.select("web-1")
        stage.press(.character("n"))
        #expect(stage.dialog == nil && stage.note?.contains("role") == true)
    }
}
