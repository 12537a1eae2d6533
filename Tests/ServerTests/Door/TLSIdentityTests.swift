import Core
import Foundation
import Server
import TestSupport
import Testing

/// The certificate of the HTTP door and its key, as files that change.
@Suite struct TLSIdentityTests {
    private let directory = URL(filePath: TestDatabase.temporaryDirectory())

    private func files(_ certificate: TestCertificate) -> TLSFiles {
        TLSFiles(certificate: certificate.certificate.path, key: certificate.key.path)
    }

    private func replace(_ old: URL, by new: URL) throws {
        try #require(rename(new.path, old.path) == 0)
    }

    @Test func `files that have not changed are not read again`() async throws {
        let files = files(try await TestCertificate(in: directory))
        let identity = try TLSIdentity(files)
        #expect(try !identity.refresh())
        #expect(identity.end > SystemClock().now)
    }

    @Test func `renewed files are taken up, and half of them are not`() async throws {
        let old = try await TestCertificate(in: directory)
        let new = try await TestCertificate(in: directory, named: "new")
        let identity = try TLSIdentity(files(old))
        // Whoever renews writes one file after the other.
        try replace(old.certificate, by: new.certificate)
        #expect(throws: TLSError.mismatch(files(old))) { try identity.refresh() }
        // It is told once.
        #expect(try !identity.refresh())
        try replace(old.key, by: new.key)
        #expect(try identity.refresh())
    }

    @Test func `files that go away leave the old certificate in use`() async throws {
        let files = files(try await TestCertificate(in: directory))
        let identity = try TLSIdentity(files)
        try FileManager.default.removeItem(atPath: files.key)
        #expect(throws: TLSError.unreadable(path: files.key, reason: "no such file or directory")) {
            try identity.refresh()
        }
        #expect(try !identity.refresh())
    }
}
