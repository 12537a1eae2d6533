import Glibc

/// A Unix socket that never blocks. The system calls that a client of the local socket needs, and nothing else.
///
/// Here stand the only uses of C memory outside of Terminal: Foundation would offer the same at ten times the start-up time.
final class UnixSocket {
    enum Outcome: Equatable {
        case bytes(Int)
        /// Nothing can be read or written now.
        case wouldBlock
        case closed(String)
    }

    let descriptor: Int32

    /// Begins to connect. A socket whose server is slow to accept becomes writable when the connection stands.
    /// Returns why there is none, in words.
    static func connect(to path: String) -> Result<UnixSocket, SocketFailure> {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else { return .failure(SocketFailure(reason: "the socket's path is too long")) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }

        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return .failure(SocketFailure(reason: describe(errno))) }
        let socket = UnixSocket(descriptor)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // A Unix socket connects at once or not at all; a full queue of waiting clients is an EAGAIN.
        guard status == 0 else {
            let code = errno
            return .failure(SocketFailure(reason: describe(code), isMissing: code == ENOENT || code == ECONNREFUSED))
        }
        return .success(socket)
    }

    /// Two ends of one connection, for tests.
    static func pair() -> (UnixSocket, UnixSocket)? {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        return (UnixSocket(ends[0]), UnixSocket(ends[1]))
    }

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Writes what the kernel takes of `bytes` from `start` on.
    func write(_ bytes: [UInt8], from start: Int) -> Outcome {
        guard start < bytes.count else { return .bytes(0) }
        let count = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
        }
        return Self.outcome(count)
    }

    /// Reads at most `limit` bytes to the end of `buffer`.
    func read(into buffer: inout [UInt8], limit: Int) -> Outcome {
        var count = 0
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: limit) { space, filled in
            count = unsafe recv(descriptor, space.baseAddress, limit, 0)
            filled = max(0, count)
        }
        if count == 0 { return .closed("the server closed the connection") }
        let outcome = Self.outcome(count)
        buffer.append(contentsOf: chunk)
        return outcome
    }

    private static func outcome(_ count: Int) -> Outcome {
        if count >= 0 { return .bytes(count) }
        let code = errno
        return code == EAGAIN || code == EINTR ? .wouldBlock : .closed(describe(code))
    }

    private static func describe(_ code: Int32) -> String {
        switch code {
        case ENOENT: "there is no socket"
        case ECONNREFUSED: "nothing answers at the socket"
        case EACCES, EPERM: "not allowed to open the socket"
        case EAGAIN: "the server is too busy to answer"
        default: unsafe String(cString: strerror(code))
        }
    }
}

/// Why there is no connection.
package struct SocketFailure: Error, Equatable, Sendable {
    package var reason: String
    /// Whether no server runs there, rather than one that refuses.
    package var isMissing = false
}

/// Milliseconds of the two clocks that the console looks at.
package enum SystemClock {
    /// The time of day.
    package static var wall: Int64 { milliseconds(CLOCK_REALTIME) }
    /// Time that never jumps, for delays.
    package static var steady: Int64 { milliseconds(CLOCK_MONOTONIC) }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe _ = clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Waits until a descriptor is ready, at most `milliseconds` (nil: for ever). For the command line, which has no screen.
enum Poll {
    static func wait(_ descriptor: Int32, wantsWrite: Bool, milliseconds: Int?) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN | (wantsWrite ? POLLOUT : 0)), revents: 0)
        unsafe _ = poll(&entry, 1, milliseconds.map { Int32(clamping: $0) } ?? -1)
    }

    static func sleep(milliseconds: Int) { _ = poll(nil, 0, Int32(clamping: milliseconds)) }
}
