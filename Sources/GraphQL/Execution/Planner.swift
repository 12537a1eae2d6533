import JSON

/// One place of a request where a field is wanted: all its mentions that share a name in the answer.
public struct FieldSite<Context: GraphQLContext> {
    public let planner: Planner<Context>
    /// The field by the names of the schema.
    let name: FieldName
    let nodes: [FieldSelection]

    var selections: [[Selection]] { nodes.map(\.selections) }

    /// What reads the arguments when the field is executed.
    var arguments: ArgumentReader {
        ArgumentReader(
            written: nodes[0].arguments, inputs: planner.schema.inputs,
            declared: planner.schema.types.object(name.type)?.field(name.field)?.arguments ?? [])
    }
}

/// Turns an operation into typed plans: fragments spread, equal fields merged, fields left out that the request does not
/// want. Plans outlive requests; the values of arguments are read when a field is executed.
/// Source: <https://spec.graphql.org/October2021/#CollectFields()>
public final class Planner<Context: GraphQLContext> {
    let schema: Schema<Context>
    private let fragments: [String: Fragment]
    /// The variables on which it depends what is left out.
    private let switches: [String: Bool?]
    private let limits: Limits
    private var planned = 0
    private(set) var restrictions: [Restriction<Context>] = []

    init(schema: Schema<Context>, fragments: [String: Fragment], switches: [String: Bool?], limits: Limits) {
        self.schema = schema
        self.fragments = fragments
        self.switches = switches
        self.limits = limits
    }

    func object<Parent: Sendable>(
        _ type: Parent.Type, _ selections: [[Selection]]
    ) throws(RequestError) -> ObjectPlan<Context, Parent> {
        let fields = schema.fields(of: type)
        var collected = Collected()
        var visited: Set<String> = []
        for set in selections { try collect(set, for: fields.name, into: &collected, &visited) }
        var planned: [(FieldPlace, FieldStep<Context, Parent>)] = []
        for group in collected.groups { planned.append(try plan(group, in: fields)) }
        return ObjectPlan(planned)
    }

    func abstract<Value: GraphQLAbstract>(
        _ type: Value.Type, _ selections: [[Selection]]
    ) throws(RequestError) -> AbstractPlan<Context, Value> {
        let fields = schema.fields(of: type)
        var branches: [Branch<Context, Value>] = []
        for possible in fields.branches { branches.append(try possible.branch(self, selections)) }
        return AbstractPlan(fields.name, branches)
    }

    private func plan<Parent: Sendable>(
        _ nodes: [FieldSelection], in fields: ObjectFields<Context, Parent>
    ) throws(RequestError) -> (FieldPlace, FieldStep<Context, Parent>) {
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
            let name = FieldName(type: fields.name, field: node.name)
            let made = try field.plan(FieldSite(planner: self, name: name, nodes: nodes))
            step = restrict(made, to: field.access, name, field.isNullable)
        } else {
            throw RequestError("Cannot query field \"\(node.name)\" on type \"\(fields.name)\".")
        }
        return (FieldPlace(key: node.key, encodedKey: encodedKey ?? [], locations: nodes.map(\.location)), step)
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
        case .leaf(let write):
            // The name is written by then, also above a refusal.
            return .direct { parent, execution, output in
                guard let refusal = execution.refusals[number] else { return write(parent, [], &output) }
                return output.fail(refusal, isNullable: isNullable)
            }
        case .staged(let fetch):
            return .staged { parents, execution in
                guard let refusal = execution.refusals[number] else { return fetch(parents, execution) }
                return .now { _, output in output.fail(refusal, isNullable: isNullable) }
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
                    let fragment = fragments[spread.name], schema.types.applies(fragment.condition, to: type)
                else { continue }
                try collect(fragment.selections, for: type, into: &collected, &visited)
            case .inline(let inline):
                guard isIncluded(inline.directives),
                    inline.condition.map({ schema.types.applies($0, to: type) }) ?? true
                else { continue }
                try collect(inline.selections, for: type, into: &collected, &visited)
            }
        }
    }

    /// Source: <https://spec.graphql.org/October2021/#sec--skip>
    private func isIncluded(_ directives: [Directive]) -> Bool {
        for directive in directives {
            guard directive.name == "skip" || directive.name == "include",
                let argument = directive.arguments.first(where: { $0.name == "if" })
            else { continue }
            let value: Bool? =
                switch argument.value.kind {
                case .boolean(let value): value
                case .variable(let name): switches[name] ?? nil
                default: nil
                }
            if value == (directive.name == "skip") { return false }
        }
        return true
    }
}
