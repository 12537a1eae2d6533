import JSON

/// Source: <https://spec.graphql.org/October2021/#CoerceVariableValues()>
extension PreparedDocument {
    /// The variables that have a value, checked against their types.
    func coerce(
        _ given: JSONObject, for operation: Operation, _ types: TypeSystem
    ) throws(RequestError) -> [String: JSONValue] {
        if operation.variables.isEmpty { return [:] }
        var values: [String: JSONValue] = [:]
        var errors: [ResponseError] = []
        for variable in operation.variables {
            func report(_ message: String) {
                errors.append(
                    ResponseError(
                        FieldError(message, code: .badInput), positions: [SourcePosition(variable.location, in: source)]
                    )
                )
            }
            guard let value = given[variable.name] else {
                if let standard = variable.defaultValue {
                    values[variable.name] = JSONValue(standard, variables: [:])
                } else if variable.type.isNonNull {
                    report("Variable \"$\(variable.name)\" of required type \"\(variable.type)\" was not provided.")
                }
                continue
            }
            if value.isNull, variable.type.isNonNull {
                report("Variable \"$\(variable.name)\" of non-null type \"\(variable.type)\" must not be null.")
                continue
            }
            var check = VariableCheck(types: types)
            check.check(value, variable.type, "")
            values[variable.name] = value
            for problem in check.problems {
                let place = problem.path.isEmpty ? "" : " at \"\(variable.name)\(problem.path)\""
                report(
                    "Variable \"$\(variable.name)\" got invalid value \(problem.value.text)\(place); \(problem.message)"
                )
            }
        }
        if !errors.isEmpty { throw RequestError(errors) }
        return values
    }
}

/// Finds what in a variable's value does not fit its type.
private struct VariableCheck {
    struct Problem {
        var path: String
        var value: JSONValue
        var message: String
    }

    let types: TypeSystem
    var problems: [Problem] = []

    mutating func check(_ value: JSONValue, _ type: TypeReference, _ path: String) {
        switch (type, value) {
        case (.nonNull(let inner), .null):
            add(path, value, "Expected non-nullable type \"\(inner)!\" not to be null.")
        case (.nonNull(let inner), _): check(value, inner, path)
        case (_, .null): break
        case (.list(let inner), .array(let items)):
            for (index, item) in items.enumerated() { check(item, inner, "\(path)[\(index)]") }
        case (.list(let inner), _): check(value, inner, path)
        case (.named(let name), _):
            switch types.types[name] {
            case .scalar(let scalar):
                guard let message = scalar.problem(value) else { break }
                let isBuiltIn = TypeSystem.builtIn.contains(name)
                add(path, value, isBuiltIn ? message : "Expected type \"\(name)\". \(message)")
            case .enumeration(let type):
                if case .string(let word) = value {
                    if !type.values.contains(where: { $0.name == word }) {
                        let close = closestNames(to: word, among: type.values.map(\.name))
                        let hint = didYouMean("the enum value", close)
                        add(path, value, "Value \"\(word)\" does not exist in \"\(name)\" enum." + hint)
                    }
                } else {
                    add(path, value, "Enum \"\(name)\" cannot represent non-string value: \(value.text).")
                }
            case .input(let type): check(value, type, path)
            case .object, .interface, .union, nil: add(path, value, "\"\(name)\" is not an input type.")
            }
        }
    }

    private mutating func check(_ value: JSONValue, _ type: InputType, _ path: String) {
        guard case .object(let object) = value else {
            add(path, value, "Expected type \"\(type.name)\" to be an object.")
            return
        }
        for field in type.fields {
            if let member = object[field.name] {
                check(member, field.type, "\(path).\(field.name)")
            } else if field.isRequired {
                add(path, value, "Field \"\(field.name)\" of required type \"\(field.type)\" was not provided.")
            }
        }
        for member in object.members where type.field(member.name) == nil && problems.count < 20 {
            let hint = didYouMean(closestNames(to: member.name, among: type.fields.map(\.name)))
            add(path, value, "Field \"\(member.name)\" is not defined by type \"\(type.name)\"." + hint)
        }
    }

    private mutating func add(_ path: String, _ value: JSONValue, _ message: @autoclosure () -> String) {
        // A client that sends ten thousand wrong values learns of the first ones.
        if problems.count < 20 { problems.append(Problem(path: path, value: value, message: message())) }
    }
}
