import JSON

/// One place of a request where a field is wanted: all its mentions that share a name in the answer.
package struct FieldSite<Context: GraphQLContext> {
    package let planner: Planner<Context>
    let nodes: [FieldSelection]

    var selections: [[Selection]] { nodes.map(\.selections) }
    var locations: [Location] { nodes.map(\.location) }
}

/// Turns an operation into typed plans, once for a request: fragments spread, equal fields merged, arguments read.
/// Source: <https://spec.graphql.org/October2021/#CollectFields()>
package final class Planner<Context: GraphQLContext> {
    let schema: Schema<Context>
    private let fragments: [String: Fragment]
    /// Values of the variables that the client set or that have a default.
    private let variables: [String: JSONValue]
    private let limits: Limits
    private var planned = 0
    private(set) var restrictions: [Restriction<Context>] = []

    init(schema: Schema<Context>, fragments: [String: Fragment], variables: [String: JSONValue], limits: Limits) {
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
        self.limits = limits
    }

    func object<Parent: Sendable>(
        _ type: Parent.Type, _ selections: [[Selection]]
    ) throws(RequestError) -> ObjectPlan<Context, Parent> {
        let fields = schema.fields(of: type)
        var collected = Collected()
        var visited: Set<String> = []
        for set in selections { try collect(set, for: fields.name, into: &collected, &visited) }
        var planned: [PlannedField<Context, Parent>] = []
        planned.reserveCapacity(collected.groups.count)
        for group in collected.groups { planned.append(try plan(group, in: fields)) }
        return ObjectPlan(planned)
    }

    private func plan<Parent: Sendable>(
        _ nodes: [FieldSelection], in fields: ObjectFields<Context, Parent>
    ) throws(RequestError) -> PlannedField<Context, Parent> {
        planned += 1
        if planned > limits.fields { throw RequestError("Operation has more than \(limits.fields) fields.") }
        let node = nodes[0]
        var encodedKey = fields.encodedKeys[node.key]
        if encodedKey == nil {
            var writer = JSONWriter()
            writer.name(node.key)
            encodedKey = writer.bytes
        }
        let step: FieldStep<Context, Parent>
        if node.name == "__typename" {
            step = .constant(Array("\"\(fields.name)\"".utf8))
        } else if let field = fields.fields[node.name] {
            let made = try field.plan(FieldSite(planner: self, nodes: nodes))
            step = restrict(made, to: field.access, FieldName(type: fields.name, field: node.name), field.isNullable)
        } else {
            throw RequestError("Cannot query field \"\(node.name)\" on type \"\(fields.name)\".")
        }
        return PlannedField(
            key: node.key, encodedKey: encodedKey ?? [], locations: nodes.map(\.location), step: step)
    }

    /// Puts the refusal, if there is one, in the place of the field.
    private func restrict<Parent: Sendable>(
        _ step: FieldStep<Context, Parent>, to access: Context.Access?, _ name: FieldName, _ isNullable: Bool
    ) -> FieldStep<Context, Parent> {
        guard let access else { return step }
        let number = restrictions.count
        restrictions.append(Restriction(access: access, field: name))
        switch step {
        case .constant: return step
        case .direct(let write):
            return .direct { parent, execution, output in
                guard let refusal = execution.refusals[number] else { return write(parent, execution, &output) }
                return output.fail(refusal, isNullable: isNullable)
            }
        case .staged(let fetch):
            return .staged { parents, execution in
                guard let refusal = execution.refusals[number] else { return await fetch(parents, execution) }
                return { _, _, output in output.fail(refusal, isNullable: isNullable) }
            }
        case .stream(let start):
            return .stream { execution in
                if let refusal = execution.refusals[number] { throw refusal }
                return try await start(execution)
            }
        }
    }

    // MARK: Fields of a selection

    /// Fields by the name that they have in the answer, in the order in which that is first mentioned.
    private struct Collected {
        var groups: [[FieldSelection]] = []
        private var places: [String: Int] = [:]

        mutating func add(_ field: FieldSelection) {
            if let place = places[field.key] {
                groups[place].append(field)
            } else {
                places[field.key] = groups.count
                groups.append([field])
            }
        }
    }

    private func collect(
        _ selections: [Selection], for type: String, into collected: inout Collected, _ visited: inout Set<String>
    ) throws(RequestError) {
        for selection in selections {
            switch selection {
            case .field(let field):
                if isIncluded(field.directives) { collected.add(field) }
            case .spread(let spread):
                guard isIncluded(spread.directives), visited.insert(spread.name).inserted,
                    let fragment = fragments[spread.name], fragment.condition == type
                else { continue }
                try collect(fragment.selections, for: type, into: &collected, &visited)
            case .inline(let inline):
                guard isIncluded(inline.directives), inline.condition == nil || inline.condition == type else {
                    continue
                }
                try collect(inline.selections, for: type, into: &collected, &visited)
            }
        }
    }

    /// Source: <https://spec.graphql.org/October2021/#sec--skip>
    private func isIncluded(_ directives: [Directive]) -> Bool {
        for directive in directives {
            guard directive.name == "skip" || directive.name == "include",
                let argument = directive.arguments.first(where: { $0.name == "if" }),
                case .bool(let value)? = json(argument.value)
            else { continue }
            if value == (directive.name == "skip") { return false }
        }
        return true
    }

    // MARK: Arguments

    /// The value of an argument as its Swift type. A client's mistake fails the field, not the request.
    /// Source: <https://spec.graphql.org/October2021/#CoerceArgumentValues()>
    func value<Read>(_ argument: Argument<Read>, in node: FieldSelection) throws(FieldError) -> Read {
        let written = node.arguments.first { $0.name == argument.name }
        do throws(InputError) {
            guard let value = written.flatMap({ json($0.value) }) else {
                return try argument.valueWhenUnsaid(schema.inputs)
            }
            return try argument.decode(value, schema.inputs)
        } catch {
            throw FieldError(
                "Argument \"\(argument.name)\" has invalid value: \(error.message)", code: .badInput)
        }
    }

    /// A written value as JSON; nil for a variable that was not set.
    private func json(_ value: ValueNode) -> JSONValue? { JSONValue(value, variables: variables) }
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
