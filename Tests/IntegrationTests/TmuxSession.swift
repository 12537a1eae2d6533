import Foundation

/// A program on a real terminal: tmux runs it detached, takes keys for it and tells what its screen shows.
///
///     try await TmuxSession.run([bay], columns: 80, rows: 24, environment: ["BAY_SOCKET": socket]) { screen in
///         try await screen.wait(for: "Machines")
///         try await screen.send("Down", "Enter")
///         try await screen.waitUntil { $0.contains("running") }
///     }
///
/// Each session has a tmux server of its own behind a private socket, so that tests may run at once and none sees the
/// tmux of the person who runs them.
struct TmuxSession: Sendable {
    /// Why a session is not where a test wants it. The text holds the whole screen, so that a failure explains itself.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let directory: URL
    private var socket: String { directory.appendingPathComponent("tmux").path }

    /// Starts a program, hands its session to `body`, and ends both whatever happens.
    ///
    /// - Parameters:
    ///   - command: The program and its arguments; no shell sees them.
    ///   - environment: What is set beside what the tests have. tmux sets `TERM` to what `terminal` says.
    @discardableResult
    static func run<T>(
        _ command: [String], columns: Int = 80, rows: Int = 24, terminal: String = "tmux-256color",
        environment: [String: String] = [:], _ body: (TmuxSession) async throws -> T
    ) async throws -> T {
        // The path of a Unix socket may have 107 bytes, so it lies directly under /tmp.
        let directory = URL(fileURLWithPath: "/tmp/bay-tmux-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let session = TmuxSession(directory: directory)
        do {
            try await session.start(command, columns: columns, rows: rows, terminal: terminal, environment: environment)
            let value = try await body(session)
            await session.end()
            return value
        } catch {
            await session.end()
            throw error
        }
    }

    private func start(
        _ command: [String], columns: Int, rows: Int, terminal: String, environment: [String: String]
    ) async throws {
        // A program that ends leaves its last screen and its exit status to be read.
        let options = """
            set -g status off
            set -g escape-time 0
            set -g remain-on-exit on
            set -g remain-on-exit-format ''
            set -g default-terminal \(terminal)
            set -g mouse on
            """
        let file = directory.appendingPathComponent("options")
        try Data((options + "\n").utf8).write(to: file)
        // `env` even with nothing to set: tmux gives a lone word to a shell.
        let settings = environment.map { "\($0.key)=\($0.value)" }.sorted()
        try await tmux(
            ["-f", file.path, "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "--", "env"] + settings
                + command)
    }

    private func end() async {
        _ = try? await tmux(["kill-server"])
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: - Keys

    /// Presses keys by tmux's names: `Enter`, `Escape`, `Down`, `C-c`, `M-x`, `F1`, or single characters.
    func send(_ keys: String...) async throws {
        try await tmux(["send-keys", "-t", ":"] + keys)
    }

    /// Types text as it is.
    func type(_ text: String) async throws {
        try await tmux(["send-keys", "-t", ":", "-l", "--", text])
    }

    /// Sends bytes as a terminal would, for what has no key name: a mouse report, a bracketed paste.
    func send(bytes: [UInt8]) async throws {
        try await tmux(["send-keys", "-t", ":", "-H"] + bytes.map { String($0, radix: 16) })
    }

    func resize(columns: Int, rows: Int) async throws {
        try await tmux(["resize-window", "-t", ":", "-x", "\(columns)", "-y", "\(rows)"])
    }

    // MARK: - What is there

    /// The screen as text, a line a row, without blanks at the ends of lines.
    func text() async throws -> String { try await tmux(["capture-pane", "-p", "-t", ":"]) }

    /// The screen with its colours as escape sequences.
    func colouredText() async throws -> String { try await tmux(["capture-pane", "-p", "-e", "-t", ":"]) }

    /// One of tmux's variables of the pane: `pane_pid`, `alternate_on`, `cursor_flag`, `mouse_any_flag`, ...
    func variable(_ name: String) async throws -> String {
        try await tmux(["display-message", "-p", "-t", ":", "#{\(name)}"]).trimmingCharacters(in: .newlines)
    }

    /// The process id of the program.
    func processID() async throws -> Int32 {
        guard let id = Int32(try await variable("pane_pid")) else { throw Failure(description: "tmux tells no pid") }
        return id
    }

    /// The exit status of the program, or nil while it runs. A program that a signal ended has 128 and the signal.
    func exitStatus() async throws -> Int32? {
        let words = try await variable("pane_dead}|#{pane_dead_status}|#{pane_dead_signal}|#{pid")
            .split(separator: "|", omittingEmptySubsequences: false)
        guard words.count == 4, words[0] == "1" else { return nil }
        if let status = Int32(words[1]) ?? Int32(words[2]).map({ 128 + $0 }) { return status }
        // tmux 3.3 at times misses the signal that tells how a program ended, though it saw its terminal close.
        if let server = pid_t(words[3]) { kill(server, SIGCHLD) }
        return nil
    }

    // MARK: - Waiting

    /// Waits until the screen satisfies a condition, and returns it.
    @discardableResult
    func waitUntil(
        _ what: String = "a condition", within limit: Duration = .seconds(30), _ condition: (String) -> Bool
    ) async throws -> String {
        let end = ContinuousClock.now + limit
        while true {
            let screen = try await text()
            if condition(screen) { return screen }
            guard ContinuousClock.now < end else {
                let status = try await exitStatus().map { ", the program has ended with \($0)" } ?? ""
                throw Failure(description: "the screen did not show \(what) within \(limit)\(status):\n\(screen)")
            }
            // tmux tells nobody when a screen changes.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until a text is on the screen.
    @discardableResult
    func wait(for text: String, within limit: Duration = .seconds(30)) async throws -> String {
        try await waitUntil("\"\(text)\"", within: limit) { $0.contains(text) }
    }

    /// Waits until the program has ended, and returns its exit status.
    func waitForExit(within limit: Duration = .seconds(30)) async throws -> Int32 {
        let end = ContinuousClock.now + limit
        while true {
            if let status = try await exitStatus() { return status }
            guard ContinuousClock.now < end else {
                throw Failure(description: "the program did not end within \(limit):\n\(try await text())")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: - tmux

    @discardableResult
    private func tmux(_ arguments: [String]) async throws -> String {
        do {
            return try await Program.run(
                ["tmux", "-u", "-S", socket] + arguments, environment: ["LC_ALL": "C.UTF-8", "TMUX": ""])
        } catch let failure as Program.Failure {
            throw Failure(description: failure.description)
        }
    }
}
