package import JSON

/// How bad an error is. The words are those of the tables and of the API.
package enum ErrorSeverity: String, CaseIterable, Comparable, Sendable {
    /// Records and the host are no longer in agreement, or the server cannot go on.
    case critical = "CRITICAL"
    /// Something that nobody had thought of.
    case high = "HIGH"
    /// Something is wrong that somebody should look at.
    case medium = "MEDIUM"
    case low = "LOW"

    private var weight: Int {
        switch self {
        case .critical: 3
        case .high: 2
        case .medium: 1
        case .low: 0
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.weight < b.weight }
}

/// An error that administrators are to see.
package struct ErrorReport: Equatable, Sendable {
    /// Longer messages are cut.
    package static let longestMessage = 1000

    /// For people. Holds no secret.
    package var message: String
    /// What kind of error it is: `INTERNAL_ERROR`, `METRICS_MISSING`, ...
    package var code: String
    package var severity: ErrorSeverity
    /// What else is known: where it happened, and the id that a client was given.
    package var context: JSONObject
    package var machineID: Machine.ID?

    package init(
        _ message: String, code: String, severity: ErrorSeverity, context: JSONObject = JSONObject(),
        machineID: Machine.ID? = nil
    ) {
        self.message = String(Redaction.text(message).prefix(Self.longestMessage))
        self.code = code
        self.severity = severity
        self.context = context
        self.machineID = machineID
        if let machineID { self.context["machineId"] = .string(machineID.rawValue) }
    }

    /// Equal for an error that comes again: numbers in its words do not tell two apart.
    package var print: String {
        var words = ""
        var isNumber = false
        for character in message.unicodeScalars {
            let isDigit = (48...57).contains(character.value)
            if isDigit, !isNumber { words += "#" }
            if !isDigit { words.unicodeScalars.append(character) }
            isNumber = isDigit
        }
        return "\(code)|\(severity.rawValue)|\(machineID?.rawValue ?? "")|\(words.prefix(300))"
    }
}

/// An error as it is kept.
package struct ErrorEntry: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package var id: ID
    package var message: String
    package var code: String
    /// Other programs may have written words of their own.
    package var severity: ErrorSeverity
    package var context: JSONObject
    /// When it came first, and last.
    package var at: Timestamp
    package var lastAt: Timestamp
    package var count: Int
    package var isResolved: Bool
    package var resolvedAt: Timestamp?
    package var resolvedBy: String?

    package init(
        id: ID, message: String, code: String, severity: ErrorSeverity, context: JSONObject = JSONObject(),
        at: Timestamp, lastAt: Timestamp, count: Int = 1, isResolved: Bool = false, resolvedAt: Timestamp? = nil,
        resolvedBy: String? = nil
    ) {
        self.id = id
        self.message = message
        self.code = code
        self.severity = severity
        self.context = context
        self.at = at
        self.lastAt = lastAt
        self.count = count
        self.isResolved = isResolved
        self.resolvedAt = resolvedAt
        self.resolvedBy = resolvedBy
    }
}
