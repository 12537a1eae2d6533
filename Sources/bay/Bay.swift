import ArgumentParser
import Core
import TUI

/// The entry: `bay` alone is the console, and that way pays for nothing that only commands need.
@main
enum Entry {
    static func main() {
        if CommandLine.arguments.count == 1 { openConsole(nil) }
        do {
            let words = Arguments.withSocketBehind(Array(CommandLine.arguments.dropFirst()))
            var command = try BayCommand.parseAsRoot(words)
            try command.run()
        } catch let failure as CommandFailure {
            Output.error("bay: " + failure.message)
            System.exit(failure.status)
        } catch {
            let status = BayCommand.exitCode(for: error)
            // Usage is 2 here, as everywhere but in sysexits.h.
            if status != .validationFailure { BayCommand.exit(withError: error) }
            Output.error(BayCommand.fullMessage(for: error))
            System.exit(2)
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

/// Where the server is.
struct Connection: ParsableArguments {
    @Option(help: "The socket of bayd, instead of BAY_SOCKET or the usual one.")
    var socket: String?

    var path: String { socket ?? Self.standardPath }
    static var standardPath: String {
        SocketClient.standardPath(environment: System.variable, userID: System.userID)
    }

    func open() throws -> ServerCall { try ServerCall(path: path) }
}

/// Data goes to standard output, everything that is said to people to standard error.
enum Output {
    static func data(_ text: String) {
        switch Streams.write(Array(text.utf8)) {
        case .written: return
        // A reader that went away, as `head` does, has what it wanted.
        case .readerGone: System.exit(0)
        case .failed(let reason):
            error("bay: the output could not be written: \(reason)")
            System.exit(1)
        }
    }

    /// Nothing can be done about a message that nobody can be shown.
    static func error(_ text: String) { _ = Streams.write(Array((SafeText.lines(text) + "\n").utf8), to: .error) }
}
