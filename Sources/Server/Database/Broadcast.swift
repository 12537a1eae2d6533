import Synchronization

/// Hands each value to all who listen at that time. A listener that lags keeps the newest `limit` values.
final class Broadcast<Value: Sendable>: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<Value>.Continuation] = [:]
        var followers: [@Sendable (Value) -> Void] = []
        var isFinished = false
    }
    private let state = Mutex(State())
    private let limit: Int
    /// Put behind the values of a listener that lost some, in place of one more of them.
    private let lossMark: Value?

    init(limit: Int, lossMark: Value? = nil) {
        self.limit = limit
        self.lossMark = lossMark
    }

    /// A new stream, which starts with `first`.
    func stream(first: Value? = nil) -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(limit))
        if let first { continuation.yield(first) }
        let id: Int? = state.withLock { state in
            if state.isFinished { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    /// Calls `follower` with each value from now on, before `send` returns.
    func follow(_ follower: @escaping @Sendable (Value) -> Void) {
        state.withLock { $0.followers.append(follower) }
    }

    func send(_ value: Value) {
        let (listeners, followers) = state.withLock { (Array($0.listeners.values), $0.followers) }
        for follower in followers { follower(value) }
        for listener in listeners {
            if case .dropped = listener.yield(value), let lossMark { listener.yield(lossMark) }
        }
    }

    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { (state.listeners, state.followers) = ([:], []) }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
