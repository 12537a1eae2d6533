extension Validation {
    /// Only what has fields can be asked for fields.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragments-On-Composite-Types>
    mutating func checkFragmentTypes() {
        for inline in inlines {
            guard let condition = inline.node.condition, let type = types.types[condition], !type.isComposite else {
                continue
            }
            report("Fragment cannot condition on non composite type \"\(condition)\".", inline.node.conditionLocation)
        }
        for fragment in document.fragments {
            guard let type = types.types[fragment.condition], !type.isComposite else { continue }
            report(
                "Fragment \"\(fragment.name)\" cannot condition on non composite type \"\(fragment.condition)\".",
                fragment.conditionLocation)
        }
    }
}
