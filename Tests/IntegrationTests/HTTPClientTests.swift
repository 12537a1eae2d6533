import Foundation
import JSON
import TestSupport
import Testing

/// bayd beside programs that were not written for it: what people read in the guide, and what front ends are made with.
@Suite(.serialized) struct HTTPClientTests {
    private static let email = "ada@example.org"
    private static let password = "her password"

    /// Runs a bayd with HTTP and the account of an administrator.
    private func serve(
        _ environment: [String: String] = [:], _ body: (BaydProcess) async throws -> Void
    ) async throws {
        let bayd = try BaydProcess(
            http: ["serve"], environment: ["LIBVIRT_URI": "test:///default"].merging(environment) { $1 })
        try await bayd.addUser(Self.email, role: "SUPER_ADMIN", password: Self.password)
        try await bayd.run { _ in
            let client = try await LocalConnection.open(bayd.socket)
            try await eventually("the host's machine is known") {
                try await client.ask("{ machines(includeUnmanaged: true) { id } }")["machines"]?.array?.isEmpty == false
            }
            try await body(bayd)
        }
    }

    @Test func `the library gql signs in, asks, changes and hears of it`() async throws {
        try await serve { bayd in
            let output = try await Client.run(
                "front_end", ["http://localhost:\(bayd.port)/graphql", Self.email],
                environment: ["PASSWORD": Self.password])
            #expect(output.hasSuffix("done\n"), "\(output)")
        }
    }

    @Test func `the examples of the guide are answered as it says`() async throws {
        try await serve { bayd in
            let output = try await Client.run("guide", [Client.guide, bayd.port])
            #expect(output.contains("10 calls of curl, 0 wrong"), "\(output)")
        }
    }

    @Test func `tokens that are worth nothing open no door`() async throws {
        let key = "a key that only the server and this test know"
        try await serve(["TOKENKEY": key]) { bayd in
            let output = try await Client.run(
                "tokens", [bayd.port, bayd.socket, Self.email],
                environment: ["PASSWORD": Self.password, "TOKENKEY": key])
            #expect(output == "5 doors, 15 bad tokens, 0 wrong\n", "\(output)")
        }
    }

    // MARK: TLS

    private func curl(_ arguments: String...) async throws -> String {
        try await Program.run(["curl", "-sS", "--max-time", "60"] + arguments)
    }

    @Test func `with a certificate everything is served over TLS, and plain HTTP hears so`() async throws {
        let directory = URL(filePath: TestDatabase.temporaryDirectory())
        let files = try await TestCertificate(in: directory)
        try await serve(["TLS_CERTIFICATE": files.certificate.path, "TLS_KEY": files.key.path]) { bayd in
            let authority = files.certificate.path
            let url = "https://localhost:\(bayd.port)"
            #expect(try await curl("--cacert", authority, "\(url)/health/live") == "OK\n")
            let output = try await Client.run(
                "front_end", ["\(url)/graphql", Self.email, authority], environment: ["PASSWORD": Self.password])
            #expect(output.hasSuffix("done\n"), "\(output)")
            let socket = try await Client.run(
                "socket_over_tls", [bayd.port, Self.email, authority], environment: ["PASSWORD": Self.password])
            #expect(socket == "connected, then closed with 1002\n")

            let plain = try await curl("-w", "%{http_code}", "http://localhost:\(bayd.port)/health/live")
            #expect(plain.hasSuffix("400") && plain.contains("https://"), "\(plain)")
            // Who does not know the certificate does not trust it.
            await #expect(throws: Program.Failure.self) { try await curl("\(url)/health/live") }
            // Older versions than 1.2 have known holes.
            await #expect(throws: Program.Failure.self) {
                try await Program.run([
                    "openssl", "s_client", "-connect", "localhost:\(bayd.port)", "-tls1_1", "-cipher",
                    "DEFAULT@SECLEVEL=0",
                ])
            }
            let modern = try await Program.run(["openssl", "s_client", "-connect", "localhost:\(bayd.port)", "-tls1_2"])
            #expect(modern.contains("TLSv1.2"))
        }
    }

    @Test func `what is wrong with the files of TLS is told by check and at the start`() async throws {
        let directory = URL(filePath: TestDatabase.temporaryDirectory())
        let good = try await TestCertificate(in: directory, named: "good")
        let other = try await TestCertificate(in: directory, named: "other")
        let locked = try await TestCertificate(in: directory, named: "locked", password: "secret")
        let text = directory.appending(path: "text.pem")
        try "no certificate\n".write(to: text, atomically: true, encoding: .utf8)
        let missing = directory.appending(path: "missing.pem")
        for (certificate, key, words) in [
            (missing, good.key, "missing.pem cannot be read: no such file"),
            (good.certificate, missing, "missing.pem cannot be read: no such file"),
            (text, good.key, "text.pem holds no certificate in PEM"),
            (good.certificate, text, "text.pem holds no private key in PEM"),
            (good.certificate, other.key, "is not that of the certificate in"),
            (locked.certificate, locked.key, "locked.key is encrypted"),
        ] {
            let bayd = try BaydProcess(
                http: ["serve"],
                environment: [
                    "LIBVIRT_URI": "test:///default", "TLS_CERTIFICATE": certificate.path, "TLS_KEY": key.path,
                ])
            for command in ["check", "serve"] {
                let program = try Program(
                    [Built.bayd, command], environment: bayd.environment,
                    output: bayd.directory.appending(path: command))
                #expect(try await program.waitForExit() == 1)
                #expect(program.output.contains(words), "\(command): \(program.output)")
            }
        }
        let bayd = try BaydProcess(
            http: ["check"],
            environment: [
                "LIBVIRT_URI": "test:///default", "TLS_CERTIFICATE": good.certificate.path, "TLS_KEY": good.key.path,
            ])
        let output = try await Program.run([Built.bayd, "check"], environment: bayd.environment)
        #expect(output.contains("ok      tls") && output.contains("good.pem is good until 20"), "\(output)")
    }
}
