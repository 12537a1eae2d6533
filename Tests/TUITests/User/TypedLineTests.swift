import Prompt
import Testing

@Suite struct TypedLineTests {
    private func typed(_ text: String) -> (bytes: [UInt8], end: TypedLine.End) {
        var line = TypedLine()
        var end = TypedLine.End.more
        for byte in text.utf8 where end == .more { end = line.take(byte) }
        return (line.bytes, end)
    }

    @Test(arguments: [
        ("abc\n", "abc", TypedLine.End.line), ("abc\r", "abc", .line), ("ab\u{7F}c\n", "ac", .line),
        ("aä\u{8}b\n", "ab", .line), ("\u{7F}\u{7F}a\n", "a", .line), ("wrong\u{15}right\n", "right", .line),
        ("a\u{4}", "a", .line), ("\u{4}", "", .interrupted), ("abc\u{3}", "abc", .interrupted),
        ("a\u{1}b", "ab", .more),
    ]) func `keys make a line`(keys: String, text: String, end: TypedLine.End) {
        #expect(typed(keys).bytes == Array(text.utf8) && typed(keys).end == end)
    }

    @Test func `a line has a limit`() {
        #expect(typed(String(repeating: "x", count: 2000)).end == .tooLong)
    }
}
