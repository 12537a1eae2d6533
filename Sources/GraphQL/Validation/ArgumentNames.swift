extension Validation {
    /// Arguments that are given are declared, and given once.
    /// Source: <https://spec.graphql.org/October2021/#sec-Argument-Names>,
    /// <https://spec.graphql.org/October2021/#sec-Argument-Uniqueness>
    mutating func checkArgumentNames() {
        for arguments in arguments {
            var seen: [String: Location] = [:]
            for node in arguments.written {
                if let first = seen[node.name] {
                    report("There can be only one argument named \"\(node.name)\".", first, node.location)
                } else {
                    seen[node.name] = node.location
                }
                guard let declared = arguments.declared, !declared.contains(where: { $0.name == node.name }) else {
                    continue
                }
                let close = suggestions(for: node.name, among: declared.map(\.name))
                report("Unknown argument \"\(node.name)\" on \(arguments.holder)." + didYouMean(close), node.location)
            }
        }
    }
}
