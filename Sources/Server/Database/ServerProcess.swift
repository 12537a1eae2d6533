import CPostgres
import Glibc

/// A process that is our child, or was another's.
struct ServerProcess {
    let id: pid_t
    let isChild: Bool

    /// Waits for the end of the process, which may have come already. Returns its exit status (0 when it is not known, since
    /// it is another's child; -1 when a signal ended it), or nil when it still runs.
    func wait(_ time: Duration) -> Int32? {
        let descriptor = bay_pidfd_open(id)
        if descriptor < 0 { return reap() ?? 0 }
        defer { close(descriptor) }
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let deadline = ContinuousClock.now + time
        while true {
            let ready = unsafe poll(&poller, 1, Int32(clamping: max(0, (deadline - .now).milliseconds)))
            if ready > 0 { return reap() ?? 0 }
            if ready == 0 || errno != EINTR { return nil }
        }
    }

    /// Waits for the end of the process, or of the task, without a thread.
    func ended() async {
        let descriptor = bay_pidfd_open(id)
        guard descriptor >= 0 else { return }
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        let token = SocketWatch.shared.add(descriptor) { _ in continuation.finish() }
        SocketWatch.shared.arm(token, descriptor, writing: false)
        for await _ in ends {}
        SocketWatch.shared.remove(token)
        close(descriptor)
        _ = reap()
    }

    private func reap() -> Int32? {
        var status: Int32 = 0
        guard isChild, unsafe waitpid(id, &status, WNOHANG) == id else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
    }

    func kill(_ signal: Int32) { _ = Glibc.kill(id, signal) }
}

/// Starts a program with its output appended to a file, or thrown away. Nil when that failed; `errno` tells why.
func spawnProcess(_ command: [String], output: String?, workingDirectory: String?) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }
    let flags = output == "/dev/null" ? O_WRONLY : O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", flags, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    if let workingDirectory { unsafe _ = posix_spawn_file_actions_addchdir_np(&actions, workingDirectory) }
    // A server that kept a copy of a console's connection would keep it open when bayd closes it.
    unsafe _ = posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // The mask and the handlers of signals that bayd has are its own business.
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, which is GNU's.
    unsafe posix_spawnattr_setflags(
        &attributes, Int16(newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)))
    var id: pid_t = 0
    let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "PGTZ=UTC"]
    let result = unsafe withCStrings(command) { arguments in
        unsafe withCStrings(environment) { environment in
            unsafe posix_spawnp(
                &id, command[0], &actions, &attributes,
                UnsafeMutablePointer(mutating: arguments).mutableStrings,
                UnsafeMutablePointer(mutating: environment).mutableStrings)
        }
    }
    if result != 0 {
        errno = result
        return nil
    }
    return id
}

extension UnsafeMutablePointer<UnsafePointer<CChar>?> {
    /// The form that `argv` has in C, where nobody writes to the strings all the same.
    fileprivate var mutableStrings: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    }
}
