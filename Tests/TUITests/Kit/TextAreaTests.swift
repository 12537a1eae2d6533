import Testing

@testable import TUI

@Suite struct TextAreaTests {
    @Test func `what is pasted has its lines, whatever the terminal makes of their ends`() {
        var area = TextArea(limit: 100)
        #expect(area.handle(.paste("one\rtwo\r\nthree\n")) == .changed)
        #expect(area.text == "one\ntwo\nthree\n")
        for key in [Key.character("x"), .backspace, .enter, .character("é")] { _ = area.handle(.key(key)) }
        #expect(area.text == "one\ntwo\nthree\n\né")
        #expect(area.handle(.key(.control("u"))) == .changed && area.isEmpty)
    }

    @Test func `what does not fit is refused as a whole`() {
        var area = TextArea(limit: 8)
        #expect(area.handle(.paste("12345678")) == .changed)
        #expect(area.handle(.key(.character("9"))) == .full)
        #expect(area.text == "12345678")
    }

    @Test func `the caret is in sight, and lines that are marked say so`() {
        var area = TextArea(limit: 1000)
        _ = area.handle(.paste((1...9).map { "line \($0)" }.joined(separator: "\n")))
        func seen(_ rows: Int) -> String {
            var canvas = Canvas(Size(columns: 16, rows: rows))
            area.draw(into: &canvas, rect: Rect(canvas.size), placeholder: [], marked: [9])
            return canvas.text
        }
        #expect(seen(2) == "   8 line 8\n  ✗9 line 9")
        _ = area.handle(.key(.pageUp))
        #expect(seen(2) == "   3 line 3\n   4 line 4")
    }
}
