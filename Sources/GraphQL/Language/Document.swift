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
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Variables>
package struct VariableDefinition: Sendable, Equatable {
    package var name: String
    package var type: TypeReference
    package var defaultValue: ValueNode?
    package var directives: [Directive] = []
    package var location = Location()
    package var typeLocation = Location()
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
    /// Where the selection set opens; `nil` when there is none.
    package var hasSelections = false

    /// The name that the value has in the response.
    package var key: String { alias ?? name }
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Fragments>
package struct FragmentSpread: Sendable, Equatable {
    package var name: String
    package var directives: [Directive] = []
    package var location = Location()
}

package struct InlineFragment: Sendable, Equatable {
    package var condition: String?
    package var directives: [Directive] = []
    package var selections: [Selection]
    package var location = Location()
    package var conditionLocation = Location()
}

package struct Fragment: Sendable, Equatable {
    package var name: String
    package var condition: String
    package var directives: [Directive] = []
    package var selections: [Selection]
    package var location = Location()
    package var nameLocation = Location()
    package var conditionLocation = Location()
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Directives>
package struct Directive: Sendable, Equatable {
    package var name: String
    package var arguments: [ArgumentNode] = []
    package var location = Location()
}

/// Source: <https://spec.graphql.org/October2021/#sec-Language.Arguments>
package struct ArgumentNode: Sendable, Equatable {
    package var name: String
    package var value: ValueNode
    package var location = Location()
}
