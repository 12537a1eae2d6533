/// A value of a TOML document. Source: <https://toml.io/en/v1.0.0>
package enum TOMLValue: Equatable, Sendable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    /// A date, a time or both, as it is written: nothing that is set is one.
    case moment(String)
    case array([TOMLValue])
    case table(TOMLTable)

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var int: Int? { if case .int(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [TOMLValue]? { if case .array(let value) = self { value } else { nil } }
    package var table: TOMLTable? { if case .table(let value) = self { value } else { nil } }
}

/// A table, or a whole document.
package struct TOMLTable: Equatable, Sendable {
    fileprivate var members: [String: TOMLValue] = [:]

    package init() {}

    /// Throws what is wrong first, with its line.
    package init(parsing text: String) throws(TOMLError) {
        var reader = TOMLReader(text)
        self = try reader.document()
    }

    init(_ members: [String: TOMLValue]) { self.members = members }

    /// In alphabetical order.
    package var keys: [String] { members.keys.sorted() }
    package subscript(key: String) -> TOMLValue? { members[key] }
}

/// Why a text is no TOML.
package struct TOMLError: Error, Equatable, Sendable {
    /// Counted from 1.
    package var line: Int
    /// A few words, lower case.
    package var reason: String
}
