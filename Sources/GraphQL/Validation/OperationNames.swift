extension Validation {
    /// Operations have names of their own, and one without a name is alone.
    /// Source: <https://spec.graphql.org/October2021/#sec-Operation-Name-Uniqueness>,
    /// <https://spec.graphql.org/October2021/#sec-Lone-Anonymous-Operation>
    mutating func checkOperationNames() {
        var seen: [String: Location] = [:]
        for operation in operations {
            guard let name = operation.name else {
                if operations.count > 1 {
                    report("This anonymous operation must be the only defined operation.", operation.location)
                }
                continue
            }
            if let first = seen[name] {
                report("There can be only one operation named \"\(name)\".", first, operation.nameLocation)
            } else {
                seen[name] = operation.nameLocation
            }
        }
    }
}
