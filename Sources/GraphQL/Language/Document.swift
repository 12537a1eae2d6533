/// An executable document: operations and the fragments that they use.
/// Source: <https://spec.graphql.org/October2021/#sec-Document>
package struct Document: Sendable, Equatable {
    package var definitions: [Definition]

    package init(_ definitions: [Definition]) { self.definitions = definitions }

    package var operations: [Operation] {
        definitions.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }
    package var fragments: [Fragment] {
        definitions.compactMap { if case .fragment(let fragment) = $0 { fragment } else { nil } }
    }
}

package enum Definition: Sendable, Equatable {
    case operation(Operation)
    case fragment(Fragment)
    /// A definition that belongs into a schema.
    case typeSystem(TypeSystemDefinition)
}

/// The definition of a type, of a directive or of the schema itself, which has no name.
/// Source: <https://spec.graphql.org/October2021/#sec-Type-System>
package struct TypeSystemDefinition: Sendable, Equatable {
    package var name: String?
    /// As it is written.
    package var text: String
    package var location = Location()
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Operations>
package struct Operation: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case query, mutation, subscription }

    package var kind: Kind
    package var name: String?
    package var variables: [VariableDefinition] = []
    package var directives: [Directive] = []
    package var selections: [Selection]
    package var location = Location()
    package var nameLocation = Location()

    package init(
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
package struct VariableDefinition: Sendable, Equatable {
    package var name: String
    package var type: TypeReference
    package var defaultValue: ValueNode?
    package var directives: [Directive] = []
    package var location = Location()
    package var nameLocation = Location()
    package var typeLocation = Location()
    /// Of the type's name, behind the brackets of lists.
    package var typeNameLocation = Location()

    package init(
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
package indirect enum Selection: Sendable, Equatable {
    case field(FieldSelection)
    case spread(FragmentSpread)
    case inline(InlineFragment)
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Fields>
package struct FieldSelection: Sendable, Equatable {
    package var alias: String?
    package var name: String
    package var arguments: [ArgumentNode] = []
    package var directives: [Directive] = []
    package var selections: [Selection] = []
    package var location = Location()
    package var selectionsLocation = Location()
    /// Whether braces follow, which are never empty.
    package var hasSelections = false

    /// The name that the value has in the response.
    package var key: String { alias ?? name }

    package init(
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
package struct FragmentSpread: Sendable, Equatable {
    package var name: String
    package var directives: [Directive] = []
    package var location = Location()
    package var nameLocation = Location()

    package init(
        name: String, directives: [Directive] = [], location: Location = Location(), nameLocation: Location = Location()
    ) {
        self.name = name
        self.directives = directives
        self.location = location
        self.nameLocation = nameLocation
    }
}

package struct InlineFragment: Sendable, Equatable {
    package var condition: String?
    package var directives: [Directive] = []
    package var selections: [Selection]
    package var location = Location()
    package var conditionLocation = Location()

    package init(
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

package struct Fragment: Sendable, Equatable {
    package var name: String
    package var condition: String
    package var directives: [Directive] = []
    package var selections: [Selection]
    package var location = Location()
    package var nameLocation = Location()
    package var conditionLocation = Location()

    package init(
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
package struct Directive: Sendable, Equatable {
    package var name: String
    package var arguments: [ArgumentNode] = []
    package var location = Location()

    package init(
        name: String, arguments: [ArgumentNode] = [], location: Location = Location()
    ) {
        self.name = name
        self.arguments = arguments
        self.location = location
    }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Arguments>
package struct ArgumentNode: Sendable, Equatable {
    package var name: String
    package var value: ValueNode
    package var location = Location()

    package init(
        name: String, value: ValueNode, location: Location = Location()
    ) {
        self.name = name
        self.value = value
        self.location = location
    }
}
