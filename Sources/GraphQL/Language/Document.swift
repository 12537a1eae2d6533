/// An executable document: operations and the fragments that they use.
/// Source: <https://spec.graphql.org/October2021/#sec-Document>
public struct Document: Sendable, Equatable {
    public var definitions: [Definition]

    public init(_ definitions: [Definition]) { self.definitions = definitions }

    public var operations: [Operation] {
        definitions.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }
    public var fragments: [Fragment] {
        definitions.compactMap { if case .fragment(let fragment) = $0 { fragment } else { nil } }
    }
}

public enum Definition: Sendable, Equatable {
    case operation(Operation)
    case fragment(Fragment)
    /// A definition that belongs into a schema.
    case typeSystem(TypeSystemDefinition)
}

/// The definition of a type, of a directive or of the schema itself, which has no name.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-System>
public struct TypeSystemDefinition: Sendable, Equatable {
    public var name: String?
    /// As it is written.
    public var text: String
    public var location = Location()
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Operations>
public struct Operation: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case query, mutation, subscription }

    public var kind: Kind
    public var name: String?
    public var variables: [VariableDefinition] = []
    public var directives: [Directive] = []
    public var selections: [Selection]
    public var location = Location()
    public var nameLocation = Location()

    public init(
        kind: Kind, name: String?, variables: [VariableDefinition] = [], directives: [Directive] = [],
        selections: [Selection], location: Location = Location(), nameLocation: Location = Location()
    ) {
        self.kind = kind
        self.name = name
        self.variables = variables
        self.directives = directives
        self.selections = selections
        self.location = location
        self.nameLocation = nameLocation
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Variables>
public struct VariableDefinition: Sendable, Equatable {
    public var name: String
    public var type: TypeReference
    public var defaultValue: ValueNode?
    public var directives: [Directive] = []
    public var location = Location()
    public var nameLocation = Location()
    public var typeLocation = Location()
    /// Of the type's name, behind the brackets of lists.
    public var typeNameLocation = Location()

    public init(
        name: String, type: TypeReference, defaultValue: ValueNode?, directives: [Directive] = [],
        location: Location = Location(), nameLocation: Location = Location(), typeLocation: Location = Location()
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.directives = directives
        self.location = location
        self.nameLocation = nameLocation
        self.typeLocation = typeLocation
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Selection-Sets>
public indirect enum Selection: Sendable, Equatable {
    case field(FieldSelection)
    case spread(FragmentSpread)
    case inline(InlineFragment)
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Fields>
public struct FieldSelection: Sendable, Equatable {
    public var alias: String?
    public var name: String
    public var arguments: [ArgumentNode] = []
    public var directives: [Directive] = []
    public var selections: [Selection] = []
    public var location = Location()
    public var selectionsLocation = Location()
    /// Whether braces follow, which are never empty.
    public var hasSelections = false

    /// The name that the value has in the response.
    public var key: String { alias ?? name }

    public init(
        alias: String?, name: String, arguments: [ArgumentNode] = [], directives: [Directive] = [],
        selections: [Selection] = [], location: Location = Location(), selectionsLocation: Location = Location(),
        hasSelections: Bool = false
    ) {
        self.alias = alias
        self.name = name
        self.arguments = arguments
        self.directives = directives
        self.selections = selections
        self.location = location
        self.selectionsLocation = selectionsLocation
        self.hasSelections = hasSelections
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Fragments>
public struct FragmentSpread: Sendable, Equatable {
    public var name: String
    public var directives: [Directive] = []
    public var location = Location()
    public var nameLocation = Location()

    public init(
        name: String, directives: [Directive] = [], location: Location = Location(), nameLocation: Location = Location()
    ) {
        self.name = name
        self.directives = directives
        self.location = location
        self.nameLocation = nameLocation
    }
}

public struct InlineFragment: Sendable, Equatable {
    public var condition: String?
    public var directives: [Directive] = []
    public var selections: [Selection]
    public var location = Location()
    public var conditionLocation = Location()

    public init(
        condition: String?, directives: [Directive] = [], selections: [Selection], location: Location = Location(),
        conditionLocation: Location = Location()
    ) {
        self.condition = condition
        self.directives = directives
        self.selections = selections
        self.location = location
        self.conditionLocation = conditionLocation
    }
}

public struct Fragment: Sendable, Equatable {
    public var name: String
    public var condition: String
    public var directives: [Directive] = []
    public var selections: [Selection]
    public var location = Location()
    public var nameLocation = Location()
    public var conditionLocation = Location()

    public init(
        name: String, condition: String, directives: [Directive] = [], selections: [Selection],
        location: Location = Location(), nameLocation: Location = Location(), conditionLocation: Location = Location()
    ) {
        self.name = name
        self.condition = condition
        self.directives = directives
        self.selections = selections
        self.location = location
        self.nameLocation = nameLocation
        self.conditionLocation = conditionLocation
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Directives>
public struct Directive: Sendable, Equatable {
    public var name: String
    public var arguments: [ArgumentNode] = []
    public var location = Location()

    public init(
        name: String, arguments: [ArgumentNode] = [], location: Location = Location()
    ) {
        self.name = name
        self.arguments = arguments
        self.location = location
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Arguments>
public struct ArgumentNode: Sendable, Equatable {
    public var name: String
    public var value: ValueNode
    public var location = Location()

    public init(
        name: String, value: ValueNode, location: Location = Location()
    ) {
        self.name = name
        self.value = value
        self.location = location
    }
}
