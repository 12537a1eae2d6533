extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragments-Must-Be-Used>
    mutating func checkFragmentUse() {
        let used = reaches.reduce(into: Set<Owner>()) { $0.formUnion($1) }
        for fragment in document.fragments where !used.contains(.fragment(fragment.name)) {
            report("Fragment \"\(fragment.name)\" is never used.", fragment.location)
        }
    }
}
