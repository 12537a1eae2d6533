extension Validation {
    /// A variable that is used is defined by every operation that reaches the place, and one that is defined is used.
    /// Source: <https://spec.graphql.org/October2021/#sec-All-Variable-Uses-Defined>,
    /// <https://spec.graphql.org/October2021/#sec-All-Variables-Used>
    mutating func checkVariableUse() {
        for (number, operation) in operations.enumerated() {
            let reached = reaches[number]
            let defined = Set(operation.variables.map(\.name))
            var used: Set<String> = []
            for input in inputs where reached.contains(input.owner) {
                input.value.forEachVariable { name, location in
                    used.insert(name)
                    if defined.contains(name) { return }
                    let place = operation.name.map { " by operation \"\($0)\"" } ?? ""
                    report("Variable \"$\(name)\" is not defined\(place).", location, operation.location)
                }
            }
            for variable in operation.variables where !used.contains(variable.name) {
                let place = operation.name.map { " in operation \"\($0)\"" } ?? ""
                report("Variable \"$\(variable.name)\" is never used\(place).", variable.location)
            }
        }
    }
}

extension ValueNode {
    func forEachVariable(_ body: (String, Location) -> Void) {
        switch kind {
        case .variable(let name): body(name, location)
        case .list(let items): for item in items { item.forEachVariable(body) }
        case .object(let members): for member in members { member.value.forEachVariable(body) }
        default: break
        }
    }
}
