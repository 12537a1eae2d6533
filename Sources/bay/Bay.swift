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
            OpenConsole.self, List.self, VM.self, DepartmentCommand.self, SnapshotCommand.self, FirewallCommand.self,
            Events.self, Query.self, Login.self, Logout.self,
        ],
        defaultSubcommand: OpenConsole.self)

    static func main() {
        // Nearly always the console is wanted, at once: no parser is asked then.
        if CommandLine.arguments.count == 1 { OpenConsole.open(ConsoleChoices()) }
        do {
            let words = Arguments.withSocketBehind(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(words)
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

    func call() throws(CallError) -> ServerCall {
        try ServerCall(path: path, token: TokenFile(System.variable)?.token(for: path))
    }
}

/// How lists are printed.
struct Output: ParsableArguments {
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print CSV with a header (RFC 4180).") var csv = false
    @Option(help: "Only these columns, in this order, parted by commas.") var columns: String?

    func validate() throws {
        if json, csv { throw ValidationError("choose one of --json and --csv") }
    }

    var form: Listing.Form { json ? .json : csv ? .csv : .text }

    func show(_ listing: Listing) throws(CallError) {
        let listing = try columns.map { list throws(CallError) in try listing.choosing(list, for: form) } ?? listing
        let width = form == .text && System.isTerminal(.output) ? System.columns : nil
        Print.data(listing.printed(as: form, width: width))
    }
}

/// Data for standard output. A write that failed is no success: a script takes the status 0 for all of it.
enum Print {
    static func data(_ text: String) { data(Array(text.utf8)) }

    static func data(_ bytes: [UInt8]) {
        switch Streams.write(bytes) {
        case .written: return
        // A reader that went away, as `head` does, has what it wanted.
        case .readerGone: System.exit(0)
        case .failed(let reason): Bay.fail("the output could not be written: \(reason)", status: 1)
        }
    }
}
