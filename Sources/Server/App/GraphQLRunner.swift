package import Core
package import GraphQL
package import Logging
package import Postgres

/// Hands what the doors decoded to the GraphQL engine.
package struct GraphQLRunner: OperationRunner {
    private let executor: Executor<RequestContext>
    private let services: Services
    private let facts: ServerFacts
    /// Subscriptions end with the session in which they began.
    private let watch: SessionWatch

    package init(services: Services, facts: ServerFacts, log: Logger) throws(SchemaError) {
        self.services = services
        self.facts = facts
        watch = SessionWatch(accounts: services.accounts, hub: services.hub, clock: services.clock)
        executor = Executor(schema: try BaySchema.build()) { error in
            // The client gets this id and no more; the log has the rest.
            let id = String(UInt32.random(in: 0 ... .max), radix: 16)
            log.error("a resolver failed", metadata: ["id": "\(id)", "reason": "\(error)"])
            return id
        }
    }

    package func run(
        _ request: OperationRequest, for caller: Caller?, from address: String?,
        send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd {
        let context = RequestContext(caller: caller, address: address, services: services, server: facts)
        let request = Request(
            request.query, operationName: request.operationName, variables: request.variables)
        switch await executor.start(request, context) {
        case .refused(let error): return .refused(errors: error.errorsJSON)
        case .answer(let bytes):
            // Who does not take the answer has gone, and nobody is left to be told.
            try? await send(bytes)
            return .complete
        case .stream(let answers):
            guard let session = caller?.session else { return await Self.forward(answers, send) }
            return await withTaskGroup(of: OperationEnd?.self) { group in
                group.addTask { await Self.forward(answers, send) }
                group.addTask { await watch.end(of: session).map(\.operationEnd) }
                defer { group.cancelAll() }
                for await case let end? in group { return end }
                return .complete
            }
        }
    }

    private static func forward(
        _ answers: ResponseStream<RequestContext>, _ send: @Sendable ([UInt8]) async throws -> Void
    ) async -> OperationEnd {
        do throws(RequestError) {
            for try await bytes in answers {
                do { try await send(bytes) } catch { return .complete }
            }
            return .complete
        } catch {
            return .refused(errors: error.errorsJSON)
        }
    }
}

extension DatabaseError: FieldErrorConvertible {
    package var fieldError: FieldError { FieldError(message, code: .unavailable) }

    /// What PostgreSQL says of a statement is no client's business.
    package var isForClients: Bool {
        switch self {
        case .unavailable, .connectionLost, .timeout, .cancelled, .conflict: true
        case .constraint, .server, .parameter, .decoding: false
        }
    }
}
