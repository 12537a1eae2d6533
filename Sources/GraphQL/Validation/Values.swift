import JSON

extension Validation {
    /// Written values fit the types of their places.
    /// Source: <https://spec.graphql.org/October2021/#sec-Values-of-Correct-Type>
    mutating func checkValues() {
        for input in inputs {
            checkMemberNames(input.value)
            if let type = input.type { check(input.value, type) }
        }
    }

    /// Source: <https://spec.graphql.org/October2021/#sec-Input-Object-Field-Uniqueness>
    private mutating func checkMemberNames(_ value: ValueNode) {
        switch value.kind {
        case .list(let items): for item in items { checkMemberNames(item) }
        case .object(let members):
            var seen: [String: Location] = [:]
            for member in members {
                if let first = seen[member.name] {
                    report("There can be only one input field named \"\(member.name)\".", first, member.location)
                } else {
                    seen[member.name] = member.location
                }
                checkMemberNames(member.value)
            }
        default: break
        }
    }

    /// - Parameter place: the type as the schema writes it at this place, for messages.
    private mutating func check(_ value: ValueNode, _ type: TypeReference, at place: TypeReference? = nil) {
        let place = place ?? type
        switch (value.kind, type) {
        case (.variable, _): break
        case (.null, .nonNull): report("Expected value of type \"\(type)\", found null.", value.location)
        case (.null, _): break
        case (_, .nonNull(let inner)): check(value, inner, at: place)
        case (.list(let items), .list(let inner)): for item in items { check(item, inner) }
        case (_, .list(let inner)): check(value, inner)
        case (let kind, .named(let name)):
            // A list in the place of a single value is told what its items should have been.
            let place = if case .list = kind { type } else { place }
            switch types.types[name] {
            case .scalar(let scalar): check(value, scalar, place)
            case .enumeration(let type): check(value, type)
            case .input(let type): check(value, type, place)
            case .object, .interface, .union, nil: break
            }
        }
    }

    private mutating func check(_ value: ValueNode, _ type: InputType, _ place: TypeReference) {
        guard case .object(let members) = value.kind else {
            report("Expected value of type \"\(place)\", found \(value).", value.location)
            return
        }
        for field in type.fields where field.isRequired {
            if members.contains(where: { $0.name == field.name }) { continue }
            report(
                "Field \"\(type.name).\(field.name)\" of required type \"\(field.type)\" was not provided.",
                value.location)
        }
        for member in members {
            if let field = type.field(member.name) {
                check(member.value, field.type)
            } else {
                let close = suggestions(for: member.name, among: type.fields.map(\.name))
                report(
                    "Field \"\(member.name)\" is not defined by type \"\(type.name)\"." + didYouMean(close),
                    member.location)
            }
        }
    }

    private mutating func check(_ value: ValueNode, _ type: EnumType) {
        let names = type.values.map(\.name)
        if case .enumeration(let word) = value.kind {
            if names.contains(word) { return }
            report(
                "Value \"\(word)\" does not exist in \"\(type.name)\" enum."
                    + didYouMean("the enum value", suggestions(for: word, among: names)), value.location)
        } else {
            let close = suggestions(for: value.description, among: names)
            report(
                "Enum \"\(type.name)\" cannot represent non-enum value: \(value)."
                    + didYouMean("the enum value", close), value.location)
        }
    }

    private mutating func check(_ value: ValueNode, _ scalar: ScalarType, _ place: TypeReference) {
        if let message = Self.problem(value, scalar, place) { report(message, value.location) }
    }

    private static func problem(_ value: ValueNode, _ scalar: ScalarType, _ place: TypeReference) -> String? {
        switch (scalar.name, value.kind) {
        case ("Int", .int(let digits)):
            return Int32(digits) == nil ? "Int cannot represent non 32-bit signed integer value: \(value)" : nil
        case ("Float", .int), ("Float", .float), ("String", .string), ("Boolean", .boolean): return nil
        case ("Int", _): return "Int cannot represent non-integer value: \(value)"
        case ("Float", _): return "Float cannot represent non numeric value: \(value)"
        case ("String", _): return "String cannot represent a non string value: \(value)"
        case ("Boolean", _): return "Boolean cannot represent a non boolean value: \(value)"
        case ("ID", .int), ("ID", .string): return nil
        case ("ID", _): return "ID cannot represent a non-string and non-integer value: \(value)"
        case (_, .enumeration(let word)) where !scalar.acceptsWords:
            let reason = scalar.problem(.string(word)).map { "; \($0)" } ?? "."
            return "Expected value of type \"\(place)\", found \(value)\(reason)"
        default:
            // Variables in it count as not set: what they hold is checked again when the argument is read.
            guard let json = JSONValue(value, variables: [:]), let message = scalar.problem(json) else { return nil }
            return "Expected value of type \"\(place)\", found \(value); \(message)"
        }
    }
}
