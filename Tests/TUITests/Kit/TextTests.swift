import Testing

@testable import TUI

@Suite struct TextTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("äöü", 3), ("a\u{308}o\u{308}", 2), ("東京", 4), ("ｆｕｌｌ", 8), ("한글", 4),
        ("\u{1112}\u{1161}\u{11AB}", 2),
        ("😀", 2), ("👨‍👩‍👧", 2), ("👍🏽", 2), ("🇩🇪", 2), ("✓▶●", 3), ("─│┌", 3), ("⣿⠁", 2), ("a\u{200B}b", 2), ("\u{FEFF}x", 1),
        ("z\u{301}\u{302}\u{303}", 1), ("x\u{20D7}", 1), ("\u{301}", 0), ("عربى", 4), ("ไทย", 3), ("נָ", 1),
    ])
    func `text takes as many columns as terminals give it`(text: String, columns: Int) {
        #expect(text.displayWidth == columns)
    }

    @Test(arguments: [
        ("a\u{1B}[31mb", "a·[31mb"), ("a\tb\nc\r", "a b c "), ("\u{0}\u{7F}\u{9B}", "···"),
        ("a\u{202E}b\u{2069}", "a·b·"),
        ("a\u{200B}\u{200D}\u{FE0F}b", "ab"), ("a\u{2028}b", "a·b"), ("e\u{301}", "é"), ("q\u{301}", "q"),
        ("👩‍🚀!", "👩!"), ("🇩🇪", "DE"), ("❤️", "❤"), ("\u{1112}\u{1161}\u{11AB}", "한"), ("a\u{AD}b", "a-b"),
    ])
    func `what would move or reorder is shown or dropped`(text: String, shown: String) {
        #expect(Text.sanitised(text) == shown)
    }

    @Test(arguments: UInt64(0)..<200)
    func `no bytes whatsoever put a control character on a canvas`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let bytes = (0..<400).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var text = String(decoding: bytes, as: UTF8.self)
        for _ in 0..<100 {
            let range: UInt64 = random.next() % 3 == 0 ? 0x110000 : 0x2100
            if let scalar = UnicodeScalar(UInt32(random.next() % range)) { text.unicodeScalars.append(scalar) }
        }
        var canvas = Canvas(Size(columns: 700, rows: 1))
        let end = canvas.write(text, x: 0, y: 0)
        #expect(end == min(700, text.displayWidth))
        for cell in canvas.cells where cell.scalar != 0 {
            let scalar = cell.scalar
            #expect(scalar >= 0x20 && !(0x7F..<0xA0 ~= scalar))
            #expect(!(0x200B...0x200F ~= scalar || 0x2028...0x202E ~= scalar || 0x2060...0x206F ~= scalar))
            #expect(scalar != 0x61C && scalar != 0xFEFF && !(0xE0000...0xE0FFF ~= scalar))
            #expect(Text.width(of: scalar) > 0)
        }
    }

    @Test func `clipping, filling and wrapping`() {
        #expect(Text.clipped("abcdef", to: 4) == "abc…")
        #expect(Text.clipped("東京都", to: 4) == "東…")
        #expect(Text.clipped("abc", to: 3) == "abc")
        #expect(Text.clipped("abc", to: 0) == "")
        #expect(Text.padded("東", to: 4) == "東  ")
        #expect(Text.padded("7", to: 3, alignment: .right) == "  7")
        #expect(Text.padded("ab", to: 5, alignment: .centre) == " ab  ")
        #expect(
            Text.wrapped("the quick brown fox\nabcdefghijklm", columns: 10)
                == ["the quick", "brown fox", "abcdefghij", "klm"])
        #expect(Text.wrapped("東京東京東", columns: 4) == ["東京", "東京", "東"])
        #expect(Text.wrapped("東京", columns: 1).count <= 2)
    }
}

/// A small generator whose numbers are the same everywhere. Source: Steele, Lea, Flood: splittable generators, 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
