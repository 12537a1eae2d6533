extension Validation {
    /// Types that are named are types of the schema.
    /// Source: <https://spec.graphql.org/October2021/#sec-Fragment-Spread-Type-Existence>
    mutating func checkTypeNames() {
        for operation in operations {
            for variable in operation.variables { checkTypeName(variable.type.name, variable.typeNameLocation) }
        }
        for fragment in document.fragments { checkTypeName(fragment.condition, fragment.conditionLocation) }
        for inline in inlines {
            if let condition = inline.node.condition { checkTypeName(condition, inline.node.conditionLocation) }
        }
    }

    private mutating func checkTypeName(_ name: String, _ location: Location) {
        if types.types[name] != nil { return }
        report("Unknown type \"\(name)\"." + didYouMean(suggestions(for: name, among: types.types.keys)), location)
    }
}
