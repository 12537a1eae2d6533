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
        var endings: [@Sendable () -> Void] = []
    }

    private let connection: PostgresConnection
    private let state: Mutex<State>

    init(on connection: PostgresConnection, _ isolation: IsolationLevel) {
        self.connection = connection
        // `BEGIN` goes out together with the first statements, in one round trip.
        state = Mutex(State(begin: isolation.begin))
    }

    public func rows(_ statement: Statement) async throws(DatabaseError) -> Rows {
        if let begin = try takeBegin([statement]) {
            return try await connection.query([begin, statement], cancellable: true)[1]
        }
        return try await connection.query(statement)
    }

    public func rows(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        guard let begin = try takeBegin(statements) else {
            return try await connection.query(statements, cancellable: true)
        }
        return Array(try await connection.query([begin] + statements, cancellable: true).dropFirst())
    }

    /// What has to go out before these statements, if anything has. It is not taken when one of them cannot be sent: those
    /// that come after it would be in no transaction.
    private func takeBegin(_ statements: [Statement]) throws(DatabaseError) -> Statement? {
        if Task.isCancelled { throw .cancelled }
        for statement in statements { if let problem = statement.parameters.problem { throw problem } }
        let (begin, isOver) = state.withLock { state in
            defer { if !state.isOver { state.begin = nil } }
            return (state.begin, state.isOver)
        }
        if isOver { throw .unavailable(reason: "the transaction is over") }
        return begin
    }

    /// Writes an event with this transaction, right before it is committed: see `EventOutbox`.
    public func record(_ event: NewEvent) { state.withLock { $0.events.append(event) } }

    var hasEvents: Bool { state.withLock { !$0.events.isEmpty } }

    /// Says which rows of a table this transaction changes, or that it may change any, for those who keep them in memory:
    /// see `Database.follow`.
    public func changes(_ table: String, _ ids: Set<String>? = nil) {
        state.withLock { $0.changes.append((table, ids)) }
    }

    var changes: [(table: String, ids: Set<String>?)] { state.withLock { $0.changes } }

    /// Has `body` run once this is committed, before anybody is told of its events: for what is kept in memory beside rows.
    public func whenCommitted(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.endings.append(body) } }

    /// It is committed.
    func finish() { for ending in state.withLock({ $0.endings }) { ending() } }

    /// Commits, and says whether it was told so. Not to be stopped half-way by a cancellation.
    /// - Parameter readsEvents: whether the events are wanted, as they are now in the outbox.
    func commit(readsEvents: Bool) async throws(DatabaseError) -> Rows? {
        let end = state.withLock { state in
            state.isOver = true
            // It goes out with the events, so there is something to roll back if that fails.
            defer { if !state.events.isEmpty { state.begin = nil } }
            return (begin: state.begin, events: state.events)
        }
        if end.events.isEmpty {
            if end.begin == nil { try confirm(await connection.query("COMMIT", cancellable: false)) }
            return nil
        }
        var batch = end.begin.map { [$0] } ?? []
        batch.append(EventOutbox.append(end.events))
        // In the same packet, which costs less than to ask once more when PostgreSQL notifies.
        if readsEvents { batch.append(EventOutbox.newest(end.events.count)) }
        batch.append("COMMIT")
        let answers = try await connection.query(batch, cancellable: false)
        // There are as many answers as statements.
        try confirm(answers[answers.count - 1])
        return readsEvents ? answers[answers.count - 2] : nil
    }

    /// PostgreSQL answers the `COMMIT` of a transaction in which a statement failed with `ROLLBACK`.
    private func confirm(_ rows: Rows) throws(DatabaseError) {
        if rows.tag == "COMMIT" { return }
        throw .server(.afterFailure)
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
