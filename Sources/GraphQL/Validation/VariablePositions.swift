extension Validation {
    /// A variable stands only where its type fits.
    /// Source: <https://spec.graphql.org/October2021/#sec-All-Variable-Usages-are-Allowed>
    mutating func checkVariablePositions() {
        for (number, operation) in operations.enumerated() where !operation.variables.isEmpty {
            let reached = reaches[number]
            let defined = Dictionary(
                operation.variables.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
            for input in inputs where reached.contains(input.owner) {
                if let type = input.type { check(input.value, type, hasDefault: input.hasDefault, defined) }
            }
        }
    }

    private mutating func check(
        _ value: ValueNode, _ type: TypeReference, hasDefault: Bool, _ defined: [String: VariableDefinition]
    ) {
        switch (value.kind, type.nullable) {
        case (.variable(let name), _):
            guard let variable = defined[name], types.types[variable.type.name] != nil,
                !allows(variable, type, hasDefault)
            else { return }
            report(
                "Variable \"$\(name)\" of type \"\(variable.type)\" used in position expecting type \"\(type)\".",
                variable.location, value.location)
        case (.list(let items), .list(let inner)):
            for item in items { check(item, inner, hasDefault: false, defined) }
        case (.list(let items), .named):
            // A list in a scalar that takes anything: its items are expected to be such scalars too, as elsewhere.
            for item in items { check(item, type.nullable, hasDefault: false, defined) }
        case (_, .list(let inner)): check(value, inner, hasDefault: false, defined)
        case (.object(let members), .named(let name)):
            guard case .input(let input)? = types.types[name] else { return }
            for member in members {
                guard let field = input.field(member.name) else { continue }
                check(member.value, field.type, hasDefault: field.defaultValue != nil, defined)
            }
        default: break
        }
    }

    /// Source: <https://spec.graphql.org/October2021/#IsVariableUsageAllowed()>
    private func allows(_ variable: VariableDefinition, _ place: TypeReference, _ hasDefault: Bool) -> Bool {
        if place.isNonNull, !variable.type.isNonNull {
            let isNeverNull = variable.defaultValue.map { $0.kind != .null } ?? false
            return (isNeverNull || hasDefault) && fits(variable.type, place.nullable)
        }
        return fits(variable.type, place)
    }

    private func fits(_ type: TypeReference, _ place: TypeReference) -> Bool {
        switch (type, place) {
        case (.nonNull(let type), .nonNull(let place)): fits(type, place)
        case (_, .nonNull): false
        case (.nonNull(let type), _): fits(type, place)
        case (.list(let type), .list(let place)): fits(type, place)
        case (.named(let type), .named(let place)): type == place
        default: false
        }
    }
}
