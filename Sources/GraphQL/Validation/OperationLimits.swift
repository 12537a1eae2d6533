extension Validation {
    /// What an operation may cost, counted with its fragments where they are used.
    mutating func checkLimits() {
        var costs: [String: Cost] = [:]
        for operation in operations {
            let cost = cost(of: operation.selections, &costs)
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
        }
    }

    private struct Cost {
        var depth = 0
        var fields = 0
        var aliases = 0

        /// Adds without ever overflowing: fragments in fragments grow without bounds.
        mutating func add(_ other: Cost) {
            depth = max(depth, other.depth)
            fields = min(fields + other.fields, 1 << 40)
            aliases = min(aliases + other.aliases, 1 << 40)
        }
    }

    /// Each fragment is looked at once, however often it is used.
    private func cost(of selections: [Selection], _ known: inout [String: Cost]) -> Cost {
        var total = Cost()
        for selection in selections {
            switch selection {
            case .field(let field):
                var cost = cost(of: field.selections, &known)
                cost.depth += 1
                cost.fields += 1
                if field.alias != nil { cost.aliases += 1 }
                total.add(cost)
            case .inline(let inline): total.add(cost(of: inline.selections, &known))
            case .spread(let spread):
                if let cost = known[spread.name] {
                    total.add(cost)
                } else if let fragment = fragments[spread.name] {
                    let cost = cost(of: fragment.selections, &known)
                    known[spread.name] = cost
                    total.add(cost)
                }
            }
        }
        return total
    }
}
