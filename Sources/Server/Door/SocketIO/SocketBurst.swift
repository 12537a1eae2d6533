import CSockets
import Dispatch
import NIOPosix
import Synchronization

/// Writes to many sockets with one call of the system, where there are as many calls otherwise. Each of those takes as long as
/// a third of what is done for a client, and after each one Linux may give the processor to whoever reads.
@safe package final class SocketBurst: @unchecked Sendable {
    // Sendable because one thread at a time has it: the loop that took it from a shelf, or whoever took it from a queue.

    /// Bytes that are written with one call, and to one socket.
    private static let bytes = 32 << 10
    package static let bytesEach = 8 << 10

    private let handle: OpaquePointer
    private var sockets: [Int32] = []
    private var ends: [Int] = []
    private var bytes: [UInt8] = []
    /// How many bytes are left of what each socket was to take, in the order in which they were added.
    package private(set) var left: [Int] = []

    /// Nil where the system does not offer it, or has given too much of it away.
    package init?() {
        guard let handle = unsafe bay_burst_make() else { return nil }
        unsafe self.handle = handle
        // It never needs more, and would have twice as much where it grows by itself.
        bytes.reserveCapacity(Self.bytes + Self.bytesEach)
    }

    deinit { unsafe bay_burst_free(handle) }

    package var isFull: Bool { sockets.count >= Int(BAY_BURST_LIMIT) || bytes.count >= Self.bytes }

    /// Adds what is to be written to a socket that does not block.
    package func add(_ socket: Int32, _ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        sockets.append(socket)
        ends.append(bytes.count)
    }

    /// Writes, and notes what is left. Then it is empty.
    package func write() {
        left.removeAll(keepingCapacity: true)
        guard !sockets.isEmpty else { return }
        var written = [Int](repeating: 0, count: sockets.count)
        unsafe bay_burst_write(handle, Int32(sockets.count), sockets, bytes, ends, &written)
        var begin = 0
        for (end, written) in zip(ends, written) {
            left.append(end - begin - max(0, written))
            begin = end
        }
        sockets.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}

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
