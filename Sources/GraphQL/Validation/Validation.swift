/// A document under examination: all its nodes in one list, each with what the schema says about it, so that a rule is a
/// loop over the nodes it cares for.
struct Validation {
    /// The definition that a node is part of.
    enum Owner: Hashable {
        case operation(Int)
        case fragment(String)
    }

    struct FieldNode {
        var node: FieldSelection
        var parent: NamedType?
        var definition: FieldDefinition?
        var owner: Owner
    }
    struct DirectiveNode {
        var node: Directive
        var definition: DirectiveDefinition?
        var place: DirectiveLocation
        /// Directives at one place share a number.
        var group: Int
    }
    struct SpreadNode {
        var node: FragmentSpread
        var parent: NamedType?
        var owner: Owner
    }
    struct InlineNode {
        var node: InlineFragment
        var parent: NamedType?
    }
    /// Arguments of a field or directive: what is written beside what is declared.
    struct ArgumentsNode {
        var written: [ArgumentNode]
        /// Nil when the field or directive itself is not known.
        var declared: [InputValueDefinition]?
        /// As messages call it: `field "Query.machine"`.
        var holder: String
    }
    /// A written value at a place of a known type; variables' defaults too.
    struct InputNode {
        var value: ValueNode
        var type: TypeReference?
        var hasDefault: Bool
        var owner: Owner
    }

    let document: Document
    let types: TypeSystem
    let limits: Limits
    let operations: [Operation]
    /// By name; of several with one name the last.
    let fragments: [String: Fragment]

    private(set) var fields: [FieldNode] = []
    private(set) var directives: [DirectiveNode] = []
    private(set) var spreads: [SpreadNode] = []
    private(set) var inlines: [InlineNode] = []
    private(set) var arguments: [ArgumentsNode] = []
    private(set) var inputs: [InputNode] = []
    private var groups = 0
    /// By operation: itself and the fragments that it uses, also through others.
    private(set) var reaches: [Set<Owner>] = []
    private(set) var spreadsByOwner: [Owner: [SpreadNode]] = [:]

    private(set) var errors: [(message: String, locations: [Location])] = []

    init(_ document: Document, _ types: TypeSystem, _ limits: Limits) {
        self.document = document
        self.types = types
        self.limits = limits
        operations = document.operations
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        for (number, operation) in operations.enumerated() { add(operation, .operation(number)) }
        for fragment in document.fragments {
            add(fragment.directives, .FRAGMENT_DEFINITION, .fragment(fragment.name))
            let type = types.types[fragment.condition]
            add(fragment.selections, type.flatMap { $0.isComposite ? $0 : nil }, .fragment(fragment.name))
        }
        spreadsByOwner = Dictionary(grouping: spreads, by: \.owner)
        reaches = operations.indices.map(reach)
    }

    /// Whether enough errors were found: what a rule does for the sake of further ones is in vain.
    var isFull: Bool { errors.count >= limits.errors }

    mutating func report(_ message: String, _ locations: Location...) { report(message, locations) }

    mutating func report(_ message: String, _ locations: [Location]) {
        if !isFull { errors.append((message, locations)) }
    }

    // MARK: Collecting the nodes

    private mutating func add(_ operation: Operation, _ owner: Owner) {
        let place: DirectiveLocation =
            switch operation.kind {
            case .query: .QUERY
            case .mutation: .MUTATION
            case .subscription: .SUBSCRIPTION
            }
        add(operation.directives, place, owner)
        for variable in operation.variables {
            add(variable.directives, .VARIABLE_DEFINITION, owner)
            if let standard = variable.defaultValue {
                inputs.append(InputNode(value: standard, type: variable.type, hasDefault: false, owner: owner))
            }
        }
        add(operation.selections, types.root(of: operation.kind).flatMap { types.types[$0] }, owner)
    }

