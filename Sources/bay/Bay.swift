import ArgumentParser
import TUI

@main
struct Bay: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "bay", abstract: "The console for virtual machines, and its command line.",
        discussion: "Without a command it opens the console. Settings: ~/.config/bay/bay.toml.",
        version: version,
        subcommands: [
            OpenConsole.self, List.self, VM.self, DepartmentCommand.self, SnapshotCommand.self,
            Events.self, Query.self,
        ],
        defaultSubcommand: OpenConsole.self)

    static func main() {
        // Nearly always the console is wanted, at once: no parser is asked then.
        if CommandLine.arguments.count == 1 { OpenConsole.open(ConsoleChoices()) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as CallError {
            fail(error.message, status: error.exitStatus)
        } catch {
            let status = exitCode(for: error)
            // Help, version and completion scripts are asked for and belong to standard output.
            guard status != .success else { exit(withError: error) }
            if error is ExitCode { System.exit(status.rawValue) }
            System.write(fullMessage(for: error) + "\n", to: .error)
            System.exit(status == .validationFailure ? 2 : 1)
        }
    }

    static func fail(_ message: String, status: Int32) -> Never {
        System.write("bay: \(Text.sanitised(message))\n", to: .error)
        System.exit(status)
    }
}

/// Where the server is: an option of every command.
struct Connection: ParsableArguments {
    @Option(name: .long, help: "The socket of bayd. Standard: BAY_SOCKET, else where bayd puts it.")
    var socket: String?

    var path: String {
        socket ?? SocketClient.standardPath(environment: System.variable, userID: System.userID)
    }

    func call() throws -> ServerCall { try ServerCall(path: path) }
}

/// How lists are printed.
struct Output: ParsableArguments {
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print CSV with a header.") var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("choose one of --json and --csv") }
    }

    var form: Listing.Form { json ? .json : csv ? .csv : .text }

    func show(_ listing: Listing) {
        let width = form == .text && System.isTerminal(.output) ? System.columns : nil
        System.write(listing.printed(as: form, width: width))
    }
}
