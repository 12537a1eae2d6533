import ArgumentParser
import Core
import Glibc
import TUI

/// The entry: `bay` alone is the console, and that way pays for nothing that only commands need.
@main
enum Entry {
    static func main() {
        if CommandLine.arguments.count == 1 { console(ConsoleArguments.none) }
        do {
            var command = try BayCommand.parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            Output.error(failure.message)
            exit(failure.status)
        } catch {
            let status = BayCommand.exitCode(for: error).rawValue
            // Usage is 2 here, as everywhere but in sysexits.h.
            if status != EX_USAGE { BayCommand.exit(withError: error) }
            Output.error(BayCommand.fullMessage(for: error))
            exit(2)
        }
    }
}

struct BayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bay", abstract: "The console of Bay, and its commands for scripts.", version: Version.text,
        subcommands: [
            ConsoleArguments.self, List.self, MachineCommand.self, DepartmentCommand.self, SnapshotCommand.self,
            Events.self, Query.self,
        ], defaultSubcommand: ConsoleArguments.self)
}

enum Version {
    static let text = "0.1.0"
}

struct ConsoleArguments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Opens the console. This is what bay does without a command.")

    @OptionGroup var connection: Connection
    @Option(help: "dark, light or contrast.")
    var theme: String?
    @Flag(help: "Draw with ASCII characters alone.")
    var ascii = false
    @Flag(name: .customLong("no-mouse"), help: "Leave the mouse to the terminal.")
    var noMouse = false

    static var none: ConsoleArguments? { nil }

    func run() throws {
        if let theme, Theme.builtIn(named: theme) == nil {
            throw CommandFailure.usage(
                "there is no theme \"\(theme)\": \(Theme.builtIn.map(\.name).joined(separator: ", "))")
        }
        console(self)
    }
}

/// Runs the console and ends the program.
func console(_ arguments: ConsoleArguments?) -> Never {
    var options = ConsoleOptions(
        socket: arguments?.connection.path ?? Connection.standardPath,
        theme: (arguments?.theme ?? Environment["BAY_THEME"]).flatMap(Theme.builtIn(named:)) ?? .dark,
        environment: Environment.terminal)
    options.mouse = arguments?.noMouse != true
    if arguments?.ascii == true { options.glyphs = .ascii }
    switch runConsole(options) {
    case .success(let status): exit(status)
    case .failure(let error):
        Output.error("bay: \(error.message)")
        exit(1)
    }
}

/// Where the server is.
struct Connection: ParsableArguments {
    @Option(help: "The socket of bayd, instead of BAY_SOCKET or the usual one.")
    var socket: String?

    var path: String { socket ?? Self.standardPath }
    static var standardPath: String { SocketClient.standardPath(environment: { Environment[$0] }, userID: getuid()) }

    func open() throws -> ServerCall { try ServerCall(path: path) }
}

enum Environment {
    static subscript(name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// What decides how a terminal is drawn on.
    static var terminal: [String: String] {
        var known: [String: String] = [:]
        for name in ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE"] { known[name] = self[name] }
        return known
    }
}

/// Data goes to standard output, everything that is said to people to standard error.
enum Output {
    static func data(_ text: String) { write(text, to: 1) }
    static func error(_ text: String) { write(text + "\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A reader that went away, as `head` does, has what it wanted.
            if count <= 0 { exit(errno == EPIPE ? 0 : 1) }
            bytes = bytes.dropFirst(count)
        }
    }
}
