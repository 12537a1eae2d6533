import JSON

/// The answers of a subscription, each a whole `{"data":…}`. An error of the source ends it with that error; who stops
/// asking, or cancels the task that asks, ends the source.
/// Source: <https://spec.graphql.org/October2021/#MapSourceToResponseEvent()>
public struct ResponseStream<Context: GraphQLContext>: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = RequestError

    private let source: EventSource<Context>
    private let root: ObjectPlan<Context, SubscriptionRoot>
    private let document: PreparedDocument<Context>
    private let execution: Execution<Context>

    init(
        starting root: ObjectPlan<Context, SubscriptionRoot>, _ document: PreparedDocument<Context>,
        _ execution: Execution<Context>
    ) async throws(RequestError) {
        guard root.places.count == 1, let start = root.stream else {
            throw RequestError("A subscription must select one field.")
        }
        self.root = root
        self.document = document
        self.execution = execution
        do {
            source = try await start(execution)
        } catch {
            throw Self.failure(error, self.root, document, execution)
        }
    }

    private static func failure(
        _ error: any Error, _ root: ObjectPlan<Context, SubscriptionRoot>, _ document: PreparedDocument<Context>,
        _ execution: Execution<Context>
    ) -> RequestError {
        let error = execution.fieldError(error)
        let locations = error.location.map { [$0] } ?? root.places[0].locations
        return RequestError([
            ResponseError(
                error, positions: locations.map { SourcePosition($0, in: document.source) },
                path: [.field(root.places[0].key)])
        ])
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self, source: source.makeNext()) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let stream: ResponseStream
        private var source: EventSource<Context>.Next?

        fileprivate init(stream: ResponseStream, source: @escaping EventSource<Context>.Next) {
            self.stream = stream
            self.source = source
        }

        public mutating func next() async throws(RequestError) -> [UInt8]? { try await next(isolation: nil) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RequestError) -> [UInt8]? {
            guard let source else { return nil }
            do {
                guard let slot = try await source(actor, stream.execution) else {
                    self.source = nil
                    return nil
                }
                return stream.document.answer(stream.root, SubscriptionRoot(), [slot], stream.execution)
            } catch {
                self.source = nil
                if error is CancellationError { return nil }
                throw ResponseStream.failure(error, stream.root, stream.document, stream.execution)
            }
        }
    }
}
