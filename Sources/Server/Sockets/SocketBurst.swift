import CSockets

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
