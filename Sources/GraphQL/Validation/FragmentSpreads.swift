extension Validation {
    /// A fragment stands where it can apply. All composite types are objects today, so the types must be the same.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragment-spread-is-possible>
    mutating func checkFragmentSpreads() {
        for inline in inlines {
            guard let parent = inline.parent, let name = inline.node.condition, name != parent.name,
                types.types[name]?.isComposite == true
            else { continue }
            report(
                "Fragment cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(name)\".",
                inline.node.location)
        }
        for spread in spreads {
            guard let parent = spread.parent, let fragment = fragments[spread.node.name],
                fragment.condition != parent.name, types.types[fragment.condition]?.isComposite == true
            else { continue }
            report(
                "Fragment \"\(fragment.name)\" cannot be spread here as objects of type \"\(parent.name)\" "
                    + "can never be of type \"\(fragment.condition)\".", spread.node.location)
        }
    }
}
