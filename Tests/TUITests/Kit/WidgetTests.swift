import Testing

@testable import TUI

private func draw(_ columns: Int, _ rows: Int, _ body: (inout Canvas) -> Void) -> String {
    var canvas = Canvas(Size(columns: columns, rows: rows))
    body(&canvas)
    return canvas.text
}

@Suite struct TextFieldTests {
    private func field(_ text: String, _ keys: [Key]) -> TextField {
        var field = TextField(text)
        for key in keys { field.handle(.key(key)) }
        return field
    }

    @Test func `editing keys`() {
        #expect(field("abc", [.left, .character("x")]).text == "abxc")
        #expect(field("abc", [.home, .delete, .end, .backspace]).text == "b")
        #expect(field("one two", [.control("w")]).text == "one ")
        #expect(field("one two", [.control("a"), .alt("d")]).text == " two")
        #expect(field("one two", [.alt("b"), .control("k")]).text == "one ")
        #expect(field("one two", [.alt("b"), .control("u")]).text == "two")
        #expect(field("", [.backspace, .left, .delete]).text == "")
    }

    @Test func `a paste is one line and never longer than the limit`() {
        var field = TextField(limit: 8)
        #expect(field.handle(.paste("a\nb\r\nc")) == .changed)
        #expect(field.text == "a b c")
        _ = field.handle(.paste("0123456789"))
        #expect(field.text == "a b c012")
    }

    @Test func `the caret stays in sight`() {
        let long = TextField("abcdefghij")
        #expect(draw(6, 1) { long.draw(into: &$0, x: 0, y: 0, columns: 6) } == "‹ghij")
        let start = field("abcdefghij", [.home])
        #expect(draw(6, 1) { start.draw(into: &$0, x: 0, y: 0, columns: 6) } == "abcde›")
        let wide = TextField("東京東京")
        #expect(draw(6, 1) { wide.draw(into: &$0, x: 0, y: 0, columns: 6) } == "‹東京")
        let masked = TextField("secret", masked: true)
        #expect(draw(9, 1) { masked.draw(into: &$0, x: 0, y: 0, columns: 9) } == "••••••")
        let empty = TextField(placeholder: "name")
        #expect(draw(9, 1) { empty.draw(into: &$0, x: 0, y: 0, columns: 9) } == " name")
    }
}

@Suite struct TreeTests {
    private var tree: Tree<String> {
        var tree = Tree<String>()
        tree.height = 8
        tree.setItems([
            TreeItem("a", label: [Span("Sales")], detail: [Span("3")]),
            TreeItem("a1", depth: 1, label: [Span("north")]),
            TreeItem("a2", depth: 1, label: [Span("south")]), TreeItem("a21", depth: 2, label: [Span("deep")]),
            TreeItem("b", label: [Span("Labs")]),
        ])
        return tree
    }

    @Test func `branches with lines`() {
        let tree = tree
        #expect(
            draw(20, 6) { tree.draw(into: &$0, rect: $0.bounds) } == """
                ▶▾ Sales           3
                 ├─north
                 └─▾ south
                   └─deep
                   Labs

                """)
    }

    @Test func `branches close, open and follow the selection`() {
        var tree = tree
        _ = tree.handle(.key(.left))
        #expect(tree.visibleCount == 2)
        _ = tree.handle(.key(.down))
        #expect(tree.selection == "b")
        tree.select("a21")
        #expect(tree.visibleCount == 5)
        _ = tree.handle(.key(.left))
        #expect(tree.selection == "a2")
        _ = tree.handle(.key(.left))
        #expect(tree.closed == ["a2"])
        _ = tree.handle(.key(.right))
        _ = tree.handle(.key(.right))
        #expect(tree.selection == "a21")
        tree.setItems([TreeItem("z", label: []), TreeItem("a21", label: [])])
        #expect(tree.selection == "a21")
        #expect(tree.item(atLine: 0, height: 4) == "z")
    }
}

@Suite struct PaletteTests {
    private var palette: Palette {
        Palette(
            title: "Command",
            items: [
                PaletteItem("start", "Start machine", detail: "s"),
                PaletteItem("stop", "Shut down", detail: "d", disabledReason: "already off"),
                PaletteItem("snap", "Take snapshot", detail: "S"),
            ])
    }

