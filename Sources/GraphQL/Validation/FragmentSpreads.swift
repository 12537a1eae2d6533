extension Validation {
    /// A fragment stands where it can apply: some object is of both types.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragment-spread-is-possible>
    mutating func checkFragmentSpreads() {
        for inline in inlines {
            guard let parent = inline.parent, let name = inline.node.condition,
                types.types[name]?.isComposite == true, !types.overlap(name, parent.name)
            else { continue }
            report(
                "Fragment cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(name)\".",
                inline.node.location)
        }
        for spread in spreads {
            guard let parent = spread.parent, let fragment = fragments[spread.node.name],
                types.types[fragment.condition]?.isComposite == true, !types.overlap(fragment.condition, parent.name)
            else { continue }
            report(
                "Fragment \"\(fragment.name)\" cannot be spread here as objects of type \"\(parent.name)\" "
                    + "can never be of type \"\(fragment.condition)\".", spread.node.location)
        }
    }
}
