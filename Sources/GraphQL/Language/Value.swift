/// A value as it is written in a document, and where.
/// Source: <https://spec.graphql.org/October2021/#sec-Input-Values>
public struct ValueNode: Sendable, Equatable {
    public indirect enum Kind: Sendable, Equatable {
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

    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: ValueNode
        public var location = Location()

        public init(_ name: String, _ value: ValueNode, location: Location = Location()) {
            self.name = name
            self.value = value
            self.location = location
        }
    }

    public var kind: Kind
    public var location: Location

    public init(_ kind: Kind, location: Location = Location()) {
        self.kind = kind
        self.location = location
    }
}

/// A type as it is written in a variable's definition or in a schema.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-References>
public indirect enum TypeReference: Sendable, Hashable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    /// The type without lists and exclamation marks.
    public var name: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.name
        }
    }

    public var nullable: TypeReference { if case .nonNull(let inner) = self { inner } else { self } }
    public var isNonNull: Bool { if case .nonNull = self { true } else { false } }

    public var description: String {
        switch self {
        case .named(let name): name
        case .list(let inner): "[\(inner)]"
        case .nonNull(let inner): "\(inner)!"
        }
    }
}