    @Test func `typing narrows the list and enter chooses`() {
        var palette = palette
        for letter in "snap" { _ = palette.handle(.key(.character(letter))) }
        #expect(
            draw(34, 5) { palette.draw(into: &$0, rect: $0.bounds) } == """
                ┏ Command ━━━━━━━━━━━━━━━━━━━━━━━┓
                ┃> snap                          ┃
                ┃▶ Take snapshot               S ┃
                ┃                                ┃
                ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
                """)
        #expect(palette.handle(.key(.enter)) == .chosen("snap"))
    }

    @Test func `what cannot be done says why`() {
        var palette = palette
        _ = palette.handle(.key(.down))
        #expect(palette.handle(.key(.enter)) == .refused("already off"))
        #expect(palette.handle(.key(.escape)) == .cancelled)
        _ = palette.handle(.paste("xyz"))
        #expect(palette.selection == nil)
        #expect(palette.handle(.key(.enter)) == .typed("xyz"))
    }
}

@Suite struct DialogTests {
    @Test func `a question that enter answers with no`() {
        var dialog = Dialog.question("Force off", "Pull the plug of web-01?", yes: "Force off", isDangerous: true)
        #expect(
            draw(60, 7) { dialog.draw(into: &$0, bounds: $0.bounds) } == """

                        ┏ ⚠ Force off ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
                        ┃ Pull the plug of web-01?                 ┃
                        ┃                                          ┃
                        ┃                  Force off    [ Cancel ] ┃
                        ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛

                """)
        #expect(dialog.handle(.key(.enter)) == .pressed("no"))
        #expect(dialog.handle(.key(.character("y"))) == .pressed("yes"))
        #expect(dialog.handle(.key(.character("Y"))) == .none, "a capital is another key")
        #expect(dialog.handle(.key(.left)) == .changed)
        #expect(dialog.handle(.key(.enter)) == .pressed("yes"))
        #expect(dialog.handle(.key(.escape)) == .cancelled)
    }

    @Test func `the name has to be typed`() {
        var dialog = Dialog.typeName("Destroy", "This cannot be undone.", name: "db", yes: "Destroy")
        #expect(dialog.handle(.key(.enter)) == .none)
        _ = dialog.handle(.key(.character("d")))
        #expect(!dialog.isReady)
        _ = dialog.handle(.key(.character("b")))
        #expect(dialog.handle(.key(.enter)) == .pressed("yes"))
        #expect(draw(50, 9) { dialog.draw(into: &$0, bounds: $0.bounds) }.contains("Type db to confirm:"))
    }

    @Test func `a form checks, moves and shows what is wrong`() {
        var form = Form([
            FormField("name", "Name", .text(TextField()), help: "letters and digits"),
            FormField("dept", "Department", .choice(["Labs", "Sales"], 0)),
            FormField("start", "Start it", .toggle(false)),
        ])
        #expect(form.handle(.key(.character("a"))) == .changed("name"))
        _ = form.handle(.key(.tab))
        #expect(form.handle(.key(.right)) == .changed("dept"))
        _ = form.handle(.key(.down))
        #expect(form.handle(.key(.character(" "))) == .changed("start"))
        #expect(form["name"] == "a" && form["dept"] == "Sales" && form["start"] == "true")
        #expect(form.handle(.key(.enter)) == .submitted)
        form.setProblem("name", "is taken")
        #expect(form.focus == 0 && !form.isValid)
        #expect(
            draw(30, 4) { form.draw(into: &$0, rect: $0.bounds) } == """
                Name        a
                            ✗ is taken
                Department  ‹ Sales ›
                Start it    [✓]
                """)
        #expect(form.handle(.key(.escape)) == .cancelled)
    }

    @Test func `lines below a form wrap, and page keys look through them`() {
        var dialog = Dialog.form("Rule", Form([FormField("name", "Name", .text(TextField()))]), yes: "Save")
        dialog.lines = (1...9).map { .init("⚠", "line \($0) is longer than the window is wide, so it goes on") }
        let bounds = Rect(Size(columns: 44, rows: 12))
        func seen() -> String {
            var canvas = Canvas(bounds.size)
            dialog.draw(into: &canvas, bounds: bounds)
            return canvas.text
        }
        #expect(seen().contains("⚠ line 1 is longer") && !seen().contains("line 9"))
        for _ in 0..<9 {
            #expect(dialog.handle(.key(.pageDown)) == .scrolled)
            dialog.settleLines(in: bounds)
        }
        #expect(seen().contains("line 9") && !seen().contains("line 1 "))
        #expect(dialog.handle(.key(.pageUp)) == .scrolled)
        #expect(!seen().contains("line 9") && seen().contains("Name"))
        #expect(dialog.handle(.key(.character("x"))) == .changed && dialog.form?["name"] == "x")
    }

    @Test func `progress shows each step`() {
        let dialog = Dialog(
            title: "Start 3", text: "",
            content: .progress([
                .init("web", .done), .init("db", .failed, note: "no memory"), .init("app", .running), .init("x"),
            ]), buttons: [.init("close", "Close")])
        let text = draw(50, 10) { dialog.draw(into: &$0, bounds: $0.bounds) }
        #expect(
            text.contains("✓ web") && text.contains("✗ db  no memory") && text.contains("▶ app") && text.contains("· x")
        )
    }

    @Test(arguments: [(1, 1), (5, 2), (8, 3), (20, 4), (500, 200)])
    func `no size breaks a widget`(columns: Int, rows: Int) {
        let dialog = Dialog.typeName("Destroy the machine", "Long text that has to be broken.", name: "x", yes: "Yes")
        let palette = Palette(title: "Go", items: [PaletteItem("a", "A")])
        var table = Table<Int>(columns: [TableColumn("a", "A", ideal: 4)])
        table.setRows([1, 2, 3])
        _ = draw(columns, rows) { canvas in
            dialog.draw(into: &canvas, bounds: canvas.bounds)
            palette.draw(into: &canvas, rect: canvas.bounds)
            table.draw(into: &canvas, rect: canvas.bounds) { _, _ in .text("x") }
            canvas.hints([KeyHint("q", "Quit")], x: 0, y: rows - 1, columns: columns)
            canvas.statusLine(left: [StatusPart("bay")], right: [StatusPart("12:00")], rect: canvas.bounds)
            Graph([1, 2], second: [3], arrangement: .mirrored).draw(into: &canvas, rect: canvas.bounds)
        }
    }
}

