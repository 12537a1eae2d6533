import Core
import Foundation
import Server
import TestSupport
import Testing

@Suite struct TokenKeyFileTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "bay-key-\(UUID().uuidString)").path
    private var file: TokenKeyFile { TokenKeyFile(directory: directory) }
    private let claims = TokenClaims(userID: "u", email: nil, role: .user, issuedAt: 1, expiresAt: 2)

    private func prepare() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func settings(_ change: (inout AccountSettings) -> Void) throws -> Accounts.Settings {
        var settings = AccountSettings()
        change(&settings)
        return try Accounts.Settings(settings, directory: directory, log: TestDatabase.quiet)
    }

    @Test func `a key is made once, and nobody else may read it`() throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let token = try file.key().sign(claims)
        #expect(try file.key().verify(token) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["token.key"])
    }

    @Test func `many who ask at once get one key`() async throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = file
        let claims = claims
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try file.key().sign(claims) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens.count == 1)
    }

    @Test func `a key that others can read, and one that is cut short, are refused`() throws {
        try prepare()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try file.key()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect(throws: ServerError.self) { try file.key() }
        try FileManager.default.removeItem(atPath: file.path)
        try "short".write(toFile: file.path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(throws: ServerError.self) { try file.key() }
        try FileManager.default.removeItem(atPath: file.path)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/dev/zero")
        #expect(throws: ServerError.self) { try file.key() }
    }

    @Test func `the key is TOKENKEY, else that of the file, and the known one only where it is allowed`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let known = TokenKey(AccountSettings.insecureKey).sign(claims)
        let named = TokenKey("a key of the environment").sign(claims)
        #expect(try settings { $0.tokenKey = "a key of the environment" }.key.verify(named) != nil)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        #expect(
            try settings {
                $0.allowsInsecureKey = true
                $0.isProduction = false
            }.key.verify(known) != nil)
        #expect(try settings { $0.allowsInsecureKey = true }.key.verify(known) == nil)
        #expect(FileManager.default.fileExists(atPath: file.path))
    }
}
