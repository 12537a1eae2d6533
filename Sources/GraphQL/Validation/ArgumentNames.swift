extension Validation {
    /// Arguments that are given are declared, and given once.
    /// Source: <https://spec.graphql.org/October2021/#sec-Argument-Names>,
    /// <https://spec.graphql.org/October2021/#sec-Argument-Uniqueness>
    mutating func checkArgumentNames() {
        for arguments in arguments {
            for (name, places) in repeated(arguments.written.map { ($0.name, $0.location) }) {
                report("There can be only one argument named \"\(name)\".", places)
            }
            for node in arguments.written {
                guard let declared = arguments.declared, !declared.contains(where: { $0.name == node.name }) else {
                    continue
                }
                let close = suggestions(for: node.name, among: declared.map(\.name))
                report("Unknown argument \"\(node.name)\" on \(arguments.holder)." + didYouMean(close), node.location)
            }
        }
    }
}
