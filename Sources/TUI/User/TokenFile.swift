import Glibc

/// Where `bay login` keeps the token: a file that nobody else may read, with the socket of the server that it is for. To
/// another server it is not sent, because whoever gets a token can use it.
///
/// glibc's calls take paths and bytes that live as long as the call: hence each `unsafe` here.
package struct TokenFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Nil where the environment tells of no place for it.
    package init?(_ variable: (String) -> String?) {
        if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") {
            path = state + "/bay/token"
        } else if let home = variable("HOME"), home.hasPrefix("/") {
            path = home + "/.local/state/bay/token"
        } else {
            return nil
        }
    }

    /// The token for the server at `socket`, if there is one.
    package func token(for socket: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        // What others could have written is not ours.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == socket, !lines[1].isEmpty else { return nil }
        return String(lines[1])
    }

    /// Keeps a token in place of what was kept before. It is there as a whole or not at all.
    package func keep(_ token: String, for socket: String) throws(SystemProblem) {
        try makeDirectory()
        let draft = path + ".\(getpid())"
        unsafe _ = unlink(draft)
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemProblem(code: errno) }
        let bytes = Array("\(socket)\n\(token)\n".utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        let problem = written == bytes.count ? 0 : (errno == 0 ? ENOSPC : errno)
        close(descriptor)
        guard problem == 0, unsafe rename(draft, path) == 0 else {
            let code = problem == 0 ? errno : problem
            unsafe _ = unlink(draft)
            throw SystemProblem(code: code)
        }
    }

    package func remove() throws(SystemProblem) {
        if unsafe unlink(path) != 0, errno != ENOENT { throw SystemProblem(code: errno) }
    }

    /// The directories above the file, as far as they are missing.
    private func makeDirectory() throws(SystemProblem) {
        let parts = path.split(separator: "/").dropLast()
        for count in 1...max(1, parts.count) {
            let directory = "/" + parts.prefix(count).joined(separator: "/")
            if unsafe mkdir(directory, 0o700) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
                throw SystemProblem(code: errno)
            }
        }
    }
}
