import ArgumentParser
import Core
import TUI

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

    func run() throws {
        if let theme, Theme.builtIn(named: theme) == nil {
            throw CommandFailure.usage(
                "there is no theme \"\(theme)\": \(Theme.builtIn.map(\.name).joined(separator: ", "))")
        }
        openConsole(self)
    }
}

/// Runs the console and ends the program; without arguments where `bay` alone was typed.
func openConsole(_ arguments: ConsoleArguments?) -> Never {
    var options = ConsoleOptions(
        socket: arguments?.connection.path ?? Connection.standardPath,
        theme: (arguments?.theme ?? System.variable("BAY_THEME")).flatMap(Theme.builtIn(named:)) ?? .dark,
        environment: terminalVariables)
    options.mouse = arguments?.noMouse != true
    if arguments?.ascii == true { options.glyphs = .ascii }
    switch runConsole(options) {
    case .success(let status): System.exit(status)
    case .failure(let error):
        Output.error("bay: \(error.message)")
        System.exit(1)
    }
}

/// What decides how a terminal is drawn on.
private var terminalVariables: [String: String] {
    var known: [String: String] = [:]
    for name in ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE"] { known[name] = System.variable(name) }
    return known
}
