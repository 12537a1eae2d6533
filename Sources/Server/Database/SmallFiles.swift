import CPostgres
import Glibc

// What the private cluster needs of the file system. Foundation could do it; it would have to be loaded for that.

func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

/// What the system calls an error.
func errorText(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}

/// The last bytes of a file, empty when it cannot be read.
private func tail(of path: String, maximum: Int) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    lseek(descriptor, max(0, size - maximum), SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: maximum)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, maximum) }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

func firstLine(of path: String) -> String {
    tail(of: path, maximum: 4096).split(separator: "\n").first.map(String.init) ?? ""
}

/// The last lines of a log, joined to one.
func lastLines(of path: String) -> String {
    tail(of: path, maximum: 4096).split(separator: "\n").suffix(4).joined(separator: " / ")
}

func children(of path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

/// Removes a directory and all in it. Links are removed, not followed.
public func removeTree(_ path: String) {
    if unsafe unlink(path) == 0 || errno == ENOENT { return }
    for name in children(of: path) { removeTree(path + "/" + name) }
    unsafe _ = rmdir(path)
}

/// A path without links, or nil when there is no such file.
func resolved(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
}

/// The first line that a program prints, or nil when it cannot be run.
func outputLine(_ command: [String]) -> String? {
    var path = Array("/tmp/bay-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    close(descriptor)
    let file = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unsafe _ = unlink(file) }
    guard let id = spawnProcess(command, output: file, workingDirectory: nil) else { return nil }
    guard ServerProcess(id: id, isChild: true).wait(.seconds(10)) == 0 else { return nil }
    let line = firstLine(of: file)
    return line.isEmpty ? nil : line
}

/// Holds a file locked as long as it lives. The lock ends with the process, however that ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(PrivateClusterError) {
        // Not inherited by the server: it would hold the lock for a bayd that is gone.
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .permission("cannot open \(path): \(errorText(errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = Int(firstLine(of: path))
            let directory = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            close(descriptor)
            throw .inUse(directory: directory, by: owner)
        }
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, text.count, 0) }
    }

    /// Unlocks the file now. Whoever holds the object may let go of it later.
    func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}

/// The words that a process was started with; none when it is gone.
func commandLine(of process: pid_t) -> [String] {
    let descriptor = unsafe open("/proc/\(process)/cmdline", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return bytes.prefix(max(0, count)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}
