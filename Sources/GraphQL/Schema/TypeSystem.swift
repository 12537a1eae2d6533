package import JSON

/// What a schema says about its types, without the code behind its fields: what validation, introspection and printing
/// look at.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-System>
package struct TypeSystem: Sendable {
    package let types: [String: NamedType]
    /// By interface or union: the objects that its values may be, sorted.
    private let possible: [String: [String]]
    package var query = "Query"
    package var mutation: String?
    package var subscription: String?
    package var directives: [DirectiveDefinition] = DirectiveDefinition.standard

    package init(types: [String: NamedType]) {
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

    package func root(of kind: Operation.Kind) -> String? {
        switch kind {
        case .query: query
        case .mutation: mutation
        case .subscription: subscription
        }
    }

    /// The field of that name on a type, also one that types have without declaring it.
    package func field(_ name: String, of type: NamedType) -> FieldDefinition? {
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

    package func object(_ name: String) -> ObjectType? {
        if case .object(let type) = types[name] { type } else { nil }
    }

    /// The objects that a value of this type may be: an object is only itself.
    package func possibleTypes(of name: String) -> [String] { possible[name] ?? (object(name) == nil ? [] : [name]) }

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

package enum NamedType: Sendable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumType)
    case input(InputType)

    package var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .input(let type): type.name
        }
    }

    package var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .input(let type): type.description
        }
    }

    package var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .input: true
        case .object, .interface, .union: false
        }
    }

    /// Whether a field of this type has fields of its own.
    package var isComposite: Bool {
        switch self {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .input: false
        }
    }

    package var isLeaf: Bool {
        switch self {
        case .scalar, .enumeration: true
        case .object, .interface, .union, .input: false
        }
    }

    /// The fields of an object or interface, in the order of their declaration.
    package var fields: [FieldDefinition] {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        case .union, .scalar, .enumeration, .input: []
        }
    }

    /// The interfaces that an object or interface implements.
    package var interfaces: [String] {
        switch self {
        case .object(let type): type.interfaces
        case .interface(let type): type.interfaces
        case .union, .scalar, .enumeration, .input: []
        }
    }
}

package struct ScalarType: Sendable {
    package var name: String
    package var description: String?
    package var specifiedBy: String?
    /// Whether a word without quotes is read as text. True of scalars that take any value.
    package var acceptsWords = false
    /// Why a value cannot be this scalar; nil when it can.
    package var problem: @Sendable (JSONValue) -> String?
}

package struct ObjectType: Sendable {
    package var name: String
    package var description: String?
    package var interfaces: [String]
    package let fields: [FieldDefinition]
    private let places: [String: Int]

    package init(name: String, description: String?, interfaces: [String], fields: [FieldDefinition]) {
        self.name = name
        self.description = description
        self.interfaces = interfaces
        self.fields = fields
        places = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func field(_ name: String) -> FieldDefinition? { places[name].map { fields[$0] } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Interfaces>
package struct InterfaceType: Sendable {
    package var name: String
    package var description: String?
    package var interfaces: [String]
    package var fields: [FieldDefinition]

    package func field(_ name: String) -> FieldDefinition? { fields.first { $0.name == name } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Unions>
package struct UnionType: Sendable {
    package var name: String
    package var description: String?
    package var members: [String]
}

package struct FieldDefinition: Sendable {
    package var name: String
    package var description: String?
    package var deprecation: String?
    package var arguments: [InputValueDefinition] = []
    package var type: TypeReference
}

/// An argument, or a field of an input object.
package struct InputValueDefinition: Sendable {
    package var name: String
    package var description: String?
    package var deprecation: String?
    package var type: TypeReference
    package var defaultValue: ValueNode?

    package var isRequired: Bool { type.isNonNull && defaultValue == nil }
}

package struct EnumType: Sendable {
    package struct Value: Sendable {
        package var name: String
        package var description: String?
        package var deprecation: String?
    }
    package var name: String
    package var description: String?
    package var values: [Value]
}

package struct InputType: Sendable {
    package var name: String
    package var description: String?
    package var fields: [InputValueDefinition]

    package func field(_ name: String) -> InputValueDefinition? { fields.first { $0.name == name } }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Type-System.Directives>
package struct DirectiveDefinition: Sendable {
    package var name: String
    package var description: String
    package var locations: [DirectiveLocation]
    package var arguments: [InputValueDefinition]

    package static let standard = [
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
