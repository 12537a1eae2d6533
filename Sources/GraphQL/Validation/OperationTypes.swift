extension Validation {
    /// The schema has a root for each kind of operation that is asked for.
    /// Source: <https://spec.graphql.org/October2021/#sec-Root-Operation-Types>
    mutating func checkOperationTypes() {
        for operation in operations where types.root(of: operation.kind) == nil {
            report("Schema is not configured to execute \(operation.kind.rawValue) operation.", operation.location)
        }
    }
}
