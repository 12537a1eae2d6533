package import Core
import Glibc

/// How the console was called.
package struct ConsoleOptions: Sendable {
    package var theme: Theme
    package var settings = ConsoleSettings()
    package var environment: [String: String]

    package init(theme: Theme = .dark, environment: [String: String]) {
        self.theme = theme
        self.environment = environment
    }
}

/// Runs the console on a connection until it is left. Returns the exit status, or why there is no terminal to draw on.
package func runConsole(_ client: SocketClient, _ options: ConsoleOptions) -> Result<Int32, TerminalError> {
    var settings = TerminalOptions(environment: options.environment)
    settings.theme = options.theme
    settings.mouse = options.settings.mouse
    // Where the locale knows no UTF-8, what was chosen for graphs does not matter.
    if options.settings.ascii { settings.glyphs = .ascii }
    if options.settings.graphs == .braille { settings.prefersBraille = true }
    let terminal: Terminal
    do { terminal = try Terminal(settings) } catch { return .failure(error) }
    let runtime = ConsoleRuntime(
        client: client, size: terminal.size, theme: options.theme, settings: options.settings)
    runtime.begin(on: terminal)
    switch terminal.run(runtime) {
    case .stopped, .hangup: return .success(0)
    // As shells say it of a program that a signal ended.
    case .signal(let number): return .success(128 + number)
    }
}
