import Foundation

extension BaydProcess {
    /// A bayd that serves HTTP on a port of its own.
    convenience init(http arguments: [String], environment: [String: String] = [:]) throws {
        try self.init(arguments, environment: environment.merging(["PORT": "\(try Self.freePort())"]) { $1 })
    }

    var port: String { environment["PORT"] ?? "0" }

    /// A port that nobody uses. Below those that the kernel gives to whoever connects: bayd opens it only after a while.
    private static func freePort() throws -> UInt16 {
        for _ in 0..<1000 {
            let port = UInt16.random(in: 12_000..<32_000)
            let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let status = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status == 0 { return port }
        }
        throw Program.Failure(description: "no port is free")
    }

    /// Makes an account beside the server, which may run.
    func addUser(_ email: String, role: String, password: String) async throws {
        let file = directory.appending(path: "password-\(UInt32.random(in: 0 ... .max))")
        try password.write(to: file, atomically: true, encoding: .utf8)
        // A demo's state is in a folder of its own, where no other command looks.
        let state = arguments.contains { $0.hasPrefix("--demo") } ? directory.path + "/state/demo" : nil
        let program = try Program(
            [Built.bayd, "user", "add", email, "--role", role],
            environment: environment.merging(state.map { ["BAY_STATE_DIR": $0] } ?? [:]) { $1 },
            input: file, output: directory.appending(path: "output-\(UInt32.random(in: 0 ... .max))"))
        let status = try await program.waitForExit()
        guard status == 0 else { throw Program.Failure(description: "no account was made: \(program.output)") }
    }
}

/// Programs in Python that use bayd as others do, with the libraries that `Tests/requirements.txt` lists.
enum Client {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    private static let python = tests.deletingLastPathComponent().appending(path: ".build/python/bin/python").path

    static let guide = tests.deletingLastPathComponent().appending(path: "docs/admin-guide.md").path

    /// Runs one of them to its end and returns what it wrote. Throws when it fails, or when Python is not there.
    @discardableResult
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:],
        within limit: Duration = .seconds(180)
    ) async throws -> String {
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Program.Failure(description: "\(python) is not there: `sh scripts/setup.sh test` makes it")
        }
        return try await Program.run(
            [python, tests.appending(path: "Clients/\(name).py").path] + arguments, environment: environment,
            within: limit)
    }
}
