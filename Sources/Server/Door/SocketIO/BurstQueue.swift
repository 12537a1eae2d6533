import Dispatch
import NIOPosix
package import Sockets
import Synchronization

/// Bursts of one loop that are ready to be written. While the loop assembles more of them, another thread writes: half of the
/// time until the last client has heard of something goes by in the kernel, which can do it for two sockets at once.
package final class BurstQueue: Sendable {
    private struct State {
        var waiting: [SocketBurst] = []
        var isHelped = false
        /// Bursts that the other thread has taken, and the loop has not waited for.
        var lent = 0
    }

    private let state = Mutex(State())
    /// Counts those of the bursts taken by the other thread that are written.
    private let done = DispatchSemaphore(value: 0)

    package init() {}

    /// Has a burst written some time before `finish` returns.
    package func add(_ burst: SocketBurst) {
        let needsHelp = state.withLock { state in
            state.waiting.append(burst)
            defer { state.isHelped = true }
            return !state.isHelped
        }
        if needsHelp { NIOThreadPool.singleton.submit { _ in self.help() } }
    }

    private func help() {
        while let burst = take(asHelp: true) {
            burst.write()
            done.signal()
        }
    }

    private func take(asHelp isHelp: Bool) -> SocketBurst? {
        state.withLock { state in
            let burst = state.waiting.popLast()
            if isHelp { if burst == nil { state.isHelped = false } else { state.lent += 1 } }
            return burst
        }
    }

    /// Writes what nobody has written yet, and waits for the rest: for one burst at most.
    package func finish() {
        while let burst = take(asHelp: false) { burst.write() }
        let lent = state.withLock { state in
            defer { state.lent = 0 }
            return state.lent
        }
        for _ in 0..<lent { done.wait() }
    }
}

/// Bursts that nobody uses at the moment: as many as loops have needed at once.
final class BurstShelf: Sendable {
    private struct State {
        var free: [SocketBurst] = []
        /// Whether there are none to be had.
        var isBarren = false
    }

    private let state = Mutex(State())

    /// Nil where there is none.
    func take() -> SocketBurst? {
        let (known, isBarren) = state.withLock { ($0.free.popLast(), $0.isBarren) }
        if known != nil || isBarren { return known }
        let burst = SocketBurst()
        if burst == nil { state.withLock { $0.isBarren = true } }
        return burst
    }

    func give(_ bursts: some Sequence<SocketBurst>) { state.withLock { $0.free += bursts } }
}
