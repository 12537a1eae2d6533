package import Core

/// Executes operations for the doors. A door decodes, identifies the caller and encodes; no rule lives in it.
package protocol OperationRunner: Sendable {
    /// Executes `request` and hands each encoded result to `send`, which waits while the reader is slow and throws when it
    /// has gone.
    /// - Parameter caller: nil when nobody is signed in.
    func run(
        _ request: OperationRequest, for caller: Caller?, send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd
}

/// How an operation ended.
package enum OperationEnd: Equatable, Sendable {
    case complete
    /// It could not be begun, or its source failed. The payload is the encoded list of errors.
    case refused(errors: [UInt8])
}
