public import JSON

/// The written arguments of a field.
public struct ArgumentReader: Sendable {
    let written: [ArgumentNode]
    let inputs: InputObjects
    /// What the schema says about them.
    let declared: [InputValueDefinition]

    /// The value of an argument as its Swift type. A client's mistake fails the field, not the request.
    /// Source: <https://spec.graphql.org/October2021/#CoerceArgumentValues()>
    @usableFromInline func value<Read>(_ argument: Argument<Read>, _ variables: [String: JSONValue]) throws(FieldError)
        -> Read
    {
        let node = written.first { $0.name == argument.name }
        do throws(InputError) {
            guard let node else { return try argument.valueWhenUnsaid(inputs) }
            guard let value = JSONValue(node.value, variables: variables) else {
                // It is a variable that was not set.
                if Read.inputType.isNonNull, !argument.hasDefault {
                    throw InputError(
                        "of required type \"\(type(of: argument))\" was provided the variable \"\(node.value)\" "
                            + "which was not provided a runtime value.")
                }
                return try argument.valueWhenUnsaid(inputs)
            }
            if value.isNull, Read.inputType.isNonNull {
                throw InputError("of non-null type \"\(type(of: argument))\" must not be null.")
            }
            do throws(InputError) {
                return try argument.decode(value, inputs)
            } catch {
                throw InputError("has invalid value: \(error.message)")
            }
        } catch {
            var failure = FieldError("Argument \"\(argument.name)\" \(error.message)", code: .badInput)
            if let node { failure.location = node.value.location }
            throw failure
        }
    }

    private func type<Read>(of argument: Argument<Read>) -> String {
        declared.first { $0.name == argument.name }?.type.description ?? argument.name
    }
}

extension JSONValue {
    /// A written value as JSON, variables replaced; nil for a variable that was not set.
    init?(_ value: ValueNode, variables: [String: JSONValue]) {
        switch value.kind {
        case .variable(let name):
            guard let set = variables[name] else { return nil }
            self = set
        case .int(let digits):
            if let whole = Int(digits) { self = .int(whole) } else { self = .double(Double(digits) ?? .infinity) }
        case .float(let digits): self = .double(Double(digits) ?? .infinity)
        case .string(let text), .enumeration(let text): self = .string(text)
        case .boolean(let truth): self = .bool(truth)
        case .null: self = .null
        case .list(let items):
            // A variable that was not set is null in a list, and not there in an object.
            self = .array(items.map { JSONValue($0, variables: variables) ?? .null })
        case .object(let members):
            self = .object(
                JSONObject(
                    members.compactMap { member in
                        JSONValue(member.value, variables: variables).map { JSONObject.Member(member.name, $0) }
                    }))
        }
    }
}
