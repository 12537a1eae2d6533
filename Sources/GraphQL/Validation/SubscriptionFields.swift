extension Validation {
    /// A subscription has one source of events.
    /// Source: <https://spec.graphql.org/October2021/#sec-Single-root-field>
    mutating func checkSubscriptionFields() {
        for operation in operations where operation.kind == .subscription {
            guard let root = types.subscription else { continue }
            var top = TopLevel()
            collect(operation.selections, root, into: &top)
            let name = operation.name.map { "Subscription \"\($0)\"" } ?? "Anonymous Subscription"
            if top.groups.count > 1 {
                let others = top.groups.dropFirst().flatMap { $0 }
                report("\(name) must select only one top level field.", others.map(\.location))
            }
            for group in top.groups where group[0].name.hasPrefix("__") {
                report("\(name) must not select an introspection top level field.", group.map(\.location))
            }
            // What there is to listen to must not depend on a variable, nor be nothing.
            for location in top.conditions {
                report("\(name) must not use \"@skip\" or \"@include\" at the top level.", location)
            }
        }
    }

    /// What stands at the top of an operation, fragments spread out.
    private struct TopLevel {
        /// By name in the answer.
        var groups: [[FieldSelection]] = []
        var places: [String: Int] = [:]
        /// Where `@skip` and `@include` are used.
        var conditions: [Location] = []
        var visited: Set<String> = []

        mutating func add(_ field: FieldSelection) {
            if let place = places[field.key] {
                groups[place].append(field)
            } else {
                places[field.key] = groups.count
                groups.append([field])
            }
        }

        /// Notes conditions. Answers whether the selection is certainly left out.
        mutating func isLeftOut(_ directives: [Directive]) -> Bool {
            var isOut = false
            for directive in directives where directive.name == "skip" || directive.name == "include" {
                conditions.append(directive.location)
                guard let condition = directive.arguments.first(where: { $0.name == "if" })?.value.kind else {
                    continue
                }
                if case .boolean(let value) = condition, value == (directive.name == "skip") { isOut = true }
            }
            return isOut
        }
    }

    private func collect(_ selections: [Selection], _ type: String, into top: inout TopLevel) {
        for selection in selections {
            switch selection {
            case .field(let field): if !top.isLeftOut(field.directives) { top.add(field) }
            case .inline(let inline):
                if top.isLeftOut(inline.directives) { continue }
                if let condition = inline.condition, !types.applies(condition, to: type) { continue }
                collect(inline.selections, type, into: &top)
            case .spread(let spread):
                if top.isLeftOut(spread.directives) { continue }
                guard top.visited.insert(spread.name).inserted, let fragment = fragments[spread.name],
                    types.applies(fragment.condition, to: type)
                else { continue }
                collect(fragment.selections, type, into: &top)
            }
        }
    }
}
