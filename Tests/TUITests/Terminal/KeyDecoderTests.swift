import Testing

@testable import TUI

private func inputs(_ tokens: [KeyDecoder.Token]) -> [Input] {
    tokens.compactMap { if case .input(let input) = $0 { input } else { nil } }
}

@Suite struct KeyDecoderTests {
    static let table: [(String, [Input])] = [
        ("a", [.key(.character("a"))]), ("é東😀", [.key(.character("é")), .key(.character("東")), .key(.character("😀"))]),
        ("\r", [.key(.enter)]), ("\n", [.key(.enter)]), ("\t", [.key(.tab)]), ("\u{7F}", [.key(.backspace)]),
        ("\u{8}", [.key(.backspace)]), ("\u{3}", [.key(.control("c"))]), ("\u{0}", [.key(.control(" "))]),
        ("\u{1C}", [.key(.control("\\"))]), ("\u{1F}", [.key(.control("_"))]),
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.key(.up), .key(.down), .key(.right), .key(.left)]),
        ("\u{1B}OA\u{1B}OB\u{1B}OC\u{1B}OD", [.key(.up), .key(.down), .key(.right), .key(.left)]),
        (
            "\u{1B}[H\u{1B}[F\u{1B}[1~\u{1B}[4~\u{1B}OH\u{1B}OF",
            [.key(.home), .key(.end), .key(.home), .key(.end), .key(.home), .key(.end)]
        ),
        ("\u{1B}[2~\u{1B}[3~\u{1B}[5~\u{1B}[6~", [.key(.insert), .key(.delete), .key(.pageUp), .key(.pageDown)]),
        ("\u{1B}OP\u{1B}[[B\u{1B}[13~\u{1B}[15~\u{1B}[24~", [1, 2, 3, 5, 12].map { .key(.function($0)) }),
        ("\u{1B}[Z", [.key(.backTab)]), ("\u{1B}x", [.key(.alt("x"))]), ("\u{1B}é", [.key(.alt("é"))]),
        ("\u{1B}[1;5C\u{1B}[1;3D", [.key(.alt("f")), .key(.alt("b"))]), ("\u{1B}[1;2A", [.key(.up)]),
        ("\u{1B}[I\u{1B}[O", [.focus(true), .focus(false)]),
        (
            "\u{1B}[<0;5;3M\u{1B}[<0;5;3m",
            [.mouse(Mouse(.press(0), x: 4, y: 2)), .mouse(Mouse(.release(0), x: 4, y: 2))]
        ),
        (
            "\u{1B}[<64;300;3M\u{1B}[<65;1;1M",
            [.mouse(Mouse(.wheelUp, x: 299, y: 2)), .mouse(Mouse(.wheelDown, x: 0, y: 0))]
        ),
        ("\u{1B}[<34;2;2M", [.mouse(Mouse(.drag(2), x: 1, y: 1))]),
        ("\u{1B}[200~a\r\nb\u{1B}[31m\u{1B}[201~z", [.paste("a\nb\u{1B}[31m"), .key(.character("z"))]),
        ("\u{1B}[200~\u{1B}[\u{1B}[201~", [.paste("\u{1B}[")]),
        // Unknown and foreign sequences are swallowed, not read as letters.
        ("\u{1B}[999zq", [.key(.character("q"))]), ("\u{1B}]11;rgb:0/0/0\u{7}q", [.key(.character("q"))]),
        ("\u{1B}]52;c;abc\u{1B}\\q", [.key(.character("q"))]), ("\u{1B}[M !!q", [.key(.character("q"))]),
        ("\u{1B}P1$r0m\u{1B}\\q", [.key(.character("q"))]), ("\u{1B}[?62;4cq", [.key(.character("q"))]),
        ("\u{1B}[1\u{1B}[A", [.key(.up)]),
    ]

    @Test(arguments: table)
    func `keys in one piece`(text: String, expected: [Input]) {
        var decoder = KeyDecoder()
        #expect(inputs(decoder.feed(text.utf8)) == expected)
        #expect(!decoder.isWaiting)
    }

    @Test(arguments: table)
    func `keys byte by byte`(text: String, expected: [Input]) {
        var decoder = KeyDecoder()
        #expect(text.utf8.flatMap { inputs(decoder.feed([$0])) } == expected)
    }

    @Test func `an escape that nothing follows is the key`() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]).isEmpty)
        #expect(decoder.isWaiting)
        #expect(inputs(decoder.flush()) == [.key(.escape)])
        #expect(decoder.feed([0x1B, 0x5B]).isEmpty)
        #expect(inputs(decoder.flush()) == [.key(.alt("["))])
        #expect(decoder.feed(Array("\u{1B}[12".utf8)).isEmpty)
        #expect(decoder.flush().isEmpty)
        #expect(inputs(decoder.feed([0x61])) == [.key(.character("a"))])
        #expect(inputs(decoder.feed([0x1B, 0x1B, 0x5B, 0x41])) == [.key(.escape), .key(.up)])
    }

    @Test func `bytes that are no UTF-8 are dropped`() {
        var decoder = KeyDecoder()
        let bytes: [UInt8] = [0xFF, 0xC0, 0x80, 0x61, 0xE6, 0x62, 0xC2, 0x9B, 0x63]
        #expect(inputs(decoder.feed(bytes)).last == .key(.character("c")))
        #expect(!decoder.isWaiting)
    }

    @Test func `a paste has a limit and no time-out`() {
        var decoder = KeyDecoder()
        _ = decoder.feed("\u{1B}[200~".utf8)
        _ = decoder.feed(Array(repeating: UInt8(ascii: "x"), count: 200_000))
        #expect(!decoder.isWaiting)
        guard case .paste(let text)? = inputs(decoder.feed("\u{1B}[201~".utf8)).first else {
            Issue.record("no paste")
            return
        }
        #expect(text.utf8.count == KeyDecoder.pasteLimit)
    }

    @Test func `the answer about synchronized output is no key`() {
        var decoder = KeyDecoder()
        #expect(decoder.feed("\u{1B}[?2026;2$y".utf8) == [.modeReport(mode: 2026, state: 2)])
    }

    @Test(arguments: UInt64(0)..<100)
    func `no bytes stop the decoder for long`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var decoder = KeyDecoder()
        for _ in 0..<50 {
            _ = decoder.feed(
                (0..<20).map { _ in UInt8(truncatingIfNeeded: random.next() % 4 == 0 ? 0x1B : random.next()) })
        }
        _ = decoder.flush()
        // A string or a paste that was begun has to end first.
        _ = decoder.feed("\u{1B}\\\u{7}\u{1B}[201~".utf8)
        _ = decoder.flush()
        #expect(inputs(decoder.feed([0x71])).last == .key(.character("q")))
    }
}
