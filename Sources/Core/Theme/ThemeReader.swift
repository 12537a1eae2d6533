import JSON

/// What is wrong with a theme's file.
package struct ThemeError: Error, Equatable, Sendable {
    /// Counted from 1; nil when the whole file is meant.
    package var line: Int?
    package var reason: String

    /// One line, lower case: `line 12: roles.good.fg: …`.
    package var message: String { line.map { "line \($0): \(reason)" } ?? reason }
}

extension Theme {
    /// Reads a theme's file.
    ///
    ///     name = "dark"
    ///     kind = "dark"            # dark, light or high-contrast
    ///     [roles]
    ///     text = { fg = "#d0d0d0", bg = "#1c1c1c" }
    ///     danger = { fg = "bright-red", bold = true }
    ///
    /// `text` needs both colours; every other role takes from it what it does not say.
    package init(parsing source: String) throws(ThemeError) {
        let table: JSONObject
        do throws(TOMLError) { table = try JSONObject(toml: source) } catch {
            throw ThemeError(line: error.line, reason: error.problem)
        }
        let lines = ThemeLines(source)
        for key in table.members.map(\.name) where !["name", "kind", "roles"].contains(key) {
            throw ThemeError(
                line: lines.line(of: key), reason: "\(key): no such setting; there are name, kind and roles")
        }
        guard let name = table["name"]?.string, !name.isEmpty else {
            throw ThemeError(line: lines.line(of: "name"), reason: "name: a text is needed")
        }
        guard let kind = (table["kind"]?.string).flatMap(Kind.init(rawValue:)) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ThemeError(line: lines.line(of: "kind"), reason: "kind: one of \(kinds) is needed")
        }
        guard let roles = table["roles"]?.object else {
            throw ThemeError(line: lines.line(of: "roles"), reason: "roles: a table is needed")
        }
        var styles: [String: ThemeStyle] = [:]
        for role in roles.members.map(\.name) {
            guard Theme.roles.contains(role) else {
                throw ThemeError(line: lines.line(of: role), reason: "roles.\(role): no such role")
            }
            guard let style = roles[role]?.object else {
                throw ThemeError(
                    line: lines.line(of: role), reason: "roles.\(role): a table like { fg = \"#rrggbb\" } is needed")
            }
            styles[role] = try ThemeStyle(style, role: role, line: lines.line(of: role))
        }
        guard let text = styles["text"], text.foreground != nil, text.background != nil else {
            throw ThemeError(line: lines.line(of: "text"), reason: "roles.text: fg and bg are needed")
        }
        self.init(name: name, kind: kind, styles: styles)
    }
}

extension ThemeStyle {
    fileprivate init(_ table: JSONObject, role: String, line: Int?) throws(ThemeError) {
        self.init()
        let flags: [String: Attributes] = [
            "bold": .bold, "dim": .dim, "underline": .underline, "reverse": .reverse, "italic": .italic,
        ]
        for key in table.members.map(\.name) {
            if let flag = flags[key] {
                guard let isOn = table[key]?.bool else {
                    throw ThemeError(line: line, reason: "roles.\(role).\(key): true or false is needed")
                }
                if isOn { attributes.insert(flag) }
            } else if key == "fg" || key == "bg" {
                guard let colour = (table[key]?.string).flatMap(ThemeColour.init(text:)) else {
                    throw ThemeError(
                        line: line,
                        reason: "roles.\(role).\(key): a colour like \"#rrggbb\" or \"bright-red\" is needed")
                }
                if key == "fg" { foreground = colour } else { background = colour }
            } else {
                throw ThemeError(line: line, reason: "roles.\(role).\(key): no such setting")
            }
        }
    }
}

/// Where a key stands in a file. The parser knows places only of what it cannot parse.
private struct ThemeLines {
    private var lines: [String: Int] = [:]

    init(_ source: String) {
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" || $0 == "[" }
            let key = text.prefix { $0 != " " && $0 != "=" && $0 != "]" && $0 != "\t" }
            let last = key.split(separator: ".").last.map(String.init) ?? ""
            if !last.isEmpty, !last.hasPrefix("#"), lines[last] == nil { lines[last] = index + 1 }
        }
    }

    func line(of key: String) -> Int? { lines[key] }
}
