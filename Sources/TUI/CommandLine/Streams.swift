import Glibc

/// Standard input and output as commands use them. Unlike the console they have to know when a write failed:
/// a script takes the exit status 0 for "all of it was written".
package enum Streams {
    package enum Outcome: Equatable, Sendable {
        case written
        /// The reader has gone, as `head` does when it has enough.
        case readerGone
        case failed(String)
    }

    package static func write(_ bytes: [UInt8], to stream: System.Stream = .output) -> Outcome {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(stream.rawValue, $0.baseAddress! + start, bytes.count - start)
            }
            if count >= 0 {
                start += count
                continue
            }
            let code = errno
            switch code {
            case EINTR: continue
            case EAGAIN: waitUntilWritable(stream.rawValue)
            case EPIPE: return .readerGone
            default: return .failed(SystemProblem(code: code).message)
            }
        }
        return .written
    }

    /// Somebody else made the terminal non-blocking: that is theirs, so we wait instead of changing it.
    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe _ = poll(&entry, 1, -1)
    }

    package static var inputIsTerminal: Bool { isatty(0) == 1 }

    /// Whether the file at `path` is there and this user may not open it.
    package static func isForbidden(_ path: String) -> Bool {
        unsafe access(path, R_OK | W_OK) != 0 && errno == EACCES
    }
}
