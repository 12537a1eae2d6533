import Foundation
import Testing

@testable import Core

@Suite struct SampleConfigTests {
    private var sample: String {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            return try String(contentsOf: root.appending(path: "docs/bay.toml"), encoding: .utf8)
        }
    }

    @Test func `the sample as it is changes nothing`() throws {
        let config = try ServerConfig(file: try sample, named: "bay.toml", environment: [:], userID: 0)
        #expect(try config == ServerConfig(file: nil, named: "bay.toml", environment: [:], userID: 0))
    }

    @Test func `every line of the sample that is a setting is one`() throws {
        let text = try sample.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        }.joined(separator: "\n")
        let config = try ServerConfig(file: text, named: "bay.toml", environment: [:], userID: 0)
        #expect(config.databaseURL == "postgresql://bay@db.example.org/bay")
        #expect(config.log.directory == "/var/log/bay")
        // The other settings of the sample are the standard values.
        #expect(config.stateDirectory == "/var/lib/bay" && config.stats == StatsPeriods())
        #expect(config.eventDays == ServerConfig().eventDays && config.drops == DropLogSettings())
        #expect(config.roles.standard == .user && config.log.level == .info)
    }
}
