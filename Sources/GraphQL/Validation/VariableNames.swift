extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Variable-Uniqueness>
    mutating func checkVariableNames() {
        for operation in operations {
            for (name, places) in repeated(operation.variables.map { ($0.name, $0.nameLocation) }) {
                report("There can be only one variable named \"$\(name)\".", places)
            }
        }
    }

    /// The names that occur more than once, with all their places, in the order in which they occur first.
    func repeated(_ names: [(name: String, location: Location)]) -> [(name: String, places: [Location])] {
        if names.count < 2 { return [] }
        var groups: [(name: String, places: [Location])] = []
        var known: [String: Int] = [:]
        for (name, location) in names {
            if let group = known[name] {
                groups[group].places.append(location)
            } else {
                known[name] = groups.count
                groups.append((name, [location]))
            }
        }
        return groups.filter { $0.places.count > 1 }
    }
}
