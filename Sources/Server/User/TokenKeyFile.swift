import Cryptography
import Glibc

/// The key that bayd makes for itself and keeps in its state directory, so that a restart ends no session.
///
/// glibc's calls take paths and bytes that live as long as the call: hence each `unsafe` here. Foundation cannot make a file
/// that nobody else may read from its first moment on.
package struct TokenKeyFile: Sendable {
    package let path: String
    private static let minimumLength = 32
    private static let maximumLength = 4096

    package init(directory: String) { path = directory + "/token.key" }

    /// The key in the file, made first if there is none.
    package func key() throws(ServerError) -> TokenKey {
        if let key = try read() { return key }
        try make()
        guard let key = try read() else { throw failure("is gone again") }
        return key
    }

    /// Nil when there is no file.
    private func read() throws(ServerError) -> TokenKey? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be read: \(Self.reason)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("is not a file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw failure("belongs to another user") }
        guard status.st_mode & 0o077 == 0 else { throw failure("can be read by others: chmod 600 it, or remove it") }
        var bytes = [UInt8](repeating: 0, count: Self.maximumLength)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        let key = bytes.prefix(max(0, count)).filter { $0 > 0x20 }
        guard key.count >= Self.minimumLength else {
            throw failure("holds less than \(Self.minimumLength) characters: remove it for a new key")
        }
        return TokenKey(key)
    }

    /// Writes a new key. It is there as a whole or not at all; when somebody else was faster theirs counts.
    private func make() throws(ServerError) {
        let text = Digest.hexadecimal(Digest.randomBytes(32)) + "\n"
        // Nobody else's, also of those that ask in this process at the same time.
        let draft = path + "." + Digest.hexadecimal(Digest.randomBytes(8))
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be made: \(Self.reason)") }
        defer { unsafe _ = unlink(draft) }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        let isSafe = fsync(descriptor) == 0
        close(descriptor)
        guard written == bytes.count, isSafe else { throw failure("cannot be written: \(Self.reason)") }
        if unsafe link(draft, path) != 0, errno != EEXIST { throw failure("cannot be made: \(Self.reason)") }
    }

    private func failure(_ problem: String) -> ServerError {
        ServerError("the key of tokens, \(path), \(problem)")
    }

    private static var reason: String { unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "" }
}
