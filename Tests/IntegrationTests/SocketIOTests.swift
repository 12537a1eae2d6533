import Foundation
import Postgres
import TestSupport
import Testing

/// Socket.io as python-socketio's client speaks it, on two servers with one database.
@Suite struct SocketIOTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A port that nobody has at this moment.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, size) == 0 && getsockname(socket, pointer, &size) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static let python = root.appending(path: ".build/python/bin/python").path
    private static let password = "correct horse"

    /// A bayd on a port of its own, with one running machine and one account.
    private static func server(database: String) async throws -> (bayd: BaydProcess, url: String) {
        let port = try freePort()
        let node = URL(filePath: TestDatabase.temporaryDirectory()).appending(path: "node.xml")
        try """
        <node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>web</name>\
        <uuid>6695eb01-f6a4-8304-79aa-97f2502e1930</uuid><memory>1048576</memory><vcpu>2</vcpu>\
        <os><type>hvm</type></os><test:runstate>1</test:runstate></domain></node>
        """.write(to: node, atomically: true, encoding: .utf8)
        let bayd = try BaydProcess(
            environment: [
                "LIBVIRT_URI": "test://\(node.path)", "PORT": String(port), "DATABASE_URL": database,
                "TOKENKEY": "a key that all of these servers know", "BCRYPT_ROUNDS": "4",
            ])
        return (bayd, "http://127.0.0.1:\(port)")
    }

    private static func database() async throws -> String {
        let options = try await TestDatabase.options()
        // Of two names the last one counts.
        return "\(options.connectionString) dbname=\(try #require(options.database))"
    }

    private static func addAda(_ bayd: BaydProcess) async throws {
        let input = bayd.directory.appending(path: "password")
        try "\(password)\n".write(to: input, atomically: true, encoding: .utf8)
        let made = try Program(
            [Built.bayd, "user", "add", "ada@example.org", "--role", "SUPER_ADMIN"], environment: bayd.environment,
            input: input, output: bayd.directory.appending(path: "made"))
        let status = try await made.waitForExit()
        try #require(status == 0, "\(made.output)")
    }

    /// Runs one of the programs that speak to bayd, which say what is wrong.
    private static func run(_ script: String, _ arguments: [String], _ bayd: BaydProcess) async throws {
        let peer = try Program(
            [python, "-B", root.appending(path: "Tests/SocketPeer/\(script)").path] + arguments,
            output: bayd.directory.appending(path: script))
        let status = try await peer.waitForExit(within: .seconds(240))
        #expect(status == 0, "\(peer.output)")
    }

    @Test func `every tab hears every event of the catalogue once, on either of two servers`() async throws {
        try #require(FileManager.default.fileExists(atPath: Self.python), "`scripts/setup.sh test` makes it")
        let database = try await Self.database()
        let (first, url) = try await Self.server(database: database)
        let (second, other) = try await Self.server(database: database)
        try await Self.addAda(first)
        try await first.run { _ in
            try await second.run { _ in
                try await Self.run("peer.py", [url, other, "ada@example.org", Self.password], first)
            }
        }
    }

    @Test func `many clients hear a burst in order, and those who do not read hold up nobody`() async throws {
        try #require(FileManager.default.fileExists(atPath: Self.python), "`scripts/setup.sh test` makes it")
        let (bayd, url) = try await Self.server(database: try await Self.database())
        try await Self.addAda(bayd)
        try await bayd.run { program in
            try await Self.run(
                "load.py",
                [
                    url, bayd.socket, "ada@example.org", Self.password, "500", "50", "100", "1000",
                    "\(program.processID)",
                ], bayd)
        }
    }
}
