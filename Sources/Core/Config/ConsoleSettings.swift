/// Settings of the console: `~/.config/bay/bay.toml`, or the file that BAY_CONSOLE_CONFIG names.
package struct ConsoleSettings: Equatable, Sendable {
    /// A built-in theme's name, or the path of a theme's file.
    package var theme = "dark"
    package var mouse = true
    /// Draws with ASCII characters only; otherwise the terminal's locale decides.
    package var ascii = false
    /// What graphs are drawn with.
    package enum Graphs: String, CaseIterable, Equatable, Sendable { case blocks, braille }
    package var graphs = Graphs.blocks
    /// Columns of the list of machines by their ids; empty for the standard ones.
    package var columns: [String] = []
    /// The column that machines are sorted by, with a minus before it for descending.
    package var sort = "name"
    /// The filter that the list starts with.
    package var filter = ""

    package init() {}

    package static let columnNames = [
        "name", "state", "department", "cpu", "trend", "wait", "memory", "network", "disk", "vcpus", "size", "os",
        "ip", "domain", "created",
    ]

    /// Reads the file's text. Throws everything that is wrong with it, each with its line.
    package init(file: String, named name: String) throws(ConfigError) {
        self.init()
        var reader = ConfigReader(file: file, named: name)
        reader.string("theme") { theme = $0 }
        reader.flag("mouse") { mouse = $0 }
        reader.flag("ascii") { ascii = $0 }
        reader.choice("graphs", Graphs.self) { graphs = $0 }
        reader.table("machines") { reader in
            reader.names("columns", among: Self.columnNames) { columns = $0 }
            reader.names("sort", among: Self.columnNames.filter { $0 != "trend" }.flatMap { [$0, "-" + $0] }) {
                sort = $0.first ?? sort
            }
            reader.string("filter") { filter = $0 }
        }
        reader.end()
        if !reader.findings.isEmpty { throw ConfigError(reader.findings) }
    }

    /// The file to read, and whether it has to exist.
    package static func file(_ variable: (String) -> String?) -> (path: String, isRequired: Bool)? {
        if let path = variable("BAY_CONSOLE_CONFIG"), !path.isEmpty { return (path, true) }
        if let home = variable("XDG_CONFIG_HOME"), home.hasPrefix("/") { return (home + "/bay/bay.toml", false) }
        if let home = variable("HOME"), home.hasPrefix("/") { return (home + "/.config/bay/bay.toml", false) }
        return nil
    }
}
