import Core
import Synchronization

/// Hands what happens on the host to any number of readers, each at its own pace.
///
/// A reader that falls behind loses its backlog and is told to read everything again: nothing is lost silently.
final class NewsHub: Sendable {
    enum Limit {
        /// News that wait for one reader.
        static let backlog = 4096
    }

    private struct State {
        var readers: [Int: NewsBuffer] = [:]
        var nextID = 0
    }
    private let state = Mutex(State())
    private let backlog: Int

    init(backlog: Int = Limit.backlog) { self.backlog = backlog }

    func send(_ news: HypervisorNews) {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.push(news) }
    }

    /// A stream of everything sent from now on, after `first`.
    func stream(startingWith first: HypervisorNews?) -> AsyncStream<HypervisorNews> {
        let buffer = NewsBuffer(backlog: backlog)
        if let first { buffer.push(first) }
        let id = state.withLock { state in
            state.nextID += 1
            state.readers[state.nextID] = buffer
            return state.nextID
        }
        // Lives as long as the stream, and takes the reader out when that is gone.
        let registration = Registration { [weak self] in
            self?.state.withLock { _ = $0.readers.removeValue(forKey: id) }
        }
        return AsyncStream(
            unfolding: { await registration.keeping { await buffer.next() } },
            onCancel: { buffer.end() })
    }

    private final class Registration: Sendable {
        let end: @Sendable () -> Void
        init(_ end: @escaping @Sendable () -> Void) { self.end = end }
        deinit { end() }
        func keeping<Value>(_ body: () async -> Value) async -> Value { await body() }
    }
}

/// The news that one reader has not taken yet.
final class NewsBuffer: Sendable {
    private struct State {
        var items: [HypervisorNews] = []
        var head = 0
        var waiter: CheckedContinuation<HypervisorNews?, Never>?
        var isEnded = false
    }
    private let state = Mutex(State())
    private let backlog: Int

    init(backlog: Int) { self.backlog = backlog }

    func push(_ news: HypervisorNews) {
        let waiter = state.withLock { state -> CheckedContinuation<HypervisorNews?, Never>? in
            guard !state.isEnded else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if case .resync = news {
                // Whoever reads everything again needs nothing from before.
                state.items = [news]
                state.head = 0
            } else if state.items.count - state.head >= backlog {
                state.items = [.resync(.overflow)]
                state.head = 0
            } else {
                state.items.append(news)
            }
            return nil
        }
        waiter?.resume(returning: news)
    }

    /// The oldest news, or the next to come; nil at the end.
    func next() async -> HypervisorNews? {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> HypervisorNews?? in
                if state.head < state.items.count {
                    let item = state.items[state.head]
                    state.head += 1
                    if state.head == state.items.count {
                        state.items.removeAll(keepingCapacity: true)
                        state.head = 0
                    }
                    return .some(item)
                }
                if state.isEnded { return .some(nil) }
                precondition(state.waiter == nil, "a stream of news has one reader")
                state.waiter = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    func end() {
        let waiter = state.withLock { state in
            state.isEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}
