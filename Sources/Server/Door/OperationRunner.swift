package import Core

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
}

extension OperationRunner {
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
