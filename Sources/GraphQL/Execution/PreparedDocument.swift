import JSON
import Synchronization

/// A document that was parsed and found to fit the schema: what requests with the same text share.
final class PreparedDocument<Context: GraphQLContext>: Sendable {
    let source: [UInt8]
    let fragments: [String: Fragment]
    private let operations: [Operation]
    /// The variables on which it depends whether something is left out.
    private let switches: [String]
    private let plans = Mutex<[Plan<Context>]>([])
    private let size = Atomic(256)

    /// How long the last answer was: a good guess for the next one.
    var lastSize: Int {
        get { size.load(ordering: .relaxed) }
        set { size.store(newValue, ordering: .relaxed) }
    }

    init(_ text: String, _ types: TypeSystem, _ limits: Limits) throws(RequestError) {
        let source = Array(text.utf8)
        self.source = source
        let document: Document
        do throws(SyntaxError) {
            document = try Document(parsing: source, limits: limits)
        } catch {
            throw RequestError([
                ResponseError(
                    FieldError(error.message, code: .parseFailed),
                    positions: [SourcePosition(error.location, in: source)])
            ])
        }
        try document.validate(against: types, limits, source)
        operations = document.operations
        switches = document.switches
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// More plans than this are made anew each time: a document with many switches has very many.
    private let maximumPlans = 16

    func plan(
        _ operation: Operation, _ variables: [String: JSONValue], _ schema: Schema<Context>, _ limits: Limits
    ) throws(RequestError) -> Plan<Context> {
        let set = switches.map { variables[$0]?.bool }
        // Nearly always one: looking through them beats hashing.
        let known = plans.withLock { plans -> Plan<Context>? in
            for place in plans.indices {
                let plan = plans[place]
                if plan.operation == operation.name, plan.switches == set { return plan }
            }
            return nil
        }
        if let known { return known }
        let plan = try Plan(
            operation, switches: set,
            Planner(
                schema: schema, fragments: fragments, switches: Dictionary(uniqueKeysWithValues: zip(switches, set)),
                limits: limits))
        plans.withLock { if $0.count < maximumPlans { $0.append(plan) } }
        return plan
    }

    /// Source: <https://spec.graphql.org/October2021/#GetOperation()>
    func operation(_ name: String?) throws(RequestError) -> Operation {
        if let name {
            guard let operation = operations.first(where: { $0.name == name }) else {
                throw RequestError("Unknown operation named \"\(name)\".", code: .operationResolution)
            }
            return operation
        }
        guard let operation = operations.first else {
            throw RequestError("Must provide an operation.", code: .operationResolution)
        }
        if operations.count > 1 {
            throw RequestError(
                "Must provide operation name if query contains multiple operations.", code: .operationResolution)
        }
        return operation
    }
}

extension Document {
    /// The names of the variables that stand in `@skip` and `@include`, each once.
    fileprivate var switches: [String] {
        var names: Set<String> = []
        func visit(_ directives: [Directive]) {
            for directive in directives where directive.name == "skip" || directive.name == "include" {
                for argument in directive.arguments { argument.value.forEachVariable { name, _ in names.insert(name) } }
            }
        }
        func visit(_ selections: [Selection]) {
            for selection in selections {
                switch selection {
                case .field(let field):
                    visit(field.directives)
                    visit(field.selections)
                case .spread(let spread): visit(spread.directives)
                case .inline(let inline):
                    visit(inline.directives)
                    visit(inline.selections)
                }
            }
        }
        for operation in operations { visit(operation.selections) }
        for fragment in fragments { visit(fragment.selections) }
        return names.sorted()
    }
}
