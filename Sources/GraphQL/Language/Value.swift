/// A value as it is written in a document, and where.
/// Source: <https://spec.graphql.org/October2021/#sec-Input-Values>
package struct ValueNode: Sendable, Equatable {
    package indirect enum Kind: Sendable, Equatable {
        case variable(String)
        /// Digits as written: the type of the place decides what they may be.
        case int(String)
        case float(String)
        case string(String)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list([ValueNode])
        case object([Member])
    }

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: ValueNode
        package var location = Location()

        package init(_ name: String, _ value: ValueNode, location: Location = Location()) {
            self.name = name
            self.value = value
            self.location = location
        }
    }

    package var kind: Kind
    package var location: Location

    package init(_ kind: Kind, location: Location = Location()) {
        self.kind = kind
        self.location = location
    }
}

/// A type as it is written in a variable's definition or in a schema.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-References>
package indirect enum TypeReference: Sendable, Hashable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    /// The type without lists and exclamation marks.
    package var name: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.name
        }
    }

    package var nullable: TypeReference { if case .nonNull(let inner) = self { inner } else { self } }
    package var isNonNull: Bool { if case .nonNull = self { true } else { false } }

    package var description: String {
        switch self {
        case .named(let name): name
        case .list(let inner): "[\(inner)]"
        case .nonNull(let inner): "\(inner)!"
        }
    }
}
