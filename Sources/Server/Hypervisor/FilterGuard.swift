import Core
import Glibc
import Logging
import Synchronization

/// Keeps machines filtered while libvirt gives one of them other rules.
///
/// Whenever libvirt (9.0 to 11) gives an interface rules, it takes its chains out of FORWARD and INPUT and puts them back, one
/// program after the other. In between, some tenths of a second, no machine of the host is filtered by what knows
/// connections: a port that is closed before and after is open. So for that time the chains are reached by a second way,
/// whose rules libvirt does not know; and they reach each other, since they come back in an order in which the last,
/// which lets everything out, would be met before the others.
///
/// It takes root on libvirt's own host. Elsewhere nothing is done, and the gap stays.
final class FilterGuard: Sendable {
    private struct State {
        var users = 0
        var isSwept = false
        /// The programs by which rules were added that are there now.
        var added: [String] = []
    }

    private let state = Mutex(State())
    private let log: Logger

    /// Nil where Bay cannot reach what libvirt makes.
    init?(uri: String, isLocal: Bool, log: Logger) {
        guard isLocal, uri.hasPrefix("qemu") || uri.hasPrefix("lxc"), geteuid() == 0 else { return nil }
        self.log = log
    }

    /// Calls what lets libvirt make rules. Many may do so at once. Blocks.
    func during<Value>(_ body: () throws(LibvirtError) -> Value) throws(LibvirtError) -> Value {
        begin()
        defer { end() }
        return try body()
    }

    private static let programs = ["iptables", "ip6tables"]

    private func begin() {
        state.withLock { state in
            state.users += 1
            guard state.users == 1 else { return }
            if !state.isSwept { Self.programs.forEach(sweep) }
            state.isSwept = true
            // Where libvirt has made no chains yet this fails as a whole, and nothing is filtered that could be opened.
            state.added = Self.programs.filter { restore($0, GuardRules.adding(for: getpid())) }
        }
    }

    private func end() {
        state.withLock { state in
            state.users -= 1
            guard state.users == 0 else { return }
            for program in state.added where !restore(program, GuardRules.removing(for: getpid())) {
                log.warning("rules that bridge libvirt's changes stay behind", metadata: ["program": "\(program)"])
            }
            state.added = []
        }
    }

    /// Removes what a bayd left that was killed meanwhile.
    private func sweep(_ program: String) {
        guard let saved = runProgram([program + "-save", "-t", "filter"], input: "") else { return }
        let left = GuardRules.leftovers(in: saved) { kill($0, 0) == 0 || errno == EPERM }
        if !left.isEmpty { _ = restore(program, left) }
    }

    /// All of it or nothing, at one moment.
    private func restore(_ program: String, _ rules: [String]) -> Bool {
        let text = (["*filter"] + rules + ["COMMIT", ""]).joined(separator: "\n")
        return runProgram([program + "-restore", "--noflush", "--wait", "5"], input: text) != nil
    }
}

/// The second way to libvirt's chains, in the words of iptables-restore(8).
enum GuardRules {
    /// In the order of the first three, each is put before what is there.
    private static let jumps = [
        ("libvirt-out", "libvirt-in"), ("libvirt-in-post", "libvirt-out"), ("libvirt-in-post", "libvirt-in"),
        ("FORWARD", "libvirt-in-post"), ("INPUT", "libvirt-host-in"),
    ]
    private static let mark = "bay-guard-"

    static func adding(for process: Int32) -> [String] {
        jumps.map { "-I \($0) 1 -m comment --comment \(mark)\(process) -j \($1)" }
    }

    static func removing(for process: Int32) -> [String] {
        jumps.map { "-D \($0) -m comment --comment \(mark)\(process) -j \($1)" }
    }

    /// What removes the rules of processes that are no more, given what iptables-save(8) prints.
    static func leftovers(in saved: String, isAlive: (Int32) -> Bool) -> [String] {
        saved.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("-A "), let place = line.firstRange(of: mark),
                let process = Int32(line[place.upperBound...].prefix { $0.isNumber }), !isAlive(process)
            else { return nil }
            return "-D " + line.dropFirst(3)
        }
    }
}

/// Runs a program to its end with a short input. Returns what it wrote to standard output, or nil where it failed.
private func runProgram(_ command: [String], input: String) -> String? {
    guard let toChild = privatePipe() else { return nil }
    guard let fromChild = privatePipe() else {
        toChild.forEach { close($0) }
        return nil
    }
    let id = spawn(command, input: toChild[0], output: fromChild[1])
    close(toChild[0])
    close(fromChild[1])
    defer { close(fromChild[0]) }
    // Far less than a pipe holds.
    let bytes = Array(input.utf8)
    if id != nil { _ = unsafe bytes.withUnsafeBytes { unsafe write(toChild[1], $0.baseAddress, $0.count) } }
    close(toChild[1])
    guard let id else { return nil }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = unsafe read(fromChild[0], &chunk, chunk.count)
        if count > 0 { output += chunk[..<count] } else if count == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? String(decoding: output, as: UTF8.self) : nil
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
