package import Foundation

/// A certificate for this host that nobody else trusts, with its key, in a directory of the test's.
package struct TestCertificate: Sendable {
    package let certificate: URL
    package let key: URL

    /// Makes both, by the program openssl.
    /// - Parameter password: what the key is encrypted with; nil: it is not.
    package init(in directory: URL, named name: String = "tls", password: String? = nil) async throws {
        certificate = directory.appending(path: "\(name).pem")
        key = directory.appending(path: "\(name).key")
        try await Self.openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key.path,
                "-out", certificate.path, "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ] + (password.map { ["-passout", "pass:\($0)"] } ?? ["-nodes"]))
    }

    private static func openssl(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardError = FileHandle.nullDevice
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        guard status == 0 else { throw TestCertificateError(message: "openssl ended with \(status)") }
    }
}

package struct TestCertificateError: Error {
    package var message: String
}
