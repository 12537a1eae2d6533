import Testing

@testable import TUI

@Suite struct CanvasTests {
    @Test func `a box with a title, a line that joins it and a wide character`() {
        var canvas = Canvas(Size(columns: 24, rows: 5))
        let inner = canvas.box(canvas.bounds, title: "Machines 2")
        canvas.write("web 東京 up", x: inner.x, y: inner.y)
        canvas.horizontalLine(x: 0, y: 2, columns: 24)
        canvas.verticalLine(x: 12, y: 2, rows: 3)
        #expect(
            canvas.text == """
                ┌ Machines 2 ──────────┐
                │web 東京 up           │
                ├───────────┬──────────┤
                │           │          │
                └───────────┴──────────┘
                """)
    }

    @Test func `the frame with the focus is heavy`() {
        var canvas = Canvas(Size(columns: 12, rows: 3))
        canvas.box(canvas.bounds, title: "One", focus: true)
        #expect(canvas.text == "┏ One ━━━━━┓\n┃          ┃\n┗━━━━━━━━━━┛")
    }

    @Test func `text that does not fit ends in an ellipsis`() {
        var canvas = Canvas(Size(columns: 10, rows: 4))
        #expect(canvas.write("abcdefgh", x: 0, y: 0, maxColumns: 5) == 5)
        #expect(canvas.write("abcdefgh", x: 6, y: 1) == 10)
        #expect(canvas.write("東京東京", x: 0, y: 2, maxColumns: 5) == 5)
        #expect(canvas.write("東京東京", x: 0, y: 3, maxColumns: 4) == 4)
        #expect(canvas.text == "abcd…\n      abc…\n東京…\n東 …")
    }

    @Test func `drawing outside is cut off`() {
        var canvas = Canvas(Size(columns: 4, rows: 2))
        canvas.write("hello", x: -2, y: 0)
        canvas.write("x", x: 0, y: 7)
        canvas.fill(Rect(x: -5, y: -5, columns: 100, rows: 6), .text, with: "·")
        canvas.box(Rect(x: 2, y: 1, columns: 9, rows: 9))
        #expect(canvas.text == "····\n  ┌─")
    }

    @Test func `overwriting one half of a wide character clears the other`() {
        var canvas = Canvas(Size(columns: 6, rows: 1))
        canvas.write("東京", x: 0, y: 0)
        canvas.write("x", x: 1, y: 0)
        canvas.write("y", x: 2, y: 0)
        #expect(canvas.text == " xy")
    }

    @Test func `a canvas drawn on another one is cut at its edges`() {
        var small = Canvas(Size(columns: 4, rows: 1))
        small.write("東京", x: 0, y: 0)
        var canvas = Canvas(Size(columns: 5, rows: 1))
        canvas.draw(small, at: 2, 0)
        #expect(canvas.text == "  東")
        canvas.draw(small, at: -1, 0)
        #expect(canvas.text == " 京")
    }

    @Test func `fields are filled to their width`() {
        var canvas = Canvas(Size(columns: 8, rows: 3))
        canvas.fill(canvas.bounds, with: "·")
        canvas.writeField("ab", x: 1, y: 0, columns: 6)
        canvas.writeField("ab", x: 1, y: 1, columns: 6, alignment: .right)
        canvas.writeField("ab", x: 1, y: 2, columns: 6, alignment: .centre)
        #expect(canvas.text == "·ab    ·\n·    ab·\n·  ab  ·")
    }

    @Test func `restyling keeps the text`() {
        var canvas = Canvas(Size(columns: 4, rows: 1))
        canvas.write("ab", x: 0, y: 0)
        canvas.put("!", x: 2, y: 0, role: .danger)
        canvas.restyle(canvas.bounds, .selected, keeping: [.danger])
        #expect(canvas[0, 0] == Cell(0x61, .selected))
        #expect(canvas[2, 0] == Cell(0x21, .danger))
        #expect(canvas[3, 0].role == .selected)
    }
}
