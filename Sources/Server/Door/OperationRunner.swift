package import Core

/// Executes operations for the doors. A door decodes, identifies the caller and encodes; no rule lives in it.
package protocol OperationRunner: Sendable {
    /// Executes `request` and hands each encoded result to `send`, which waits while the reader is slow and throws when it
    /// has gone. Returns when the operation is complete.
    func run(
        _ request: OperationRequest, for caller: Caller, send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async
}
