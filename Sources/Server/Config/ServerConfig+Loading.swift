package import Core
import FoundationEssentials

extension ServerConfig {
    /// Reads the configuration file, where there is one, and the environment.
    package static func load(environment: [String: String], userID: UInt32) throws(ConfigError) -> ServerConfig {
        let (path, isRequired) = file(environment)
        var text: String?
        if isRequired || FileManager.default.fileExists(atPath: path) {
            do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
                throw ConfigError([ConfigFinding(.file(path, line: nil), key: "", problem: reason(error, path))])
            }
        }
        return try ServerConfig(file: text, named: path, environment: environment, userID: userID)
    }

    private static func reason(_ error: any Error, _ path: String) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "does not exist, though BAY_CONFIG names it"
        case .fileReadNoPermission: "cannot be read: permission denied"
        case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: "is not UTF-8 text"
        default: FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
        }
    }
}
