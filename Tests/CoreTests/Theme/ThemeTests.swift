import FoundationEssentials
import Testing

@testable import Core

@Suite struct ThemeTests {
    @Test(arguments: ["dark", "light", "contrast"])
    func `the file of a theme and the built-in one agree`(name: String) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "themes/\(name).toml")
        let theme = try Theme(parsing: String(contentsOf: url, encoding: .utf8))
        #expect(theme == Theme.builtIn(named: name))
    }

    @Test(arguments: Theme.builtIn, Theme.roles)
    func `every role can be read`(theme: Theme, role: String) throws {
        let style = try #require(theme[role])
        let ratio = contrast(try #require(style.foreground), try #require(style.background))
        let needed = role == "muted" || role == "border" ? 3.0 : 4.5
        #expect(ratio >= needed, "\(theme.name) \(role)")
    }

    /// A role without a background of its own is also drawn on these.
    @Test(arguments: Theme.builtIn, ["dialog", "statusBar"])
    func `roles can be read on dialogs and bars`(theme: Theme, surface: String) throws {
        let background = try #require(theme[surface]?.background)
        for (role, style) in zip(Theme.roles, theme.styles) where style.background == theme["text"]?.background {
            let needed = ["muted", "border"].contains(role) || role.hasPrefix("graph") ? 3.0 : 4.5
            #expect(contrast(try #require(style.foreground), background) >= needed, "\(theme.name) \(role)")
        }
    }

    @Test(arguments: Theme.builtIn)
    func `states differ by more than their colour`(theme: Theme) throws {
        let text = try #require(theme["text"])
        for role in ["danger", "selected", "match", "caret", "buttonFocused", "statusDanger"] {
            let style = try #require(theme[role])
            #expect(style.attributes != text.attributes || style.background != text.background, "\(role)")
        }
    }

    @Test(arguments: [
        ("kind = \"dark\"\n[roles]\ntext = { fg = \"#fff000\", bg = \"#000000\" }", "name: a text is needed"),
        ("name = \"x\"\nkind = \"pink\"\n[roles]", "line 2: kind: one of dark, light, high-contrast is needed"),
        ("name = \"x\"\nkind = \"dark\"\nsize = 3", "line 3: size: no such setting; there are name, kind and roles"),
        ("name = \"x\"\nkind = \"dark\"\n", "roles: a table is needed"),
        ("name = \"x\"\nkind = \"dark\"\n[roles]\nloud = { fg = \"red\" }", "line 4: roles.loud: no such role"),
        (
            "name = \"x\"\nkind = \"dark\"\n[roles]\ngood = { fg = \"#12345\" }",
            "line 4: roles.good.fg: a colour like \"#rrggbb\" or \"bright-red\" is needed"
        ),
        (
            "name = \"x\"\nkind = \"dark\"\n[roles]\ngood = { bold = 3 }",
            "line 4: roles.good.bold: true or false is needed"
        ),
        (
            "name = \"x\"\nkind = \"dark\"\n[roles]\ngood = { blink = true }",
            "line 4: roles.good.blink: no such setting"
        ),
        ("name = \"x\"\nkind = \"dark\"\n[roles]\ntext = { fg = \"red\" }", "line 4: roles.text: fg and bg are needed"),
    ])
    func `an error names line and key`(source: String, message: String) {
        let error = #expect(throws: ThemeError.self) { try Theme(parsing: source) }
        #expect(error?.message == message)
    }

    @Test func `a syntax error names its line`() {
        let error = #expect(throws: ThemeError.self) { try Theme(parsing: "name = \"x\"\nkind = = 3\n") }
        #expect(error?.line == 2)
    }

    @Test func `a role takes from text what it does not say`() throws {
        let theme = try Theme(
            parsing: """
                name = "mine"
                kind = "light"
                [roles]
                text = { fg = "black", bg = "#ffffff" }
                [roles.danger]
                fg = "bright-red"
                italic = true
                """)
        #expect(theme["danger"] == ThemeStyle(.palette(9), on: ThemeColour(0xFFFFFF), .italic))
        #expect(theme["good"] == ThemeStyle(.palette(0), on: ThemeColour(0xFFFFFF)))
    }
}

extension Theme: CustomTestStringConvertible {
    package var testDescription: String { name }
}

/// The contrast ratio of two colours. Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
private func contrast(_ first: ThemeColour, _ second: ThemeColour) -> Double {
    let (a, b) = (luminance(first), luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

private func luminance(_ colour: ThemeColour) -> Double {
    guard case .rgb(let red, let green, let blue) = colour else { return 0 }
    func linear(_ part: UInt8) -> Double {
        let value = Double(part) / 255
        return value <= 0.04045 ? value / 12.92 : power((value + 0.055) / 1.055)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// `base` to the 2.4th, without a mathematics library: the fifth root of its twelfth power, by Newton's method.
private func power(_ base: Double) -> Double {
    let target = (0..<12).reduce(1.0) { product, _ in product * base }
    var root = 0.5
    for _ in 0..<60 { root -= (root * root * root * root * root - target) / (5 * root * root * root * root) }
    return root
}
