import Core
import Glibc
import TUI

@main
struct Bay {
    static func main() {
        var environment: [String: String] = [:]
        for name in [
            "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "BAY_SOCKET", "XDG_RUNTIME_DIR", "BAY_THEME",
        ] {
            if let value = unsafe getenv(name) { unsafe environment[name] = String(cString: value) }
        }
        let known = environment
        let options = ConsoleOptions(
            socket: SocketClient.standardPath(environment: { known[$0] }, userID: getuid()),
            theme: known["BAY_THEME"].flatMap(Theme.builtIn(named:)) ?? .dark, environment: environment)
        switch runConsole(options) {
        case .success(let status): exit(status)
        case .failure(let error):
            let line = Array("bay: \(error.message)\n".utf8)
            _ = unsafe write(2, line, line.count)
            exit(1)
        }
    }
}
