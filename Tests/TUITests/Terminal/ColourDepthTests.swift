import Core
import Testing

@testable import TUI

@Suite struct ColourDepthTests {
    @Test(arguments: [
        (256, [:], ColourDepth.palette256), (256, ["NO_COLOR": "1"], .mono), (256, ["NO_COLOR": ""], .palette256),
        (8, [:], .eight), (16, [:], .sixteen), (0, [:], .mono), (-1, [:], .mono), (0x1000000, [:], .direct),
    ])
    func `depth by description and environment`(colours: Int, environment: [String: String], depth: ColourDepth) {
        #expect(ColourDepth.detect(colours: colours, environment: environment) == depth)
    }

    @Test func `24 bits are tried when the terminal says so`() {
        #expect(
            ColourDepth.directEntries(environment: ["TERM": "xterm-256color", "COLORTERM": "truecolor"]) == [
                "alacritty-direct", "xterm-direct",
            ])
        #expect(ColourDepth.directEntries(environment: ["TERM": "tmux-256color"]) == [])
        #expect(
            ColourDepth.directEntries(environment: ["TERM": "tmux-256color", "COLORTERM": "24bit", "NO_COLOR": "1"])
                == [])
    }

    @Test func `the nearest of what there is`() {
        #expect(ColourDepth.palette256.number(of: ThemeColour(0x1C1C1C)) == 234)
        #expect(ColourDepth.palette256.number(of: ThemeColour(0x5FD7FF)) == 81)
        #expect(ColourDepth.palette256.number(of: .palette(9)) == 9)
        #expect(ColourDepth.sixteen.number(of: ThemeColour(0xFF8787)) == 9)
        #expect(ColourDepth.eight.number(of: ThemeColour(0xFF1010)) == 1)
        #expect(ColourDepth.eight.number(of: ThemeColour(0x87D787)) == 2)
        #expect(ColourDepth.eight.number(of: ThemeColour(0xFFD75F)) == 3)
        #expect(ColourDepth.eight.number(of: ThemeColour(0x005F87)) == 4)
        #expect(ColourDepth.eight.number(of: ThemeColour(0x87D7FF)) == 6)
        #expect(ColourDepth.eight.number(of: ThemeColour(0xD0D0D0)) == 7)
        #expect(ColourDepth.eight.number(of: ThemeColour(0x101010)) == 0)
        #expect(ColourDepth.eight.number(of: .palette(9)) == 1)
        #expect(ColourDepth.direct.number(of: ThemeColour(0x123456)) == 0x123456)
        #expect(ColourDepth.direct.number(of: ThemeColour(0x000001)) == 8)
        #expect(ColourDepth.mono.number(of: ThemeColour(0x123456)) == -1)
    }

    @Test(arguments: Theme.builtIn)
    func `256 colours show the built-in themes as they are meant`(theme: Theme) {
        #expect(theme.isExactIn256Colours)
    }

    @Test func `other themes need 24 bits`() {
        let theme = Theme(name: "x", kind: .dark, styles: ["text": ThemeStyle(0x123456, on: 0x000000)])
        #expect(!theme.isExactIn256Colours)
    }
}