@Suite struct StatusLineTests {
    private let hints = [
        KeyHint("Enter", "Open", importance: 1), KeyHint("s", "Start", importance: 2),
        KeyHint("?", "Help", importance: 0),
    ]

    @Test func `hints that do not fit go by importance`() {
        func line(_ columns: Int) -> String { draw(columns, 1) { $0.hints(hints, x: 0, y: 0, columns: columns) } }
        #expect(line(40) == "Enter Open  s Start  ? Help")
        #expect(line(20) == "Enter Open  ? Help")
        #expect(line(8) == "? Help")
    }

    @Test func `parts at both ends`() {
        let line = draw(30, 1) {
            $0.statusLine(
                left: [StatusPart("bay", importance: 0), StatusPart("40 machines", importance: 3)],
                right: [StatusPart("up 3s")], rect: $0.bounds)
        }
        #expect(line == " bay  40 machines       up 3s")
        let narrow = draw(14, 1) {
            $0.statusLine(
                left: [StatusPart("bay", importance: 0), StatusPart("40 machines", importance: 3)],
                right: [StatusPart("up 3s")], rect: $0.bounds)
        }
        #expect(narrow == " bay    up 3s")
    }

    @Test func `frames and marks in ASCII`() {
        var canvas = Canvas(Size(columns: 16, rows: 4))
        canvas.box(canvas.bounds, title: "Müller", focus: true)
        canvas.write("▶ ✓ 東京 …–", x: 1, y: 1)
        canvas.horizontalLine(x: 0, y: 2, columns: 16)
        #expect(
            canvas.translated(to: .ascii).text
                == "# Muller ======#\n#> + ? ?  ~-   #\n#--------------#\n#==============#")
    }
}
