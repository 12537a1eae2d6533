extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Field-Selections>
    mutating func checkFieldNames() {
        for field in fields {
            guard let parent = field.parent, field.definition == nil, case .object(let object) = parent else {
                continue
            }
            let close = suggestions(for: field.node.name, among: object.fields.map(\.name))
            report(
                "Cannot query field \"\(field.node.name)\" on type \"\(parent.name)\"." + didYouMean(close),
                field.node.location)
        }
    }
}
