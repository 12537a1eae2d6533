import Glibc

/// The few calls of the system that the command line needs besides its socket.
package enum System {
    package enum Stream: Int32, Sendable { case output = 1, error = 2 }

    package static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
    package static var userID: UInt32 { getuid() }
    package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Columns of the terminal behind standard output, if it is one.
    package static var columns: Int? {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes everything. A reader that has gone ends the program, as it ends other filters.
    package static func write(_ bytes: some Collection<UInt8>, to stream: Stream = .output) {
        let bytes = Array(bytes)
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(stream.rawValue, $0.baseAddress! + start, bytes.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            start += count
        }
    }

    package static func write(_ text: String, to stream: Stream = .output) { write(Array(text.utf8), to: stream) }

    /// A whole file, or standard input for `-`. Nil with the reason in `problem` when it cannot be read.
    package static func read(_ path: String, limit: Int = 16 << 20) -> Result<[UInt8], SystemProblem> {
        let descriptor = unsafe path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(SystemProblem(code: errno)) }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            var count = 0
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 64 << 10) { space, filled in
                count = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
                filled = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(SystemProblem(code: errno)) }
            if count == 0 { return .success(bytes) }
            bytes += chunk
        }
        return .failure(SystemProblem(code: EFBIG))
    }

    /// Writes a file that is not there yet.
    package static func create(_ path: String, _ bytes: [UInt8]) -> Result<Void, SystemProblem> {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return .failure(SystemProblem(code: errno)) }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress! + start, bytes.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .failure(SystemProblem(code: errno)) }
            start += count
        }
        return .success(())
    }

    package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}

package struct SystemProblem: Error, Equatable, Sendable {
    package var code: Int32

    package var isMissing: Bool { code == ENOENT }
    package var message: String { unsafe String(cString: strerror(code)) }
}
