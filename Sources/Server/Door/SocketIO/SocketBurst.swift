import CSockets
import Synchronization

/// Writes to many sockets with one call of the system, where there are as many calls otherwise. Each of those takes as long as
/// a third of what is done for a client, and after each one Linux may give the processor to whoever reads.
@safe package final class SocketBurst: @unchecked Sendable {
    // Sendable because a shelf hands it to one thread at a time.

    /// Bytes that are written with one call, and to one socket.
    private static let bytes = 64 << 10
    package static let bytesEach = 8 << 10

    private let handle: OpaquePointer
    private var sockets: [Int32] = []
    private var ends: [Int] = []
    private var bytes: [UInt8] = []

    /// Nil where the system does not offer it, or has given too much of it away.
    package init?() {
        guard let handle = unsafe bay_burst_make() else { return nil }
        unsafe self.handle = handle
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

    /// Writes. Returns how many bytes are left of what each socket was to take, in the order in which they were added.
    package func write() -> [Int] {
        defer {
            sockets.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
        }
        guard !sockets.isEmpty else { return [] }
        var written = [Int](repeating: 0, count: sockets.count)
        unsafe bay_burst_write(handle, Int32(sockets.count), sockets, bytes, ends, &written)
        var begin = 0
        return zip(ends, written).map { end, written in
            defer { begin = end }
            return end - begin - max(0, written)
        }
    }
}

/// Bursts that nobody uses at the moment: as many as there are loops that write at once.
final class BurstShelf: Sendable {
    private struct State {
        var free: [SocketBurst] = []
        /// Whether there are none to be had.
        var isBarren = false
    }

    private let state = Mutex(State())

    /// Lends one for as long as `body` runs; nil where there is none.
    func lend<R>(_ body: (SocketBurst?) -> R) -> R {
        let (known, isBarren) = state.withLock { ($0.free.popLast(), $0.isBarren) }
        let burst = known ?? (isBarren ? nil : SocketBurst())
        defer {
            state.withLock { state in
                if let burst { state.free.append(burst) } else { state.isBarren = true }
            }
        }
        return body(burst)
    }
}
