import Glibc
import Synchronization

/// Lends connections, at most `limits.connections` at a time; who comes when all are lent waits in line.
final class ConnectionPool: Sendable {
    private typealias Outcome = Result<PostgresConnection, DatabaseError>

    private struct Waiter {
        var id: UInt64
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        /// The connection used last comes first: its statements are prepared and its memory is warm.
        var idle: [PostgresConnection] = []
        /// Lent to several readers at once, and to how many.
        var shared: [(connection: PostgresConnection, readers: Int)] = []
        /// Lent, idle and being opened.
        var count = 0
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        /// Why no connection can be had at all.
        var outage: DatabaseError?
    }

    private let options: ConnectionOptions
    private let limits: Database.Limits
    private let state = Mutex(State())
    private let timer = Mutex<UInt64>(0)
    /// Called when a connection broke or could not be opened.
    private let onTrouble: @Sendable (DatabaseError) -> Void

    init(
        _ options: ConnectionOptions, _ limits: Database.Limits,
        onTrouble: @escaping @Sendable (DatabaseError) -> Void
    ) {
        self.options = options
        self.limits = limits
        self.onTrouble = onTrouble
        let token = SocketWatch.shared.add(-1) { [weak self] _ in self?.expire() }
        timer.withLock { $0 = token }
    }

    deinit { SocketWatch.shared.remove(timer.withLock { $0 }) }

    private enum Ticket {
        case connection(PostgresConnection)
        case open
        case wait
        case fail(DatabaseError)
    }

    func borrow() async throws(DatabaseError) -> PostgresConnection {
        let ticket = state.withLock { state -> Ticket in
            while let connection = state.idle.popLast() {
                if connection.isOpen { return .connection(connection) }
                state.count -= 1
            }
            if let outage = state.outage { return .fail(outage) }
            if state.count < limits.connections {
                state.count += 1
                return .open
            }
            if state.waiters.count >= limits.waiters {
                return .fail(.unavailable(reason: "\(limits.waiters) others wait for a connection already"))
            }
            return .wait
        }
        switch ticket {
        case .connection(let connection): return connection
        case .open: return try await open()
        case .wait: return try await wait()
        case .fail(let error): throw error
        }
    }

    func giveBack(_ connection: PostgresConnection) {
        let isOpen = connection.isOpen
        let waiter = state.withLock { state -> Waiter? in
            if isOpen, state.outage == nil {
                if !state.waiters.isEmpty { return state.waiters.removeFirst() }
                state.idle.append(connection)
                return nil
            }
            state.count -= 1
            return nil
        }
        if let waiter { return waiter.continuation.resume(returning: .success(connection)) }
        if !isOpen {
            onTrouble(.connectionLost(reason: "a connection broke"))
            replace()
        }
    }

    /// Lends a connection to somebody whose statements are short and change nothing, together with others of that kind. Nil
    /// where one of their own is better: those that are shared are stalled.
    ///
    /// PostgreSQL then finds the next statement when it is done with one, and fewer of its processes take turns. Those who
    /// wait for a connection of their own come first.
    func borrowToRead() async throws(DatabaseError) -> PostgresConnection? {
        let (found, isFull) = state.withLock { state -> (PostgresConnection?, Bool) in
            guard state.shared.count >= meetingPlaces else { return (nil, false) }
            guard state.waiters.isEmpty, state.outage == nil else { return (nil, true) }
            let usable = state.shared.indices.prefix(meetingPlaces).filter { place in
                let (connection, readers) = state.shared[place]
                return readers < Self.maximumReaders && connection.isOpen && !connection.isStalled
            }
            guard let place = usable.min(by: { state.shared[$0].readers < state.shared[$1].readers }) else {
                return (nil, true)
            }
            state.shared[place].readers += 1
            return (state.shared[place].connection, true)
        }
        if let found { return found }
        if isFull { return nil }
        let connection = try await borrow()
        state.withLock { $0.shared.append((connection, 1)) }
        return connection
    }

    func giveBackRead(_ connection: PostgresConnection) {
        let isLast = state.withLock { state in
            // Whoever gives one back has borrowed it.
            let place = state.shared.firstIndex { $0.connection === connection }!
            state.shared[place].readers -= 1
            guard state.shared[place].readers == 0 else { return false }
            state.shared.remove(at: place)
            return true
        }
        if isLast { giveBack(connection) }
    }

    /// How many may read on one connection at a time.
    private static let maximumReaders = 64

    /// On how many connections readers meet: as many as there are processors for, and never on most of them.
    private var meetingPlaces: Int { max(1, min(Self.processors, limits.connections / 2)) }
    private static let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))

    /// Opens a connection that is counted already.
    private func open() async throws(DatabaseError) -> PostgresConnection {
        do throws(DatabaseError) { return try await PostgresConnection.open(options) } catch {
            state.withLock { $0.count -= 1 }
            onTrouble(error)
            replace()
            throw error
        }
    }

    /// Opens a connection for the first who waits, in place of one that went.
    private func replace() {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty, state.count < limits.connections else { return nil }
            if state.outage == nil { state.count += 1 }
            return state.waiters.removeFirst()
        }
        guard let waiter else { return }
        if let outage = state.withLock({ $0.outage }) { return waiter.continuation.resume(returning: .failure(outage)) }
        // Owned by the waiter, who ends with it.
        Task {
            do throws(DatabaseError) { waiter.continuation.resume(returning: .success(try await open())) } catch {
                waiter.continuation.resume(returning: .failure(error))
            }
        }
    }

    // MARK: Waiting

    private func wait() async throws(DatabaseError) -> PostgresConnection {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in enqueue(id, continuation) }
        } onCancel: {
            drop(id)
        }
        return try outcome.get()
    }

    private func enqueue(_ id: UInt64, _ continuation: CheckedContinuation<Outcome, Never>) {
        let deadline = ContinuousClock.now + limits.waitTime
        let (early, isFirst) = state.withLock { state -> (Outcome?, Bool) in
            // Between asking and queueing up somebody may have given a connection back, or the task was cancelled.
            if Task.isCancelled { return (.failure(.cancelled), false) }
            if let outage = state.outage { return (.failure(outage), false) }
            if let connection = state.idle.popLast() { return (.success(connection), false) }
            state.waiters.append(Waiter(id: id, deadline: deadline, continuation: continuation))
            return (nil, state.waiters.count == 1)
        }
        if let early { return continuation.resume(returning: early) }
        // All wait equally long, so the first in line is the first whose time is up.
        if isFirst { SocketWatch.shared.setDeadline(timer.withLock { $0 }, deadline) }
    }

    private func drop(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: .failure(.cancelled))
    }

    private func expire() {
        let now = ContinuousClock.now
        let (late, next) = state.withLock { state in
            let count = state.waiters.firstIndex { $0.deadline > now } ?? state.waiters.count
            let late = Array(state.waiters[..<count])
            state.waiters.removeFirst(count)
            return (late, state.waiters.first?.deadline)
        }
        let reason = "all \(limits.connections) connections were in use for \(limits.waitTime)"
        for waiter in late { waiter.continuation.resume(returning: .failure(.unavailable(reason: reason))) }
        if let next { SocketWatch.shared.setDeadline(timer.withLock { $0 }, next) }
    }

    // MARK: Outages

    /// From now on who asks for a connection is refused at once, until `recover`.
    func fail(_ reason: DatabaseError) async {
        let (idle, waiters) = state.withLock { state in
            state.outage = reason
            state.count -= state.idle.count
            defer {
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(reason)) }
        for connection in idle { await connection.close() }
    }

    func recover() { state.withLock { $0.outage = nil } }
}
