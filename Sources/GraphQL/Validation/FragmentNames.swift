extension Validation {
    /// Fragments have names of their own, and those that are spread exist.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragment-Name-Uniqueness>,
    /// <https://spec.graphql.org/October2021/#sec-Fragment-spread-target-defined>
    mutating func checkFragmentNames() {
        var seen: [String: Location] = [:]
        for fragment in document.fragments {
            if let first = seen[fragment.name] {
                report("There can be only one fragment named \"\(fragment.name)\".", first, fragment.nameLocation)
            } else {
                seen[fragment.name] = fragment.nameLocation
            }
        }
        for spread in spreads where fragments[spread.node.name] == nil {
            report("Unknown fragment \"\(spread.node.name)\".", spread.node.nameLocation)
        }
    }
}
