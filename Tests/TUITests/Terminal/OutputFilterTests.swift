import Testing

@testable import TUI

@Suite struct OutputFilterTests {
    @Test(arguments: [
        (
            ["\u{1B}[38;5;1m\u{1B}[48;5;2ma", "\u{1B}[38;5;3m\u{1B}[48;5;2mb"],
            ["\u{1B}[38;5;1;48;5;2ma", "\u{1B}[38;5;3mb"]
        ),
        (["\u{1B}(B\u{1B}[0;1m\u{1B}[38;5;9mx\u{1B}[39;49m\u{1B}(B\u{1B}[m"], ["\u{1B}[1;38;5;9mx"]),
        (["\u{1B}[1;4mx\u{1B}[m\u{1B}[1my"], ["\u{1B}[1;4mx\u{1B}[0;1my"]),
        (["\u{1B}[1mx\u{1B}[39;49m\u{1B}[my"], ["\u{1B}[1mx\u{1B}[my"]),
        (["\u{1B}[31m\u{1B}[5;5H\u{1B}[m", "z"], ["\u{1B}[5;5H", "z"]),
        (["\u{1B}[31m\u{1B}[K\u{1B}[10X \u{1B}[42m x"], ["\u{1B}[K\u{1B}[10X \u{1B}[42m \u{1B}[31mx"]),
        (["a\u{1B}[0;10;1m b\u{1B}[0;10m c\u{1B}[11mq"], ["a \u{1B}[1mb \u{1B}[mc\u{1B}[11mq"]),
        (["a\u{0F} \u{0F}b\u{0E}q\u{0F} \u{0F}c"], ["a b\u{0E}q \u{0F}c"]),
        (["\u{1B}[4mx\u{1B}[m y"], ["\u{1B}[4mx\u{1B}[m y"]),
        (
            ["\u{1B}[38:2::1:2:3mé\u{1B}[38;2;1;2;3m\u{1B}[48;2;9;9;9mz"],
            ["\u{1B}[38:2::1:2:3mé\u{1B}[38;2;1;2;3;48;2;9;9;9mz"]
        ),
        (["\u{1B}[31m\u{1B}[3;9r\n"], ["\u{1B}[31m\u{1B}[3;9r\n"]), (["\u{1B}[55mx"], ["\u{1B}[55mx"]),
        (["\u{1B}(0q\u{1B}(Ba"], ["\u{1B}(0q\u{1B}(Ba"]), (["\u{1B}[?1049h\u{1B}>"], ["\u{1B}[?1049h\u{1B}>"]),
        (["\u{1B}[31m─\u{1B}[2bx"], ["\u{1B}[31m───x"]), (["\u{1B}]104\u{07}a"], ["a"]),
        (["\u{1B}]Ra"], ["a"]), (["\u{1B}]4;a"], ["4;a"]),
        (["\u{1B}[1m\u{1B}[22mx"], ["x"]), (["\u{1B}"], ["\u{1B}"]), (["\u{1B}[3"], ["\u{1B}[3"]),
    ])
    func `colours are sent once and only when they show`(frames: [String], expected: [String]) {
        var filter = OutputFilter()
        let sent = frames.map {
            String(decoding: filter.filter(Array($0.utf8), size: Size(columns: 80, rows: 3)), as: UTF8.self)
        }
        #expect(sent == expected)
    }

    @Test(arguments: [
        ("\u{1B}[3;4Ha\u{1B}[3;40Hb", "\u{1B}[3;4Ha\u{1B}[40Gb"),
        ("\u{1B}[3;4Ha\u{1B}[4;40Hb", "\u{1B}[3;4Ha\u{1B}[4;40Hb"),
        ("a\u{1B}[3;40Hb", "a\u{1B}[3;40Hb"),
        ("\u{1B}[3;4H\u{1B}[31m–\u{1B}[26X\u{1B}[3;40H.", "\u{1B}[3;4H\u{1B}[31m–\u{1B}[26X\u{1B}[40G."),
        ("\r\u{1B}[7dx\u{1B}[7;40Hb", "\r\u{1B}[7dx\u{1B}[40Gb"),
        // What may have reached the end of the row, or left the row, is not relied on.
        ("\u{1B}[3;79Habc\u{1B}[3;40Hb", "\u{1B}[3;79Habc\u{1B}[3;40Hb"),
        ("\u{1B}[3;80Hé\u{1B}[3;40Hb", "\u{1B}[3;80Hé\u{1B}[3;40Hb"),
        ("\u{1B}[3;4Ha\n\u{1B}[3;40Hb", "\u{1B}[3;4Ha\n\u{1B}[3;40Hb"),
        ("\u{1B}[3;4Ha\u{1B}M\u{1B}[3;40Hb", "\u{1B}[3;4Ha\u{1B}M\u{1B}[3;40Hb"),
        ("\u{1B}[3;4Ha\u{1B}[2;9r\u{1B}[3;40Hb", "\u{1B}[3;4Ha\u{1B}[2;9r\u{1B}[3;40Hb"),
    ])
    func `a jump within a row names the column alone, where that is certain`(frame: String, expected: String) {
        var filter = OutputFilter()
        #expect(
            String(decoding: filter.filter(Array(frame.utf8), size: Size(columns: 80, rows: 3)), as: UTF8.self) == frame
        )
        filter.reset()
        filter.knowsColumns = true
        #expect(
            String(decoding: filter.filter(Array(frame.utf8), size: Size(columns: 80, rows: 3)), as: UTF8.self)
                == expected)
    }

    @Test func `each row of a screen that is cleared in a colour is cleared, too`() {
        var filter = OutputFilter()
        func sent(_ text: String) -> String {
            String(decoding: filter.filter(Array(text.utf8), size: Size(columns: 80, rows: 3)), as: UTF8.self)
        }
        #expect(sent("\u{1B}[H\u{1B}[2J") == "\u{1B}[H\u{1B}[2J")
        #expect(
            sent("\u{1B}[48;5;9m\u{1B}[H\u{1B}[2J")
                == "\u{1B}[H\u{1B}[48;5;9m\u{1B}[2J\u{1B}[H\u{1B}[K\n\u{1B}[K\n\u{1B}[K\u{1B}[H")
    }
}
