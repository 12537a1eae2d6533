import CPostgres
import Glibc
import Synchronization

/// One connection to PostgreSQL, which never blocks: statements go out as they come, answers come back in that order.
///
/// Each statement ends with a `Sync` of its own, so that the failure of one leaves the others alone. Those of a batch share
/// one: behind the first that fails none of them is run.
///
/// The actor has Swift's default executor, not a queue of its own: a caller then enters it without a change of threads,
/// which would cost as much as a short statement itself. For the same reason an answer that is expected at once is
/// awaited on the spot, for a time too short to matter to anybody else (`directWait`); all others are read on the thread
/// of `SocketWatch`.
public actor PostgresConnection {
    let options: ConnectionOptions
    let handle: PostgresHandle
    private let socket: Int32
    private let onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)?

    private(set) var watch: UInt64 = 0
    private var isArmed = false
    private(set) var needsFlush = false

    private var requests = RequestQueue()
    /// When to give the connection up, if the first of them is not done by then.
    var giveUpAt: ContinuousClock.Instant?
    /// Since when the first of them has been waited for (`monotonicNanoseconds`), or 0 if there is none.
    nonisolated private let busySince = Atomic<Int64>(0)

    private var statements: StatementCache
    private var closeWaiters: [CheckedContinuation<DatabaseError, Never>] = []

    /// Why the connection is no longer usable. To be read without waiting, by whoever keeps connections.
    nonisolated private let closeReason = Mutex<DatabaseError?>(nil)
    public nonisolated var isOpen: Bool { closeReason.withLock { $0 == nil } }

    /// Where a statement takes longer than this (nanoseconds), nobody else's is sent behind it.
    private static let longestShared: Int64 = 10_000_000

    /// Statements that run anywhere in the process.
    static let running = Atomic<Int>(0)

    public static func open(
        _ options: ConnectionOptions,
        onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)? = nil
    ) async throws(DatabaseError) -> PostgresConnection {
        let handle = try await blocking { () throws(DatabaseError) in
            let handle = try PostgresHandle.open(options)
            unsafe PQsetnonblocking(handle.raw, 1)
            unsafe PQenterPipelineMode(handle.raw)
            return handle
        }
        let connection = PostgresConnection(handle, options, onNotification)
        await connection.start()
        return connection
    }

    private init(
        _ handle: PostgresHandle, _ options: ConnectionOptions,
        _ onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)?
    ) {
        self.handle = handle
        self.options = options
        self.onNotification = onNotification
        socket = handle.socket
        statements = StatementCache(capacity: options.preparedStatements)
    }

    deinit { SocketWatch.shared.remove(watch) }

    private func start() {
        watch = SocketWatch.shared.add(socket) { [weak self] event in
            // The border to the watching thread, where the task runs, and ends as soon as the actor has read what there is.
            Task(executorPreference: SocketWatch.shared) { await self?.handle(event) }
        }
        if onNotification != nil { arm() }
    }

    // MARK: Statements

    /// Runs one statement.
    public func query(_ statement: Statement) async throws(DatabaseError) -> Rows {
        try await query(statement, cancellable: true)
    }

    func query(_ statement: Statement, cancellable: Bool) async throws(DatabaseError) -> Rows {
        if cancellable, Task.isCancelled { throw .cancelled }
        let request = try send(statement)
        return try await answer(to: request, cancellable: cancellable)
    }

    /// Sends a statement, and waits for its answer if that is worth while.
    func begin(_ statement: Statement, _ whenOver: @escaping @Sendable () -> Void) throws(DatabaseError) -> Request {
        do throws(DatabaseError) {
            if Task.isCancelled { throw .cancelled }
            let request = try send(statement)
            // It is over already where the connection broke while it was sent.
            guard !request.isDone else {
                whenOver()
                return request
            }
            request.whenOver = whenOver
            _ = hasAnswer(request)
            return request
        } catch {
            whenOver()
            throw error
        }
    }

    /// Whether the statement that is waited for now takes longer than those that share a connection should.
    nonisolated var isStalled: Bool {
        let since = busySince.load(ordering: .relaxed)
        return since != 0 && monotonicNanoseconds() - since > Self.longestShared
    }

    /// Runs statements in one round trip, one after the other. Behind one that fails none is run; its failure is thrown.
    /// Outside of a transaction they are one of their own.
    func query(_ statements: [Statement], cancellable: Bool) async throws(DatabaseError) -> [Rows] {
        if cancellable, Task.isCancelled { throw .cancelled }
        // Before the first is on its way: half a batch would wait for its end.
        for statement in statements { if let problem = statement.parameters.problem { throw problem } }
        var batch: [Request] = []
        for (index, statement) in statements.enumerated() {
            batch.append(try send(statement, isLast: index == statements.count - 1))
        }
        guard let last = batch.last else { return [] }
        do throws(DatabaseError) { _ = try await answer(to: last, cancellable: cancellable) } catch {
            // Told by the first of them that failed.
        }
        var answers: [Rows] = []
        for request in batch {
            if last.wasCancelled, case .timeout = request.failure { throw .cancelled }
            answers.append(try request.outcome())
        }
        return answers
    }

    private func answer(to request: Request, cancellable: Bool) async throws(DatabaseError) -> Rows {
        if hasAnswer(request) { return try request.outcome() }
        if cancellable {
            await withTaskCancellationHandler {
                await request.wait()
            } onCancel: {
                // The border to a callback: the task ends with the request.
                Task { await self.cancel(request) }
            }
        } else {
            await request.wait()
        }
        // A wish to cancel that is still on its way must not hit the statement after this one.
        if request.isCancelling { await withCheckedContinuation { request.cancelSent = $0 } }
        return try request.outcome()
    }

    /// Puts a statement on its way, or together with the last one of its batch.
    private func send(_ statement: Statement, isLast: Bool = true) throws(DatabaseError) -> Request {
        if let reason = closeReason.withLock({ $0 }) { throw reason }
        if let problem = statement.parameters.problem { throw problem }
        let known = statements.use(statement)
        if known == nil { forgetOldest() }
        let entry = known ?? statements.make(statement)
        let isNew = known == nil
        let sent = unsafe statement.parameters.withPointers { types, values, lengths, formats in
            let count = Int32(statement.parameters.entries.count)
            if isNew, unsafe PQsendPrepare(handle.raw, entry.name, statement.text, count, types) != 1 { return false }
            guard unsafe PQsendQueryPrepared(handle.raw, entry.name, count, values, lengths, formats, 1) == 1 else {
                return false
            }
            return unsafe !isLast || PQpipelineSync(handle.raw) == 1
        }
        guard sent else {
            close(.connectionLost(reason: handle.errorText))
            throw .connectionLost(reason: handle.errorText)
        }
        if isNew { statements.keep(entry) }
        let request = Request(entry, isPreparing: isNew, isLast: isLast)
        if requests.isEmpty { busySince.store(request.start, ordering: .relaxed) }
        requests.append(request)
        if isLast {
            Self.running.add(1, ordering: .relaxed)
            flush()
        }
        return request
    }

    /// Makes room for one more prepared statement: the one whose last use is longest ago goes.
    private func forgetOldest() {
        // Inside a transaction that failed, PostgreSQL would refuse. The list may then grow until the transaction ends.
        guard requests.isEmpty, unsafe PQtransactionStatus(handle.raw) == PQTRANS_IDLE else { return }
        while let oldest = statements.takeOldestIfFull() {
            guard
                unsafe PQsendQueryParams(handle.raw, "DEALLOCATE \(oldest.name)", 0, nil, nil, nil, nil, 1) == 1,
                unsafe PQpipelineSync(handle.raw) == 1
            else { return close(.connectionLost(reason: handle.errorText)) }
            requests.append(Request(nil, isPreparing: false))
            Self.running.add(1, ordering: .relaxed)
        }
    }

    // MARK: The socket

    private func handle(_ event: SocketWatch.Event) {
        guard isOpen else { return }
        switch event {
        case .ready:
            isArmed = false
            receive()
            if isOpen, !requests.isEmpty || onNotification != nil { arm() }
        case .deadline:
            guard !requests.isEmpty, let giveUpAt else { return }
            if giveUpAt > .now { return SocketWatch.shared.setDeadline(watch, giveUpAt) }
            close(.connectionLost(reason: "the server did not answer in time"))
        }
    }

    func arm() {
        guard isOpen, !isArmed else { return }
        isArmed = true
        SocketWatch.shared.arm(watch, socket, writing: needsFlush)
    }

    func armDeadline() {
        guard giveUpAt == nil, options.statementTimeout > .zero else { return }
        giveUpAt = .now + options.statementTimeout + ConnectionOptions.answerGrace
        SocketWatch.shared.setDeadline(watch, giveUpAt)
    }

    private func flush() {
        let result = unsafe PQflush(handle.raw)
        if result < 0 { return close(.connectionLost(reason: handle.errorText)) }
        if needsFlush != (result == 1) {
            needsFlush = result == 1
            if isArmed, needsFlush {
                // Watched for reading only so far.
                isArmed = false
                arm()
            }
        }
    }

    /// Takes in what has arrived and ends the requests that are answered.
    func receive() {
        let arrived = unsafe PQconsumeInput(handle.raw) == 1
        if needsFlush { flush() }
        var isEndOfMessage = false
        while let request = requests.first, isOpen, unsafe PQisBusy(handle.raw) == 0 {
            guard let result = unsafe PQgetResult(handle.raw) else {
                // Nil stands between the results of two messages. On a connection that broke nothing else comes.
                if isEndOfMessage { break }
                isEndOfMessage = true
                continue
            }
            isEndOfMessage = false
            let status = unsafe PQresultStatus(result)
            if status == PGRES_PIPELINE_SYNC {
                unsafe PQclear(result)
                finishFirst()
                continue
            }
            request.pending -= 1
            switch status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                let storage = unsafe ResultStorage(adopting: result, known: request.prepared?.columns)
                // The answer to the preparation, if there was one, has no columns; that of the statement comes later.
                request.rows = storage
                if !storage.columns.isEmpty { request.prepared?.columns = storage.columns }
            case PGRES_PIPELINE_ABORTED:
                unsafe PQclear(result)
                request.failure = request.failure ?? .server(.afterFailure)
            default:
                let error = unsafe ServerError(result)
                unsafe PQclear(result)
                request.failure = request.failure ?? DatabaseError(error)
                request.sqlState = error.sqlState
            }
            if request.pending == 0, !request.isLast { finishFirst() }
        }
        drainNotifications()
        let status = unsafe PQstatus(handle.raw)
        if !arrived || status == CONNECTION_BAD {
            // What the server said before it went tells more than that it went.
            var reason = handle.errorText
            if case .connectionLost(let said)? = requests.first?.failure { reason = said }
            close(.connectionLost(reason: reason))
        }
    }

    private func finishFirst() {
        let request = requests.removeFirst()
        if requests.isEmpty {
            busySince.store(0, ordering: .relaxed)
            if giveUpAt != nil { SocketWatch.shared.setDeadline(watch, nil) }
            giveUpAt = nil
        } else {
            // The time of the next one begins. The watch finds out when it looks for this one.
            busySince.store(monotonicNanoseconds(), ordering: .relaxed)
            if giveUpAt != nil { giveUpAt = .now + options.statementTimeout + ConnectionOptions.answerGrace }
        }
        // A statement that could not be prepared, or whose tables changed under it, is prepared anew when it comes again.
        if let entry = request.prepared, request.failure != nil,
            request.isPreparing || request.sqlState == "0A000" || request.sqlState == "26000"
        {
            statements.forget(entry)
        }
        if request.wasCancelled, case .timeout = request.failure { request.failure = .cancelled }
        finish(request)
    }

    private func finish(_ request: Request) {
        // Of a batch all answers come at once, and the last one is waited for.
        if request.isLast {
            Self.running.subtract(1, ordering: .relaxed)
            request.prepared?.learn((monotonicNanoseconds() - request.start) / 1000)
        }
        request.end()
    }

    private func drainNotifications() {
        while let note = unsafe PQnotifies(handle.raw) {
            let channel = unsafe String(cString: note.pointee.relname)
            let payload = unsafe String(cString: note.pointee.extra)
            unsafe PQfreemem(note)
            onNotification?(channel, payload)
        }
    }

    // MARK: The end

    /// Closes the connection. Statements under way fail.
    public func close() { close(.unavailable(reason: "the connection was closed")) }

    private func close(_ reason: DatabaseError) {
        let isFirst = closeReason.withLock { old in
            defer { old = old ?? reason }
            return old == nil
        }
        guard isFirst else { return }
        SocketWatch.shared.remove(watch)
        // The server is told now, not when the last reference goes.
        shutdown(socket, Int32(SHUT_RDWR))
        for request in requests.removeAll() {
            request.failure = reason
            if request.isLast { Self.running.subtract(1, ordering: .relaxed) }
            request.end()
            request.endCancelling()
        }
        for waiter in closeWaiters { waiter.resume(returning: reason) }
        closeWaiters = []
    }

    /// Waits until the connection is closed, by whomever, and tells why.
    func closed() async -> DatabaseError {
        if let reason = closeReason.withLock({ $0 }) { return reason }
        return await withCheckedContinuation { closeWaiters.append($0) }
    }
}
