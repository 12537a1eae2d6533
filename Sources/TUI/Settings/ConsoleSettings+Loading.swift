package import Core

extension ConsoleSettings {
    /// Reads the settings' file, if there is one.
    package static func load(_ variable: (String) -> String?) -> Result<ConsoleSettings, ConfigError> {
        guard let (path, isRequired) = file(variable) else { return .success(ConsoleSettings()) }
        switch System.read(path, limit: 1 << 20) {
        case .failure(let problem) where problem.isMissing && !isRequired: return .success(ConsoleSettings())
        case .failure(let problem):
            return .failure(ConfigError([ConfigFinding(.file(path, line: nil), key: "", problem: problem.message)]))
        case .success(let bytes):
            do throws(ConfigError) {
                return .success(try ConsoleSettings(file: String(decoding: bytes, as: UTF8.self), named: path))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The theme that the settings name: a built-in one, or a file's.
    package func loadTheme() -> Result<Theme, ConfigError> {
        if let theme = Theme.builtIn(named: theme) { return .success(theme) }
        func wrong(_ line: Int?, _ problem: String) -> Result<Theme, ConfigError> {
            .failure(ConfigError([ConfigFinding(.file(theme, line: line), key: "theme", problem: problem)]))
        }
        guard theme.contains("/") else {
            let names = Theme.builtIn.map(\.name).joined(separator: ", ")
            return wrong(nil, "there is no such theme; there are \(names), and paths of files")
        }
        switch System.read(theme, limit: 1 << 20) {
        case .failure(let problem): return wrong(nil, problem.message)
        case .success(let bytes):
            do throws(ThemeError) {
                return .success(try Theme(parsing: String(decoding: bytes, as: UTF8.self)))
            } catch {
                return wrong(error.line, error.reason)
            }
        }
    }
}
