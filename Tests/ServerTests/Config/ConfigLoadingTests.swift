import Core
import Foundation
import Testing

@testable import Server

@Suite struct ConfigLoadingTests {
    @Test func `a file that BAY_CONFIG names has to be there`() {
        #expect(throws: ConfigError.self) {
            try ServerConfig.load(environment: ["BAY_CONFIG": "/nonexistent/bay.toml"], userID: 0)
        }
    }

    @Test func `the file is read`() throws {
        let path = NSTemporaryDirectory() + "bay-\(UUID().uuidString).toml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("[hypervisor]\nuri = \"test:///default\"\n".utf8).write(to: URL(filePath: path))
        let config = try ServerConfig.load(environment: ["BAY_CONFIG": path], userID: 0)
        #expect(config.libvirtURI == "test:///default")
    }

    @Test func `a file that is no text is refused by name`() throws {
        let path = NSTemporaryDirectory() + "bay-\(UUID().uuidString).toml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: path))
        do {
            _ = try ServerConfig.load(environment: ["BAY_CONFIG": path], userID: 0)
            Issue.record("it was read")
        } catch {
            #expect(error.message.hasPrefix(path))
        }
    }
}
