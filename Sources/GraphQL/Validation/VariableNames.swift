extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Variable-Uniqueness>
    mutating func checkVariableNames() {
        for operation in operations {
            var seen: [String: Location] = [:]
            for variable in operation.variables {
                if let first = seen[variable.name] {
                    report("There can be only one variable named \"$\(variable.name)\".", first, variable.nameLocation)
                } else {
                    seen[variable.name] = variable.nameLocation
                }
            }
        }
    }
}
