extension Validation {
    /// Only operations and fragments can be executed.
    /// Source: <https://spec.graphql.org/October2021/#sec-Executable-Definitions>
    mutating func checkExecutableDefinitions() {
        for case .typeSystem(let definition) in document.definitions {
            let name = definition.name.map { "\"\($0)\"" } ?? "schema"
            report("The \(name) definition is not executable.", definition.location)
        }
    }
}
