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
        guard HostTables.obstacle(uri: uri, isLocal: isLocal) == nil else { return nil }
        self.log = log
    }

    /// Calls what lets libvirt make rules. Many may do so at once. Blocks.
    func during<Value>(_ body: () throws(LibvirtError) -> Value) throws(LibvirtError) -> Value {
        begin()
        defer { end() }
        return try body()
    }

    private func begin() {
        state.withLock { state in
            state.users += 1
            guard state.users == 1 else { return }
            if !state.isSwept { HostTables.programs.forEach(sweep) }
            state.isSwept = true
            // Where libvirt has made no chains yet this fails as a whole, and nothing is filtered that could be opened.
            state.added = HostTables.programs.filter { HostTables.restore($0, GuardRules.adding(for: getpid())) }
        }
    }

    private func end() {
        state.withLock { state in
            state.users -= 1
            guard state.users == 0 else { return }
            for program in state.added where !HostTables.restore(program, GuardRules.removing(for: getpid())) {
                log.warning("rules that bridge libvirt's changes stay behind", metadata: ["program": "\(program)"])
            }
            state.added = []
        }
    }

    /// Removes what a bayd left that was killed meanwhile.
    private func sweep(_ program: String) {
        guard let saved = HostTables.save(program) else { return }
        let left = GuardRules.leftovers(in: saved) { kill($0, 0) == 0 || errno == EPERM }
        if !left.isEmpty { _ = HostTables.restore(program, left) }
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
