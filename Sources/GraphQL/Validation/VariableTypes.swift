extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Variables-Are-Input-Types>
    mutating func checkVariableTypes() {
        for operation in operations {
            for variable in operation.variables {
                guard let type = types.types[variable.type.name], !type.isInput else { continue }
                report(
                    "Variable \"$\(variable.name)\" cannot be non-input type \"\(variable.type)\".",
                    variable.typeLocation)
            }
        }
    }
}
