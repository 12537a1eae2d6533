extension Validation {
    /// A subscription has one source of events.
    /// Source: <https://spec.graphql.org/October2021/#sec-Single-root-field>
    mutating func checkSubscriptionFields() {
        for operation in operations where operation.kind == .subscription {
            var keys: [String: FieldSelection] = [:]
            var order: [FieldSelection] = []
            var visited: Set<String> = []
            collect(operation.selections, &keys, &order, &visited)
            let name = operation.name.map { "Subscription \"\($0)\"" } ?? "Anonymous Subscription"
            if order.count > 1 {
                report("\(name) must select only one top level field.", order.dropFirst().map(\.location))
            }
            for field in order where field.name.hasPrefix("__") {
                report("\(name) must not select an introspection top level field.", field.location)
            }
            // Whether it is there must not depend on a variable: without it there is nothing to subscribe to.
            for case .field(let field) in operation.selections where !field.directives.isEmpty {
                report("\(name) must not use \"@skip\" or \"@include\" at the top level.", field.location)
            }
        }
    }

    private func collect(
        _ selections: [Selection], _ keys: inout [String: FieldSelection], _ order: inout [FieldSelection],
        _ visited: inout Set<String>
    ) {
        for selection in selections {
            switch selection {
            case .field(let field):
                if keys.updateValue(field, forKey: field.key) == nil { order.append(field) }
            case .inline(let inline): collect(inline.selections, &keys, &order, &visited)
            case .spread(let spread):
                guard visited.insert(spread.name).inserted, let fragment = fragments[spread.name] else { continue }
                collect(fragment.selections, &keys, &order, &visited)
            }
        }
    }
}
