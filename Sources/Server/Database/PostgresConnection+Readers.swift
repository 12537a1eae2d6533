extension PostgresConnection {
    /// Runs a statement behind those of others that are under way. When its task is cancelled it is waited for no longer,
    /// but goes on: a wish to cancel could hit one of the others.
    /// - Parameter whenOver: called once the connection has nothing more to do with it.
    public nonisolated func query(
        amongOthers statement: Statement, whenOver: @escaping @Sendable () -> Void = {}
    ) async throws(DatabaseError) -> Rows {
        let request = try await begin(statement, whenOver)
        // Not on the actor: it may be reading the next answers, and this one need not wait for them.
        await withTaskCancellationHandler {
            await request.wait()
        } onCancel: {
            request.abandon()
        }
        return try request.outcome()
    }
}
