extension Validation {
    /// What an operation may cost, counted with its fragments where they are used.
    mutating func checkLimits() {
        var costs: [String: Cost] = [:]
        for operation in operations {
            let root = types.root(of: operation.kind).flatMap { types.types[$0] }
            let cost = cost(of: operation.selections, root, &costs)
            let name = operation.name.map { "Operation \"\($0)\"" } ?? "Operation"
            if cost.depth > limits.depth {
                report(
                    "\(name) is \(cost.depth) levels deep, more than the \(limits.depth) allowed.", operation.location)
            }
            if cost.fields > limits.fields {
                report("\(name) has more than the \(limits.fields) fields allowed.", operation.location)
            }
            if cost.aliases > limits.aliases {
                report("\(name) has more than the \(limits.aliases) aliases allowed.", operation.location)
            }
            if cost.values > limits.cost {
                report("\(name) asks for more than the \(limits.cost) values allowed.", operation.location)
            }
        }
    }

    private struct Cost {
        var depth = 0
        var fields = 0
        var aliases = 0
        var values = 0

        /// Adds without ever overflowing: fragments in fragments grow without bounds.
        mutating func add(_ other: Cost) {
            depth = max(depth, other.depth)
            fields = min(fields + other.fields, Self.most)
            aliases = min(aliases + other.aliases, Self.most)
            values = min(values + other.values, Self.most)
        }

        mutating func multiply(_ times: Int) {
            let (product, overflow) = values.multipliedReportingOverflow(by: times)
            values = overflow ? Self.most : min(product, Self.most)
        }

        private static let most = 1 << 40
    }

    /// Each fragment is looked at once, however often it is used.
    private func cost(of selections: [Selection], _ type: NamedType?, _ known: inout [String: Cost]) -> Cost {
        var total = Cost()
        for selection in selections {
            switch selection {
            case .field(let field):
                let definition = type.flatMap { types.field(field.name, of: $0) }
                var cost = cost(of: field.selections, definition.flatMap { types.types[$0.type.name] }, &known)
                cost.depth += 1
                cost.fields += 1
                cost.values += 1
                if field.alias != nil { cost.aliases += 1 }
                if let definition { cost.multiply(length(of: definition, field)) }
                total.add(cost)
            case .inline(let inline):
                let inner = inline.condition.map { types.types[$0] } ?? type
                total.add(cost(of: inline.selections, inner, &known))
            case .spread(let spread):
                if let cost = known[spread.name] {
                    total.add(cost)
                } else if let fragment = fragments[spread.name] {
                    let cost = cost(of: fragment.selections, types.types[fragment.condition], &known)
                    known[spread.name] = cost
                    total.add(cost)
                }
            }
        }
        return total
    }

    /// How many values a field is expected to have: one, unless it is a list.
    private func length(of definition: FieldDefinition, _ field: FieldSelection) -> Int {
        guard definition.type.isList else { return 1 }
        for argument in definition.arguments {
            let written = field.arguments.first { $0.name == argument.name }?.value ?? argument.defaultValue
            if let length = written?.length(argument.name) { return length }
        }
        return limits.listLength
    }
}

extension ValueNode {
    /// The number that says how long a list may be, in an argument of that name or in a member of it.
    fileprivate func length(_ name: String) -> Int? {
        switch kind {
        case .int(let digits) where ["limit", "first", "last", "take"].contains(name): Int(digits).map { max($0, 0) }
        case .object(let members): members.lazy.compactMap { $0.value.length($0.name) }.first
        default: nil
        }
    }
}

extension TypeReference {
    fileprivate var isList: Bool { if case .list = nullable { true } else { false } }
}
