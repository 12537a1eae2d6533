/// A colour of a theme: a value, or one of the sixteen that the user's terminal has chosen.
package enum ThemeColour: Hashable, Sendable {
    case rgb(red: UInt8, green: UInt8, blue: UInt8)
    /// 0 to 15, in the order of `ThemeColour.paletteNames`.
    case palette(UInt8)

    package static let paletteNames = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
        "bright-black", "bright-red", "bright-green", "bright-yellow",
        "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    /// From `0xRRGGBB`.
    package init(_ value: UInt32) {
        self = .rgb(
            red: UInt8(value >> 16 & 0xFF), green: UInt8(value >> 8 & 0xFF), blue: UInt8(value & 0xFF))
    }

    /// `#rrggbb`, or a name of the palette. Nil for anything else.
    package init?(text: String) {
        if let index = ThemeColour.paletteNames.firstIndex(of: text) {
            self = .palette(UInt8(index))
            return
        }
        guard text.utf8.count == 7, text.utf8.first == UInt8(ascii: "#"),
            text.utf8.dropFirst().allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let value = UInt32(text.dropFirst(), radix: 16)
        else { return nil }
        self.init(value)
    }
}

/// How a role looks. A colour that is nil is the one of the role `text`.
package struct ThemeStyle: Equatable, Sendable {
    package struct Attributes: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let underline = Attributes(rawValue: 4)
        package static let reverse = Attributes(rawValue: 8)
        package static let italic = Attributes(rawValue: 16)
    }

    package var foreground: ThemeColour?
    package var background: ThemeColour?
    package var attributes: Attributes

    package init(_ foreground: ThemeColour? = nil, on background: ThemeColour? = nil, _ attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    package init(_ foreground: UInt32, on background: UInt32? = nil, _ attributes: Attributes = []) {
        self.init(ThemeColour(foreground), on: background.map { ThemeColour($0) }, attributes)
    }
}

/// What each role of the console looks like.
package struct Theme: Equatable, Sendable {
    package enum Kind: String, Equatable, Sendable, CaseIterable {
        case dark, light
        case highContrast = "high-contrast"
    }

    package var name: String
    package var kind: Kind
    /// In the order of `Theme.roles`.
    package private(set) var styles: [ThemeStyle]

    /// The roles that a theme gives a look, in the order in which the console numbers them.
    package static let roles = [
        "text", "muted", "border", "title", "focus", "selected", "selectedInactive", "marked", "header", "key",
        "accent",
        "good", "warning", "danger", "stale", "match", "input", "caret", "graphLow", "graphMiddle", "graphHigh",
        "graphSecond", "statusBar", "statusGood", "statusWarning", "statusDanger", "dialog", "dialogTitle", "button",
        "buttonFocused",
    ]

    /// - Parameter styles: by role; whatever is missing looks like `text`.
    package init(name: String, kind: Kind, styles: [String: ThemeStyle]) {
        self.name = name
        self.kind = kind
        let text = styles["text"] ?? ThemeStyle()
        self.styles = Theme.roles.map { role in
            var style = styles[role] ?? ThemeStyle()
            style.foreground = style.foreground ?? text.foreground
            style.background = style.background ?? text.background
            return style
        }
    }

    package subscript(role: String) -> ThemeStyle? {
        Theme.roles.firstIndex(of: role).map { styles[$0] }
    }
}
