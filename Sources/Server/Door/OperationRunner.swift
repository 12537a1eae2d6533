package import Core
package import GraphQL

/// Executes operations for the doors. A door decodes, identifies the caller and encodes; no rule lives in it.
package protocol OperationRunner: Sendable {
    /// Executes `request` and hands each encoded result to `send`, which waits while the reader is slow and throws when it
    /// has gone.
    /// - Parameters:
    ///   - caller: nil when nobody is signed in.
    ///   - address: where the client is, by which failed logins are counted; nil where that is not known.
    func run(
        _ request: OperationRequest, for caller: Caller?, from address: String?,
        send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd

    /// Executes a query or mutation for doors that give one answer to one request.
    /// - Parameter queriesOnly: nothing that changes anything may be run.
    func answer(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) async -> OperationAnswer

    /// The same for doors that would rather not wait: what is in memory is answered at once.
    func begin(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) -> Eventual<OperationAnswer>
}

extension OperationRunner {
    package func begin(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) -> Eventual<OperationAnswer> {
        .later { await answer(request, for: caller, from: address, queriesOnly: queriesOnly) }
    }

    package func run(
        _ request: OperationRequest, for caller: Caller?, send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd {
        await run(request, for: caller, from: nil, send: send)
    }
}

/// How an operation ended.
package enum OperationEnd: Equatable, Sendable {
    case complete
    /// It could not be begun, or its source failed. The payload is the encoded list of errors.
    case refused(errors: [UInt8])
}

/// The whole answer to an operation, encoded: an object with `data`, `errors` or both.
package enum OperationAnswer: Equatable, Sendable {
    case executed([UInt8])
    /// The document does not fit: it is no GraphQL, not of this schema, or its variables are not what it says.
    case refused([UInt8])
    /// It would have changed something, or is a subscription, which nobody asked for here.
    case wrongKind(String)
}
