public import JSON

/// What a schema says about its types, without the code behind its fields: what validation, introspection and printing
/// look at.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-System>
public struct TypeSystem: Sendable {
    public let types: [String: NamedType]
    /// By interface or union: the objects that its values may be, sorted.
    private let possible: [String: [String]]
    public var query = "Query"
    public var mutation: String?
    public var subscription: String?
    public var directives: [DirectiveDefinition] = DirectiveDefinition.standard

    public init(types: [String: NamedType]) {
        self.types = types
        var possible: [String: [String]] = [:]
        for type in types.values {
            switch type {
            case .union(let union): possible[union.name] = union.members.sorted()
            case .object(let object): for name in object.interfaces { possible[name, default: []].append(object.name) }
            default: break
            }
        }
        self.possible = possible.mapValues { $0.sorted() }
    }

    public func root(of kind: Operation.Kind) -> String? {
        switch kind {
        case .query: query
        case .mutation: mutation
        case .subscription: subscription
        }
    }

    /// The field of that name on a type, also one that types have without declaring it.
    public func field(_ name: String, of type: NamedType) -> FieldDefinition? {
        switch (type, name) {
        case (.object, "__typename"), (.interface, "__typename"), (.union, "__typename"): Introspection.typeName
        case (.object(let object), "__schema") where object.name == query: Introspection.schemaField
        case (.object(let object), "__type") where object.name == query: Introspection.typeField
        default: declaredField(name, of: type)
        }
    }

    func declaredField(_ name: String, of type: NamedType) -> FieldDefinition? {
        switch type {
        case .object(let object): object.field(name)
        case .interface(let interface): interface.field(name)
        case .union, .scalar, .enumeration, .input: nil
        }
    }

    public func object(_ name: String) -> ObjectType? {
        if case .object(let type) = types[name] { type } else { nil }
    }

    /// The objects that a value of this type may be: an object is only itself.
    public func possibleTypes(of name: String) -> [String] { possible[name] ?? (object(name) == nil ? [] : [name]) }

    /// Whether a fragment on `condition` applies to an object of that type.
    /// Source: <https://spec.graphql.org/October2021/#DoesFragmentTypeApply()>
    func applies(_ condition: String, to object: String) -> Bool {
        condition == object || possible[condition]?.contains(object) == true
    }

    /// Whether some object is both.
    func overlap(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        let others = possibleTypes(of: b)
        return possibleTypes(of: a).contains { others.contains($0) }
    }
}

public enum NamedType: Sendable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumType)
    case input(InputType)

    public var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .input(let type): type.name
        }
    }

    public var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .input(let type): type.description
        }
    }

    public var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .input: true
        case .object, .interface, .union: false
        }
    }

    /// Whether a field of this type has fields of its own.
    public var isComposite: Bool {
        switch self {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .input: false
        }
    }

    public var isLeaf: Bool {
        switch self {
        case .scalar, .enumeration: true
        case .object, .interface, .union, .input: false
        }
    }

    /// The fields of an object or interface, in the order of their declaration.
    public var fields: [FieldDefinition] {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        case .union, .scalar, .enumeration, .input: []
        }
    }

    /// The interfaces that an object or interface implements.
    public var interfaces: [String] {
        switch self {
        case .object(let type): type.interfaces
        case .interface(let type): type.interfaces
        case .union, .scalar, .enumeration, .input: []
        }
    }
}

public struct ScalarType: Sendable {
    public var name: String
    public var description: String?
    public var specifiedBy: String?
    /// Whether a word without quotes is read as text. True of scalars that take any value.
    public var acceptsWords = false
    /// Why a value cannot be this scalar; nil when it can.
    public var problem: @Sendable (JSONValue) -> String?
}

public struct ObjectType: Sendable {
    public var name: String
    public var description: String?
    public var interfaces: [String]
    public let fields: [FieldDefinition]
    private let places: [String: Int]

    public init(name: String, description: String?, interfaces: [String], fields: [FieldDefinition]) {
        self.name = name
        self.description = description
        self.interfaces = interfaces
        self.fields = fields
        places = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func field(_ name: String) -> FieldDefinition? { places[name].map { fields[$0] } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Interfaces>
public struct InterfaceType: Sendable {
    public var name: String
    public var description: String?
    public var interfaces: [String]
    public var fields: [FieldDefinition]

    public func field(_ name: String) -> FieldDefinition? { fields.first { $0.name == name } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Unions>
public struct UnionType: Sendable {
    public var name: String
    public var description: String?
    public var members: [String]
}

public struct FieldDefinition: Sendable {
    public var name: String
    public var description: String?
    public var deprecation: String?
    public var arguments: [InputValueDefinition] = []
    public var type: TypeReference
}

/// An argument, or a field of an input object.
public struct InputValueDefinition: Sendable {
    public var name: String
    public var description: String?
    public var deprecation: String?
    public var type: TypeReference
    public var defaultValue: ValueNode?

    public var isRequired: Bool { type.isNonNull && defaultValue == nil }
}

public struct EnumType: Sendable {
    public struct Value: Sendable {
        public var name: String
        public var description: String?
        public var deprecation: String?
    }
    public var name: String
    public var description: String?
    public var values: [Value]
}

public struct InputType: Sendable {
    public var name: String
    public var description: String?
    public var fields: [InputValueDefinition]

    public func field(_ name: String) -> InputValueDefinition? { fields.first { $0.name == name } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Type-System.Directives>
public struct DirectiveDefinition: Sendable {
    public var name: String
    public var description: String
    public var locations: [DirectiveLocation]
    public var arguments: [InputValueDefinition]

    public static let standard = [
        DirectiveDefinition(
            name: "deprecated", description: "Marks an element of a GraphQL schema as no longer supported.",
            locations: [.FIELD_DEFINITION, .ARGUMENT_DEFINITION, .INPUT_FIELD_DEFINITION, .ENUM_VALUE],
            arguments: [
                InputValueDefinition(
                    name: "reason", description: "Why it is deprecated, and what to use instead.",
                    type: .named("String"), defaultValue: ValueNode(.string("No longer supported")))
            ]),
        DirectiveDefinition(
            name: "include", description: "Includes this field or fragment only when the argument is true.",
            locations: [.FIELD, .FRAGMENT_SPREAD, .INLINE_FRAGMENT],
            arguments: [
                InputValueDefinition(name: "if", description: "Included when true.", type: .nonNull(.named("Boolean")))
            ]),
        DirectiveDefinition(
            name: "skip", description: "Skips this field or fragment when the argument is true.",
            locations: [.FIELD, .FRAGMENT_SPREAD, .INLINE_FRAGMENT],
            arguments: [
                InputValueDefinition(name: "if", description: "Skipped when true.", type: .nonNull(.named("Boolean")))
            ]),
        DirectiveDefinition(
            name: "specifiedBy", description: "Where the behaviour of a scalar is specified.",
            locations: [.SCALAR],
            arguments: [
                InputValueDefinition(
                    name: "url", description: "The address of the specification.", type: .nonNull(.named("String")))
            ]),
    ]
}
