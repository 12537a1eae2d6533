/// What a text of several lines that people give may look like: a description, a command.
package enum TextRule {
    /// The text without space around it, nil for none, or why it cannot be used.
    package static func check(
        _ text: String, of what: String, maximumLength: Int = 1000
    ) -> Result<String?, NameProblem> {
        let scalars = text.unicodeScalars
        let isSpace: (UnicodeScalar) -> Bool = { $0.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return .success(nil) }
        let trimmed = String(scalars[first...last])
        if trimmed.count > maximumLength {
            return .failure(NameProblem(message: "\(what) is longer than \(maximumLength) characters"))
        }
        // Lines and tabs are part of a text; what else a terminal would obey is not.
        let isControl = trimmed.unicodeScalars.contains {
            switch $0.properties.generalCategory {
            case .control: $0 != "\n" && $0 != "\t" && $0 != "\r"
            case .surrogate: true
            default: false
            }
        }
        if isControl { return .failure(NameProblem(message: "\(what) holds control characters")) }
        return .success(trimmed)
    }

    package static func problem(_ text: String, of what: String, maximumLength: Int = 1000) -> String? {
        if case .failure(let problem) = check(text, of: what, maximumLength: maximumLength) {
            problem.message
        } else {
            nil
        }
    }
}

extension NameRule {
    /// Why a name cannot be used; nil when it can.
    package static func problem(_ name: String, of kind: String) -> String? {
        if case .failure(let problem) = check(name, of: kind) { problem.message } else { nil }
    }
}
