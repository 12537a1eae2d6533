package import Core

/// How many colours a terminal shows, and which of them is nearest to the one a theme asks for.
package enum ColourDepth: Equatable, Sendable {
    /// Attributes only.
    case mono
    case eight, sixteen, palette256
    /// 24 bits.
    case direct

    /// What the environment says about colours beyond the terminal's own description.
    /// - Parameter colours: what the description says: 0 or less for none.
    package static func detect(colours: Int, environment: [String: String]) -> ColourDepth {
        // Source: no-color.org: set and not empty.
        if let noColour = environment["NO_COLOR"], !noColour.isEmpty { return .mono }
        if colours >= 0x10000 { return .direct }
        if colours >= 256 { return .palette256 }
        if colours >= 16 { return .sixteen }
        return colours >= 8 ? .eight : .mono
    }

    /// Names of terminal descriptions to try before TERM itself, because the terminal says it can do 24 bits.
    package static func directEntries(environment: [String: String]) -> [String] {
        guard let colour = environment["COLORTERM"], ["truecolor", "24bit"].contains(colour.lowercased()),
            environment["NO_COLOR"] ?? "" == "", let term = environment["TERM"]
        else { return [] }
        if term.hasSuffix("-direct") { return [] }
        let base = term.hasSuffix("-256color") ? String(term.dropLast("-256color".utf8.count)) : term
        // xterm's own entry separates by colons, which many that call themselves xterm do not read; this one has xterm's
        // sequences with the semicolons that all of them read.
        return base == "xterm" ? ["alacritty-direct", "xterm-direct"] : ["\(base)-direct"]
    }

    /// The number ncurses knows a colour by.
    package func number(of colour: ThemeColour) -> Int32 {
        switch (self, colour) {
        case (.mono, _): -1
        case (.direct, .rgb(let red, let green, let blue)):
            // Numbers below 8 mean the palette in direct terminals; nobody sees the difference to 8.
            max(8, Int32(red) << 16 | Int32(green) << 8 | Int32(blue))
        case (.direct, .palette(let index)) where index < 8: Int32(index)
        case (.direct, .palette(let index)):
            ColourDepth.direct.number(of: .init(ColourDepth.value(of256: Int(index))))
        case (.palette256, .rgb(let red, let green, let blue)):
            Int32(ColourDepth.nearest(red, green, blue, among: 16..<256))
        case (.sixteen, .rgb(let red, let green, let blue)): Int32(ColourDepth.byHue(red, green, blue, bright: true))
        case (.eight, .rgb(let red, let green, let blue)): Int32(ColourDepth.byHue(red, green, blue, bright: false))
        case (.eight, .palette(let index)): Int32(index % 8)
        case (_, .palette(let index)): Int32(index)
        }
    }

    /// The colour that xterm shows for a number of its 256, as 0xRRGGBB.
    static func value(of256 index: Int) -> UInt32 {
        switch index {
        case ..<16: base[index]
        case ..<232:
            [36, 6, 1].reduce(0) { value, step in
                let level = (index - 16) / step % 6
                return value << 8 | UInt32(level == 0 ? 0 : 55 + 40 * level)
            }
        default: UInt32(8 + 10 * (index - 232)) * 0x010101
        }
    }

    private static let base: [UInt32] = [
        0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
        0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ]

    /// One of the sixteen or eight that users may have changed: by hue, because a pale green is nearer to white by distance
    /// but still means green.
    static func byHue(_ red: UInt8, _ green: UInt8, _ blue: UInt8, bright: Bool) -> Int {
        let (r, g, b) = (Double(red) / 255, Double(green) / 255, Double(blue) / 255)
        let value = max(r, g, b)
        let range = value - min(r, g, b)
        if range < 0.2 * value || value < 0.15 {
            if !bright { return value < 0.4 ? 0 : 7 }
            return value < 0.25 ? 0 : value < 0.6 ? 8 : value < 0.9 ? 7 : 15
        }
        var hue =
            value == r ? (g - b) / range : value == g ? 2 + (b - r) / range : 4 + (r - g) / range
        if hue < 0 { hue += 6 }
        let colour: Int
        switch hue {
        case ..<0.5, 5.5...: colour = 1
        case ..<1.5: colour = 3
        case ..<2.5: colour = 2
        case ..<3.1: colour = 6
        // Light blue reads as cyan on black; dark blue under white text has to be blue.
        case ..<4.2: colour = value > 0.7 && range < 0.8 ? 6 : 4
        case ..<4.6: colour = 4
        default: colour = 5
        }
        return bright && value > 0.9 && range < 0.8 ? colour + 8 : colour
    }

    static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8, among range: Range<Int>) -> Int {
        var best = range.lowerBound
        var smallest = Int.max
        for index in range {
            let value = value(of256: index)
            let dr = Int(red) - Int(value >> 16 & 0xFF)
            let dg = Int(green) - Int(value >> 8 & 0xFF)
            let db = Int(blue) - Int(value & 0xFF)
            // The eye sees green best and blue least.
            let distance = 3 * dr * dr + 4 * dg * dg + 2 * db * db
            if distance < smallest {
                smallest = distance
                best = index
            }
        }
        return best
    }
}

extension Theme {
    /// Whether 256 colours show it just as 24 bits would: then they are used, because they are half as long.
    var isExactIn256Colours: Bool {
        styles.flatMap { [$0.foreground, $0.background] }.allSatisfy { colour in
            guard case .rgb(let red, let green, let blue)? = colour else { return true }
            let index = ColourDepth.nearest(red, green, blue, among: 16..<256)
            return ThemeColour(ColourDepth.value(of256: index)) == colour
        }
    }
}

extension Role {
    /// How a role looks on a terminal without colours.
    var monoAttributes: ThemeStyle.Attributes {
        switch self {
        case .selected, .buttonFocused, .caret, .statusDanger: [.reverse, .bold]
        case .selectedInactive, .statusBar, .statusGood, .statusWarning: .reverse
        case .title, .focus, .key, .accent, .danger, .warning, .marked, .dialogTitle: .bold
        case .header, .match: [.bold, .underline]
        case .input: .underline
        case .muted, .stale: .dim
        default: []
        }
    }
}
