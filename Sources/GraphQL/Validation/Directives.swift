extension Validation {
    /// Directives are known, stand where they may and at most once.
    /// Source: <https://spec.graphql.org/October2021/#sec-Validation.Directives>
    mutating func checkDirectives() {
        var seen: [String: Location] = [:]
        for directive in directives {
            let name = directive.node.name
            guard let definition = directive.definition else {
                report("Unknown directive \"@\(name)\".", directive.node.location)
                continue
            }
            if !definition.locations.contains(directive.place) {
                report(
                    "Directive \"@\(name)\" may not be used on \(directive.place.rawValue).", directive.node.location)
            }
            let place = "\(directive.group) \(name)"
            if let first = seen[place] {
                report(
                    "The directive \"@\(name)\" can only be used once at this location.", first,
                    directive.node.location)
            } else {
                seen[place] = directive.node.location
            }
        }
    }
}
