import ArgumentParser
import Core
import TUI

/// What the console was called with; nil leaves it to the settings.
struct ConsoleChoices {
    var socket: String?
    var theme: String?
    var ascii = false
    var noMouse = false
}

struct OpenConsole: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Open the console (what `bay` alone does).")

    @OptionGroup var connection: Connection
    @Option(help: "dark, light, contrast, or the path of a theme's file.") var theme: String?
    @Flag(help: "Draw with ASCII characters only.") var ascii = false
    @Flag(name: .customLong("no-mouse"), help: "Leave the mouse to the terminal.") var noMouse = false

    func run() throws {
        Self.open(
            ConsoleChoices(socket: connection.socket, theme: theme, ascii: ascii, noMouse: noMouse))
    }

    /// Runs the console and ends the process with its status.
    static func open(_ choices: ConsoleChoices) -> Never {
        let path = choices.socket ?? SocketClient.standardPath(environment: System.variable, userID: System.userID)
        let client = SocketClient(path: path, token: TokenFile(System.variable)?.token(for: path))
        // The server greets us while settings are read and the terminal is set up.
        client.connect()
        var environment: [String: String] = [:]
        for name in ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "HOME", "XDG_CONFIG_HOME"] {
            environment[name] = System.variable(name)
        }
        var settings = ConsoleSettings()
        switch ConsoleSettings.load(System.variable) {
        case .success(let loaded): settings = loaded
        case .failure(let error): Bay.fail(error.message, status: 2)
        }
        if let theme = choices.theme ?? System.variable("BAY_THEME") { settings.theme = theme }
        if choices.ascii { settings.ascii = true }
        if choices.noMouse { settings.mouse = false }
        var options = ConsoleOptions(environment: environment)
        switch settings.loadTheme() {
        case .success(let theme): options.theme = theme
        case .failure(let error): Bay.fail(error.message, status: 2)
        }
        options.settings = settings
        switch runConsole(client, options) {
        case .success(let status): System.exit(status)
        case .failure(let error): Bay.fail(error.message, status: 1)
        }
    }
}
