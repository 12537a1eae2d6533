import Synchronization

/// What a transaction sees of what others commit meanwhile. PostgreSQL manual, chapter 13.2.
public enum IsolationLevel: Sendable {
    case readCommitted, repeatableRead, serializable

    var begin: Statement {
        switch self {
        case .readCommitted: "BEGIN"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}

/// A transaction under way. It is of use only inside the closure that it was given to.
public final class Transaction: Queryable {
    private struct State {
        var begin: Statement?
        var isOver = false
        var events: [NewEvent] = []
        var changes: [(table: String, ids: Set<String>?)] = []
    }

    private let connection: PostgresConnection
    private let state: Mutex<State>

    init(on connection: PostgresConnection, _ isolation: IsolationLevel) {
        self.connection = connection
        // `BEGIN` goes out together with the first statement, in one round trip.
        state = Mutex(State(begin: isolation.begin))
    }

    public func rows(_ statement: Statement) async throws(DatabaseError) -> Rows {
        let (begin, isOver) = state.withLock { state in
            defer { if !state.isOver { state.begin = nil } }
            return (state.begin, state.isOver)
        }
        if isOver { throw .unavailable(reason: "the transaction is over") }
        if let begin { return try await connection.query(begin, then: statement, cancellable: true) }
        return try await connection.query(statement)
    }

    /// Writes an event with this transaction, right before it is committed: see `EventOutbox`.
    public func record(_ event: NewEvent) { state.withLock { $0.events.append(event) } }

    /// Says which rows of a table this transaction changes, or that it may change any, for those who keep them in memory:
    /// see `Database.follow`.
    public func changes(_ table: String, _ ids: Set<String>? = nil) {
        state.withLock { $0.changes.append((table, ids)) }
    }

    var changes: [(table: String, ids: Set<String>?)] { state.withLock { $0.changes } }

    /// Commits, and says whether it was told so. Not to be stopped half-way by a cancellation.
    func commit() async throws(DatabaseError) {
        let end = state.withLock { state in
            state.isOver = true
            return (begin: state.begin, events: state.events)
        }
        if end.events.isEmpty {
            if end.begin == nil { try confirm(await connection.query("COMMIT", cancellable: false)) }
            return
        }
        if let begin = end.begin { _ = try await connection.query(begin, cancellable: false) }
        let append = EventOutbox.append(end.events)
        try confirm(await connection.query(append, then: "COMMIT", cancellable: false))
    }

    /// PostgreSQL answers the `COMMIT` of a transaction in which a statement failed with `ROLLBACK`.
    private func confirm(_ rows: Rows) throws(DatabaseError) {
        if rows.tag == "COMMIT" { return }
        throw .server(ServerError(sqlState: "25P02", message: "a statement of the transaction failed"))
    }

    func rollback() async {
        let hasBegun = state.withLock { state in
            state.isOver = true
            return state.begin == nil
        }
        guard hasBegun else { return }
        // When it fails the connection is gone, and the transaction with it.
        do { _ = try await connection.query("ROLLBACK", cancellable: false) } catch { await connection.close() }
    }
}
