import Foundation
import TUI
import Testing

@Suite struct TokenFileTests {
    private let home = FileManager.default.temporaryDirectory.appending(path: "bay-token-\(UUID().uuidString)").path
    private var file: TokenFile { TokenFile(path: home + "/state/bay/token") }

    @Test func `a token is kept for its own server, and nobody else may read it`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        #expect(file.token(for: "/run/a") == nil)
        try file.keep("t1", for: "/run/a")
        #expect(file.token(for: "/run/a") == "t1")
        #expect(file.token(for: "/run/b") == nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try file.keep("t2", for: "/run/b")
        #expect(file.token(for: "/run/a") == nil && file.token(for: "/run/b") == "t2")
        #expect(try FileManager.default.contentsOfDirectory(atPath: home + "/state/bay") == ["token"])
        try file.remove()
        try file.remove()
        #expect(file.token(for: "/run/b") == nil)
    }

    @Test func `a file that others can read or write is not believed`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        try file.keep("t", for: "/run/a")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect(file.token(for: "/run/a") == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(file.token(for: "/run/a") == "t")
        try FileManager.default.moveItem(atPath: file.path, toPath: file.path + "2")
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: file.path + "2")
        #expect(file.token(for: "/run/a") == nil)
    }

    @Test(
        arguments: [
            (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/bay/token"), (["HOME": "/h"], "/h/.local/state/bay/token"),
            (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/bay/token"), ([:], nil),
        ] as [([String: String], String?)])
    func `the environment says where it is`(environment: [String: String], path: String?) {
        #expect(TokenFile { environment[$0] }?.path == path)
    }
}
