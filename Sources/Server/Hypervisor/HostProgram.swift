import CLibvirt
import Glibc

/// Runs a program to its end with a short input. Returns what it wrote to standard output, or nil where it failed or was not
/// done in time. Blocks.
func runProgram(_ command: [String], input: String, within limit: Duration = .seconds(20)) -> String? {
    guard let toChild = privatePipe() else { return nil }
    guard let fromChild = privatePipe() else {
        toChild.forEach { close($0) }
        return nil
    }
    let id = spawn(command, input: toChild[0], output: fromChild[1])
    close(toChild[0])
    close(fromChild[1])
    defer { close(fromChild[0]) }
    guard let id else {
        close(toChild[1])
        return nil
    }
    let timer = Deadline(limit)
    let isWritten = write(Array(input.utf8), to: toChild[1], timer)
    close(toChild[1])
    let output = isWritten ? readAll(fromChild[0], timer) : nil
    // Whoever is late is ended: nobody reads what it has to say.
    if output == nil { kill(id, SIGKILL) }
    var status: Int32 = 0
    while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? output.map { String(decoding: $0, as: UTF8.self) } : nil
}

/// The time until which something has to be done.
private struct Deadline {
    private let end: ContinuousClock.Instant

    init(_ limit: Duration) { end = .now + limit }

    /// Waits until a descriptor can be read or written; false where it is too late.
    func wait(for descriptor: Int32, _ events: Int32) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
            guard left > 0 else { return false }
            var watched = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = unsafe poll(&watched, 1, Int32(left.rounded(.up)))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}

private func write(_ bytes: [UInt8], to descriptor: Int32, _ deadline: Deadline) -> Bool {
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var rest = bytes[...]
    while !rest.isEmpty {
        guard deadline.wait(for: descriptor, POLLOUT) else { return false }
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR, errno != EAGAIN { return false }
    }
    return true
}

private func readAll(_ descriptor: Int32, _ deadline: Deadline) -> [UInt8]? {
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while deadline.wait(for: descriptor, POLLIN) {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count > 0 { output += chunk[..<count] } else if count == 0 { return output } else if errno != EINTR { break }
    }
    return nil
}

/// A pipe of which children get what they are given and no more.
private func privatePipe() -> [Int32]? {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return ends
}

private func spawn(_ command: [String], input: Int32, output: Int32) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Another program's input that stays open here would keep that program waiting for its end.
    unsafe _ = posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // The mask and the handlers of signals that bayd has are its own business.
    var (none, all) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setflags(&attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)))
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [
        strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), strdup("LC_ALL=C"), nil,
    ]
    defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
    var id: pid_t = 0
    guard unsafe posix_spawnp(&id, command[0], &actions, &attributes, &arguments, &environment) == 0 else { return nil }
    return id
}
