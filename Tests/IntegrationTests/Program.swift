import Foundation
import Synchronization

/// A program that a test started: its output goes to a file, its end can be waited for, and it can be sent signals.
///
/// Not Foundation's `Process`: that one learns of the end of a program from a socket which all descendants inherit, so it
/// waits for ever when a server that the program started lives on, as tmux's and PostgreSQL's do.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let processID: pid_t
    /// What the program wrote to standard output and standard error.
    let outputFile: URL
    private let end: EndOfProgram

    /// Starts a program, found in `PATH` unless it has a slash, in a session of its own: no signal of a terminal reaches it.
    ///
    /// - Parameter environment: Set beside what the tests have; an empty value takes a variable away.
    init(
        _ command: [String], environment: [String: String] = [:], input: URL? = nil, output: URL, errors: URL? = nil
    ) throws {
        var settings = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        for (name, value) in environment where value.isEmpty { settings[name] = nil }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input?.path ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        if let errors {
            posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the test process ignores or blocks is not for the program to inherit.
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID, which the Glibc module hides.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | newSession)

        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var lines: [UnsafeMutablePointer<CChar>?] = settings.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + lines { free(pointer) } }
        var id: pid_t = 0
        let status = posix_spawnp(&id, command[0], &actions, &attributes, &words, &lines)
        guard status == 0 else {
            throw Failure(description: "cannot start \(command[0]): \(String(cString: strerror(status)))")
        }
        processID = id
        outputFile = output
        end = EndOfProgram(of: id)
    }

    /// Runs a program to its end. Returns what it wrote to standard output; throws when it fails.
    @discardableResult
    static func run(
        _ command: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) async throws -> String {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("bay-program-\(UUID().uuidString)")
        let (output, errors) = (base.appendingPathExtension("out"), base.appendingPathExtension("err"))
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        let program = try Program(command, environment: environment, output: output, errors: errors)
        let status = try await program.waitForExit(within: limit)
        guard status == 0 else {
            let reason = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Failure(
                description: "\(command.joined(separator: " ")) ended with \(status): \(reason)\(program.output)")
        }
        return program.output
    }

    /// Whether a process is there and at work. One that has ended and that nobody reaped, which is how things stay where
    /// process 1 is no init, does not count.
    static func isAlive(_ id: pid_t) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return false }
        // The name before it is in brackets and may have blanks and brackets itself.
        let state = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
        return state != "Z" && state != "X"
    }

    var output: String { (try? String(decoding: Data(contentsOf: outputFile), as: UTF8.self)) ?? "" }

    /// The exit status, or nil while the program runs. A program that a signal ended has 128 and the signal.
    var exitStatus: Int32? { end.status }

    func send(_ signal: Int32) {
        // The id stays ours until the program is reaped, which is when `exitStatus` is known.
        if end.status == nil { kill(processID, signal) }
    }

    /// Waits for the end. A program that is not done in time is killed, and its output told.
    @discardableResult
    func waitForExit(within limit: Duration = .seconds(60)) async throws -> Int32 {
        let timer = Task {
            try await Task.sleep(for: limit)
            send(SIGKILL)
        }
        let status = await end.wait()
        timer.cancel()
        // The timer has had its turn only if it was not cancelled while asleep.
        if case .success = await timer.result {
            throw Failure(description: "not done within \(limit), killed. It wrote:\n\(output)")
        }
        return status
    }

    /// Waits until the program has written a line that begins so, and returns it.
    func waitForLine(startingWith start: String, within limit: Duration = .seconds(60)) async throws -> String {
        let end = ContinuousClock.now + limit
        while true {
            let ended = exitStatus  // asked before the output is read, so that none is missed
            if let line = output.split(separator: "\n").first(where: { $0.hasPrefix(start) }) { return String(line) }
            if let ended { throw Failure(description: "ended with \(ended) before \"\(start)\":\n\(output)") }
            guard ContinuousClock.now < end else {
                throw Failure(description: "no line \"\(start)\" within \(limit):\n\(output)")
            }
            // A file tells nobody when it grows.
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Reaps one child on a thread of its own, and wakes whoever waits for that.
private final class EndOfProgram: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }
    private let state = Mutex(State())

    init(of id: pid_t) {
        Thread.detachNewThread { [self] in
            var raw: Int32 = 0
            while waitpid(id, &raw, 0) < 0, errno == EINTR {}
            let signal = raw & 0x7f
            let status = signal == 0 ? raw >> 8 & 0xff : 128 + signal
            let waiting = state.withLock { state in
                state.status = status
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume(returning: status) }
        }
    }

    var status: Int32? { state.withLock { $0.status } }

    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }
}
