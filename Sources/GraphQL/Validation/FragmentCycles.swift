extension Validation {
    /// A fragment that contains itself has no end.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragment-spreads-must-not-form-cycles>
    mutating func checkFragmentCycles() {
        var done: Set<String> = []
        var path: [FragmentSpread] = []
        var places: [String: Int] = [:]

        func visit(_ name: String, _ validation: inout Validation) {
            guard done.insert(name).inserted else { return }
            places[name] = path.count
            for spread in validation.spreadsByOwner[.fragment(name)] ?? []
            where validation.fragments[spread.node.name] != nil {
                path.append(spread.node)
                if let place = places[spread.node.name] {
                    let cycle = path[place...]
                    let via = cycle.dropLast().map { "\"\($0.name)\"" }.joined(separator: ", ")
                    validation.report(
                        "Cannot spread fragment \"\(spread.node.name)\" within itself"
                            + (via.isEmpty ? "." : " via \(via)."), cycle.map(\.location))
                } else {
                    visit(spread.node.name, &validation)
                }
                path.removeLast()
            }
            places[name] = nil
        }
        for fragment in document.fragments { visit(fragment.name, &self) }
    }
}
