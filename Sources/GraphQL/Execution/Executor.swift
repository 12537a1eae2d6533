public import JSON

/// What a client sent.
public struct Request: Sendable {
    public var query: String
    public var operationName: String?
    public var variables: JSONObject

    public init(_ query: String, operationName: String? = nil, variables: JSONObject = JSONObject()) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }
}

/// Runs requests against a schema.
///
///     let executor = Executor(schema: try Schema.build([machineSchema, snapshotSchema])) { error in log(error) }
///     let json = await executor.execute(Request("{ machines { id } }"), context)
public struct Executor<Context: GraphQLContext>: Sendable {
    public let schema: Schema<Context>
    private let limits: Limits
    private let onUnexpectedError: UnexpectedErrorHandler
    private let now: @Sendable () -> ContinuousClock.Instant
    private let documents: DocumentCache

    /// - Parameters:
    ///   - cachedDocuments: how many documents are kept parsed, validated and planned.
    ///   - cachedBytes: how long they may be together.
    ///   - now: the clock by which the time limit is kept.
    ///   - onUnexpectedError: is given what a resolver threw that was not meant for clients, and answers the id under
    ///     which it was logged; the client sees that id alone.
    public init(
        schema: Schema<Context>, limits: Limits = Limits(), cachedDocuments: Int = 500, cachedBytes: Int = 1 << 20,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        onUnexpectedError: @escaping UnexpectedErrorHandler
    ) {
        self.schema = schema
        self.limits = limits
        self.now = now
        self.onUnexpectedError = onUnexpectedError
        documents = DocumentCache(capacity: cachedDocuments, bytes: cachedBytes)
    }

    /// How many documents are kept, and how long they are together.
    public var cachedDocuments: (documents: Int, bytes: Int) { documents.size }

    /// What a request turned out to be.
    public enum Started: Sendable {
        /// A query or mutation was executed: the whole answer.
        case answer([UInt8])
        /// A subscription runs.
        case stream(ResponseStream<Context>)
        /// Nothing was executed.
        case refused(RequestError)
    }

    /// The single entry for doors that take all kinds of operation.
    public func start(_ request: Request, _ context: Context) async -> Started {
        await begin(request, context).value
    }

    /// The same for those who would rather not wait: a query of what is in memory has its answer at once.
    public func begin(_ request: Request, _ context: Context) -> Eventual<Started> {
        do throws(RequestError) {
            let document = try prepared(request.query)
            let operation = try document.operation(request.operationName)
            let variables = try document.coerce(request.variables, for: operation, schema.types)
            let plan = try document.plan(operation, variables, schema, limits)
            let execution = Execution(
                context: context, schema: schema, variables: variables, restrictions: plan.restrictions,
                limits: limits, now: now, onUnexpectedError: onUnexpectedError)
            switch plan.root {
            case .query(let root):
                return root.prepare([QueryRoot()], execution).map {
                    .answer(document.answer(root, QueryRoot(), $0, execution))
                }
            case .mutation(let root):
                return .later {
                    let slots = await root.prepareSerially(MutationRoot(), execution)
                    return .answer(document.answer(root, MutationRoot(), slots, execution))
                }
            case .subscription(let root):
                return .later {
                    do throws(RequestError) {
                        return .stream(try await ResponseStream(starting: root, document, execution))
                    } catch {
                        return .refused(error)
                    }
                }
            }
        } catch {
            return .now(.refused(error))
        }
    }

    /// Runs a query or mutation to its end. A refused request is an answer too: `{"errors":[…]}`.
    public func execute(_ request: Request, _ context: Context) async -> [UInt8] {
        switch await start(request, context) {
        case .answer(let bytes): bytes
        case .refused(let error): error.answer
        case .stream: RequestError("subscriptions are not available here", code: .badInput).answer
        }
    }

    /// Starts a subscription.
    public func subscribe(
        _ request: Request, _ context: Context
    ) async throws(RequestError) -> ResponseStream<Context> {
        switch await start(request, context) {
        case .stream(let stream): return stream
        case .refused(let error): throw error
        case .answer: throw RequestError("this is not a subscription", code: .badInput)
        }
    }

    /// Which kind of operation a request is, without running it.
    public func kind(of request: Request) throws(RequestError) -> Operation.Kind {
        try prepared(request.query).operation(request.operationName).kind
    }

    /// Throws what would keep a request from being executed, and does not execute it.
    public func check(_ request: Request) throws(RequestError) {
        let document = try prepared(request.query)
        _ = try document.coerce(
            request.variables, for: try document.operation(request.operationName), schema.types)
    }

    /// The document from the cache, else parsed and validated.
    private func prepared(_ text: String) throws(RequestError) -> PreparedDocument<Context> {
        // One that is too long is none of those known: looking for it would cost more than refusing it.
        if text.utf8.count <= limits.documentBytes, let known: PreparedDocument<Context> = documents.document(text) {
            return known
        }
        let made = try PreparedDocument<Context>(text, schema.types, limits)
        documents.keep(made, for: text)
        return made
    }
}

/// The plan of one operation.
final class Plan<Context: GraphQLContext>: Sendable {
    enum Root {
        case query(ObjectPlan<Context, QueryRoot>)
        case mutation(ObjectPlan<Context, MutationRoot>)
        case subscription(ObjectPlan<Context, SubscriptionRoot>)
    }

    let operation: String?
    /// What the variables in `@skip` and `@include` had.
    let switches: [Bool?]
    let root: Root
    let restrictions: [Restriction<Context>]

    init(_ operation: Operation, switches: [Bool?], _ planner: Planner<Context>) throws(RequestError) {
        self.operation = operation.name
        self.switches = switches
        switch operation.kind {
        case .query: root = .query(try planner.object(QueryRoot.self, [operation.selections]))
        case .mutation: root = .mutation(try planner.object(MutationRoot.self, [operation.selections]))
        case .subscription: root = .subscription(try planner.object(SubscriptionRoot.self, [operation.selections]))
        }
        restrictions = planner.restrictions
    }
}

extension PreparedDocument {
    /// A whole answer: the errors, if there are any, and the data, or null in its place.
    func answer<Root: RootObject>(
        _ root: ObjectPlan<Context, Root>, _ parent: Root, _ slots: [SlotWrite],
        _ execution: Execution<Context>
    ) -> [UInt8] {
        var output = Output(reserving: lastSize, limits: execution.limits)
        output.writer.beginObject()
        output.writer.name("data")
        let start = output.writer.count
        _ = output.orNull { output in root.write(parent, slots, 0, execution, &output) }
        let end = output.writer.count
        output.writer.endObject()
        if let reason = output.stopped { return RequestError([ResponseError(reason)]).answer(withData: true) }
        lastSize = output.writer.count
        if output.errors.isEmpty { return output.writer.bytes }
        // Errors come first, so that nobody overlooks them behind much data: the data moves, once.
        var writer = JSONWriter(reserving: end + 256 * output.errors.count)
        writer.beginObject()
        writer.name("errors")
        writer.write(output.errors.map { responseError($0) })
        writer.name("data")
        writer.encoded(output.writer.bytes(start..<end))
        writer.endObject()
        return writer.bytes
    }

    private func responseError(_ failure: Output.Failure) -> ResponseError {
        ResponseError(
            failure.error, positions: failure.locations.map { SourcePosition($0, in: source) },
            path: failure.reversedPath.reversed())
    }
}
