package import Core

/// How a terminal is used.
package struct TerminalOptions: Sendable {
    package var input: Int32 = 0
    package var output: Int32 = 1
    package var theme: Theme = .dark
    package var mouse = true
    /// Nil: by locale and TERM.
    package var glyphs: GlyphSet?
    /// Draws graphs with braille where the terminal shows UTF-8: finer than blocks, for fonts that have it.
    package var prefersBraille = false
    /// Nil: by terminal description, COLORTERM and NO_COLOR.
    package var depth: ColourDepth?
    package var environment: [String: String]
    /// Handles the signals of the process. Off for a terminal that is not the process's own: tests.
    package var handlesSignals = true

    package init(environment: [String: String]) { self.environment = environment }

    /// The names of TERM that know escape sequences beyond the linux console and the old hardware.
    var isModern: Bool {
        let term = environment["TERM"] ?? ""
        return !(term == "linux" || term.hasPrefix("vt") || term.hasPrefix("cons") || term.hasPrefix("ansi"))
    }
}

/// Why there is no terminal to draw on.
package enum TerminalError: Error, Equatable, Sendable {
    case notATerminal
    case tooSimple(String)
    case unknown(String)
    case inUse

    /// One line, lower case, no full stop.
    package var message: String {
        switch self {
        case .notATerminal: "input and output have to be a terminal; `bay ls` prints lists into pipes and files"
        case .tooSimple(let term):
            "TERM=\(Text.sanitised(term)) cannot place text on the screen; set TERM to what your terminal is, "
                + "for example xterm-256color, or use `bay ls`"
        case .unknown(let term):
            "there is no description of the terminal TERM=\(Text.sanitised(term)); try TERM=xterm-256color"
        case .inUse: "this process already draws on a terminal"
        }
    }
}

/// What the terminal has to tell.
package enum TerminalEvent: Equatable, Sendable {
    case input(Input)
    /// The moment that `TerminalApp.nextWake` asked for.
    case wake
    /// Something was posted from another thread; see `Mailbox`.
    case posted
    /// The process went on after a stop.
    case resumed
}

/// Why the terminal's loop ended.
package enum TerminalEnd: Equatable, Sendable {
    /// The app called `stop`.
    case stopped
    /// The terminal went away: hang-up or end of input.
    case hangup
    /// A signal asked for the end: SIGTERM, SIGINT, SIGQUIT.
    case signal(Int32)
}

/// What runs on a terminal. Everything is called on the thread that runs the loop.
package protocol TerminalApp: AnyObject {
    func handle(_ event: TerminalEvent, terminal: Terminal)
    /// The picture for this size; nil when it would be the one given last. Called after events, never without a reason,
    /// and after `Terminal.redraw` and `resume`: then nil shows the last one again.
    func render(_ size: Size) -> Canvas?
    /// When `.wake` is to come, by `Terminal.now`; nil for never. Asked for before each wait.
    var nextWake: Double? { get }
}
