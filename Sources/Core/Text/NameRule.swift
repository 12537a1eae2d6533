/// What a name that people give may look like, and what is wrong with one that does not.
package enum NameRule {
    package static let maximumLength = 64

    /// The name without space around it, or why it cannot be used.
    package static func check(_ name: String, of kind: String) -> Result<String, NameProblem> {
        check(name, ofA: "\(kind)'s name")
    }

    /// - Parameter what: as messages call it: "first name".
    static func check(_ name: String, ofA what: String) -> Result<String, NameProblem> {
        let scalars = name.unicodeScalars
        let isSpace: (UnicodeScalar) -> Bool = { $0.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return .failure(NameProblem(message: "the \(what) is empty")) }
        let trimmed = String(scalars[first...last])
        if trimmed.count > maximumLength {
            return .failure(NameProblem(message: "the \(what) is longer than \(maximumLength) characters"))
        }
        let isControl = trimmed.unicodeScalars.contains {
            switch $0.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
            default: false
            }
        }
        if isControl { return .failure(NameProblem(message: "the \(what) holds control characters")) }
        return .success(trimmed)
    }
}

package struct NameProblem: Error, Equatable {
    package var message: String
}