    private mutating func add(_ selections: [Selection], _ parent: NamedType?, _ owner: Owner) {
        for selection in selections {
            switch selection {
            case .field(let node):
                let definition = parent.flatMap { types.field(node.name, of: $0) }
                fields.append(FieldNode(node: node, parent: parent, definition: definition, owner: owner))
                add(
                    node.arguments, definition?.arguments,
                    "field \"\(parent.map { "\($0.name)." } ?? "")\(node.name)\"", owner)
                add(node.directives, .FIELD, owner)
                let inner = definition.flatMap { types.types[$0.type.name] }
                add(node.selections, inner.flatMap { $0.isComposite ? $0 : nil }, owner)
            case .spread(let node):
                spreads.append(SpreadNode(node: node, parent: parent, owner: owner))
                add(node.directives, .FRAGMENT_SPREAD, owner)
            case .inline(let node):
                inlines.append(InlineNode(node: node, parent: parent))
                add(node.directives, .INLINE_FRAGMENT, owner)
                let inner = node.condition.map { types.types[$0] } ?? parent
                add(node.selections, inner.flatMap { $0.isComposite ? $0 : nil }, owner)
            }
        }
    }

    private mutating func add(_ nodes: [Directive], _ place: DirectiveLocation, _ owner: Owner) {
        groups += 1
        for node in nodes {
            let definition = types.directives.first { $0.name == node.name }
            directives.append(DirectiveNode(node: node, definition: definition, place: place, group: groups))
            add(node.arguments, definition?.arguments, "directive \"@\(node.name)\"", owner)
        }
    }

    private mutating func add(
        _ nodes: [ArgumentNode], _ declared: [InputValueDefinition]?, _ holder: String, _ owner: Owner
    ) {
        arguments.append(ArgumentsNode(written: nodes, declared: declared, holder: holder))
        for node in nodes {
            let definition = declared?.first { $0.name == node.name }
            inputs.append(
                InputNode(
                    value: node.value, type: definition?.type, hasDefault: definition?.defaultValue != nil,
                    owner: owner))
        }
    }

    // MARK: What an operation reaches

    private func reach(of number: Int) -> Set<Owner> {
        var reached: Set<Owner> = [.operation(number)]
        var waiting: [Owner] = [.operation(number)]
        while let owner = waiting.popLast() {
            for spread in spreadsByOwner[owner] ?? [] where reached.insert(.fragment(spread.node.name)).inserted {
                waiting.append(.fragment(spread.node.name))
            }
        }
        return reached
    }
}

extension Document {
    /// Throws everything that keeps this document from being executed against the schema.
    /// Source: <https://spec.graphql.org/October2021/#sec-Validation>
    public func validate(against types: TypeSystem, _ limits: Limits, _ source: [UInt8]) throws(RequestError) {
        var validation = Validation(self, types, limits)
        for rule in Validation.rules { rule(&validation) }
        if validation.errors.isEmpty {
            // Spreads fragments out, which is safe only in documents without cycles and unknown names.
            validation.checkLimits()
        }
        if validation.errors.isEmpty { return }
        throw RequestError(
            validation.errors.map { error in
                ResponseError(
                    FieldError(error.message, code: .validationFailed),
                    positions: error.locations.map { SourcePosition($0, in: source) })
            })
    }
}

extension Validation {
    static let rules: [@Sendable (inout Validation) -> Void] = [
        { $0.checkExecutableDefinitions() },
        { $0.checkOperationNames() },
        { $0.checkOperationTypes() },
        { $0.checkSubscriptionFields() },
        { $0.checkTypeNames() },
        { $0.checkFragmentTypes() },
        { $0.checkVariableTypes() },
        { $0.checkSelections() },
        { $0.checkFieldNames() },
        { $0.checkFragmentNames() },
        { $0.checkFragmentUse() },
        { $0.checkFragmentSpreads() },
        { $0.checkFragmentCycles() },
        { $0.checkVariableNames() },
        { $0.checkVariableUse() },
        { $0.checkDirectives() },
        { $0.checkArgumentNames() },
        { $0.checkRequiredArguments() },
        { $0.checkValues() },
        { $0.checkVariablePositions() },
        { $0.checkFieldsCanMerge() },
    ]
}
