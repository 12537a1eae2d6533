package import Core
public import GraphQL
package import Logging
public import Postgres

/// Hands what the doors decoded to the GraphQL engine.
package struct GraphQLRunner: OperationRunner {
    private let executor: Executor<RequestContext>
    private let services: Services
    private let facts: ServerFacts
    /// Subscriptions end with the session in which they began.
    private let watch: SessionWatch
    private let brake: RefusalBrake

    package init(schema: Schema<RequestContext>, services: Services, facts: ServerFacts, log: Logger) {
        self.services = services
        self.facts = facts
        watch = SessionWatch(accounts: services.accounts, hub: services.hub, clock: services.clock)
        brake = RefusalBrake(clock: services.clock)
        executor = Executor(schema: schema) { error in
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
        switch await executor.start(Request(request), context(for: caller, from: address)) {
        case .refused(let error):
            await brake.hold(address)
            return .refused(errors: error.errorsJSON)
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

    package func answer(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) async -> OperationAnswer {
        await begin(request, for: caller, from: address, queriesOnly: queriesOnly).value
    }

    package func begin(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) -> Eventual<OperationAnswer> {
        let request = Request(request)
        if queriesOnly {
            do throws(RequestError) {
                let kind = try executor.kind(of: request)
                if kind != .query { return .now(.wrongKind(kind.rawValue)) }
            } catch {
                return .later { await refuse(error, from: address) }
            }
        }
        switch executor.begin(request, context(for: caller, from: address)) {
        case .now(.answer(let bytes)): return .now(.executed(bytes))
        case .now(let started): return .later { await answer(started, from: address) }
        case .later(let wait): return .later { await answer(await wait(), from: address) }
        }
    }

    private func answer(_ started: Executor<RequestContext>.Started, from address: String?) async -> OperationAnswer {
        switch started {
        case .answer(let bytes): .executed(bytes)
        case .refused(let error): await refuse(error, from: address)
        case .stream: .wrongKind("subscription")
        }
    }

    private func refuse(_ error: RequestError, from address: String?) async -> OperationAnswer {
        await brake.hold(address)
        return .refused(error.answer)
    }

    private func context(for caller: Caller?, from address: String?) -> RequestContext {
        RequestContext(caller: caller, address: address, services: services, server: facts)
    }
}

extension Request {
    fileprivate init(_ request: OperationRequest) {
        self.init(request.query, operationName: request.operationName, variables: request.variables)
    }
}

extension DatabaseError: FieldErrorConvertible {
    public var fieldError: FieldError { FieldError(message, code: .unavailable) }

    /// What PostgreSQL says of a statement is no client's business.
    public var isForClients: Bool {
        switch self {
        case .unavailable, .connectionLost, .timeout, .cancelled, .conflict: true
        case .constraint, .server, .parameter, .decoding: false
        }
    }
}
