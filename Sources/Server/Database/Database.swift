public import Logging
import Synchronization

/// PostgreSQL as the rest of Bay sees it: statements, transactions, notifications, and whether it is there at all.
///
/// Without `run()` connections are opened when they are needed. While `run()` runs, the link is watched: when PostgreSQL
/// goes away statements fail at once with `.unavailable`, and when it is back they work again.
public final class Database: Queryable {
    public struct Limits: Sendable {
        public var connections = 8
        /// How many may wait for a connection.
        public var waiters = 4096
        public var waitTime: Duration = .seconds(5)
        public init() {}
    }

    public let options: ConnectionOptions
    private let pool: ConnectionPool
    private let statements = Atomic<Int>(0)
    /// Listens for notifications, and tells by its own fate whether PostgreSQL is there.
    public let listener: Listener
    private let changes = TableChanges()
    /// Not the function itself: what is generic keeps functions in wrappings, and a `Mutex` adds one each time that somebody looks
    /// at what it keeps. After a hundred thousand looks a call has no room on the stack.
    private struct Follower {
        let hear: @Sendable (Rows) -> Void
    }
    private let ownEvents = Mutex<Follower?>(nil)
    private let ownCommits = Atomic<Int>(0)

    public init(
        _ options: ConnectionOptions, limits: Limits = Limits(), logger: Logger = Logger(label: "bay.database")
    ) {
        self.options = options
        let listener = Listener(options, logger)
        self.listener = listener
        pool = ConnectionPool(options, limits) { trouble in
            switch trouble {
            case .unavailable, .connectionLost: listener.check()
            default: break
            }
        }
    }

    /// How many statements were run outside of transactions, which is where lists are read: a figure for who wants to know
    /// that their number does not grow with the number of rows.
    public var statementCount: Int { statements.load(ordering: .relaxed) }

    /// Opens a connection for whoever comes first. Whether that works is told to them.
    public func warmUp() async { _ = try? await rows("SELECT 1 AS one") }

    /// Hears of rows that transactions of this process changed, before whoever asked for the change does.
    /// - Parameter handler: is given the ids of the rows, or nil for any rows of the table, their number included.
    public func follow(_ table: String, _ handler: @escaping @Sendable (Set<String>?) -> Void) {
        changes.follow(table, handler)
    }

    /// Hears of events that transactions of this process wrote, as soon as they are committed and those who follow tables
    /// have heard: before PostgreSQL notifies everybody. There is one who does.
    /// - Parameter handler: is given their rows, with the columns of `EventOutbox`.
    public func followOwnEvents(_ handler: @escaping @Sendable (Rows) -> Void) {
        ownEvents.withLock { $0 = Follower(hear: handler) }
    }

    /// Whether events are being committed that whoever follows own events is about to hear of.
    public var isCommittingEvents: Bool { ownCommits.load(ordering: .relaxed) > 0 }

    /// Watches the link until the task is cancelled.
    public func run() async {
        await listener.run(onUp: { [pool] in pool.recover() }, onDown: { [pool] in await pool.fail($0) })
        await pool.fail(.unavailable(reason: "bayd is stopping"))
    }

    /// The state of the link now and after each change. Ends with `run()`.
    public func linkStates() -> AsyncStream<LinkState> { listener.linkStates() }
    public var linkState: LinkState { listener.linkState }

    public func rows(_ statement: Statement) async throws(DatabaseError) -> Rows {
        statements.wrappingAdd(1, ordering: .relaxed)
        let connection = try await pool.borrow()
        defer { pool.giveBack(connection) }
        return try await connection.query(statement)
    }

    /// Runs a statement that is short, locks nothing and changes nothing. It may share its connection with others like it, and
    /// when its task is cancelled it goes on unseen.
    public func read(_ statement: Statement) async throws(DatabaseError) -> Rows {
        statements.wrappingAdd(1, ordering: .relaxed)
        guard let connection = try await pool.borrowToRead() else {
            // Whoever leaves gives it back at once: the statement is cancelled.
            let connection = try await pool.borrow()
            defer { pool.giveBack(connection) }
            return try await connection.query(statement)
        }
        return try await connection.query(amongOthers: statement) { [pool] in pool.giveBackRead(connection) }
    }

    public func rows(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        self.statements.wrappingAdd(statements.count, ordering: .relaxed)
        let connection = try await pool.borrow()
        defer { pool.giveBack(connection) }
        return try await connection.query(statements, cancellable: true)
    }

    /// Runs `body` in a transaction, which is committed when it returns, and rolled back when it throws or when the task
    /// is cancelled before the end.
    ///
    /// With `attempts` above 1 the whole is run anew after a conflict with another transaction; `body` must then have no
    /// effect outside the database.
    @discardableResult
    nonisolated(nonsending)
        public func transaction<T>(
            isolation: IsolationLevel = .readCommitted, attempts: Int = 1,
            _ body: nonisolated(nonsending) (Transaction) async throws -> T
        ) async throws -> T
    {
        for _ in 1..<max(1, attempts) {
            do { return try await attempt(isolation, body) } catch let error as DatabaseError where error.isRetryable {}
        }
        return try await attempt(isolation, body)
    }

    nonisolated(nonsending)
        private func attempt<T>(
            _ isolation: IsolationLevel, _ body: nonisolated(nonsending) (Transaction) async throws -> T
        ) async throws -> T
    {
        let connection = try await pool.borrow()
        defer { pool.giveBack(connection) }
        let transaction = Transaction(on: connection, isolation)
        let value: T
        let events: Rows?
        let follower = ownEvents.withLock { $0 }
        var isCounted = false
        defer { if isCounted { ownCommits.subtract(1, ordering: .relaxed) } }
        do {
            // Told whatever the end was: of a commit whose answer was lost nobody knows.
            defer { changes.tell(transaction.changes) }
            do {
                value = try await body(transaction)
                if Task.isCancelled { throw DatabaseError.cancelled }
                if follower != nil, transaction.hasEvents {
                    ownCommits.add(1, ordering: .relaxed)
                    isCounted = true
                }
                events = try await transaction.commit(readsEvents: follower != nil)
            } catch {
                await transaction.rollback()
                throw error
            }
        }
        transaction.finish()
        if let events { follower?.hear(events) }
        return value
    }
}
