extension Validation {
    /// Objects are asked for fields, scalars and enums are not.
    /// Source: <https://spec.graphql.org/October2021/#sec-Leaf-Field-Selections>
    mutating func checkSelections() {
        for field in fields {
            guard let definition = field.definition, let type = types.types[definition.type.name] else { continue }
            let name = field.node.name
            if type.isComposite, !field.node.hasSelections {
                report(
                    "Field \"\(name)\" of type \"\(definition.type)\" must have a selection of subfields. "
                        + "Did you mean \"\(name) { ... }\"?", field.node.location)
            } else if !type.isComposite, field.node.hasSelections {
                report(
                    "Field \"\(name)\" must not have a selection since type \"\(definition.type)\" has no subfields.",
                    field.node.selectionsLocation)
            }
        }
    }
}
