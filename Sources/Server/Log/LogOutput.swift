import Glibc

/// A file that lines are added to. Closed when its last user is gone.
package final class LogOutput: Sendable {
    private let descriptor: Int32
    private let isOwned: Bool

    package static let standardError = LogOutput(descriptor: STDERR_FILENO, isOwned: false)

    private init(descriptor: Int32, isOwned: Bool) {
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    /// Opens a file at its end; makes it, readable for the owner and the group, if there is none.
    /// Returns nil where that is not possible.
    convenience init?(appendingTo path: String) {
        // glibc takes a pointer to the path, which lives as long as the call.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { return nil }
        self.init(descriptor: descriptor, isOwned: true)
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Writes the line in one piece where the system lets it, so that lines of several threads do not mix. What cannot be
    /// written is lost: a full disk must not stop the server.
    package func write(_ line: String) {
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        var start = 0
        while start < bytes.count {
            // glibc takes a pointer to the bytes, which live as long as the call.
            let count = unsafe bytes[start...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 { start += count } else if errno != EINTR { return }
        }
    }
}
