import Foundation

/// The programs of this build, beside the tests themselves.
enum Built {
    static let directory = Bundle.main.executableURL!.deletingLastPathComponent()
    static var bayd: String { directory.appending(path: "bayd").path }
    static var bay: String { directory.appending(path: "bay").path }
}

/// A bayd of the test's own, with its state in a directory that goes with it.
final class BaydProcess: Sendable {
    let directory: URL
    let socket: String
    let arguments: [String]
    let environment: [String: String]

    /// - Parameter node: a world of libvirt's test driver, which goes with the directory as well.
    init(_ arguments: [String] = ["serve"], node: String? = nil, environment: [String: String] = [:]) throws {
        // A short path: a socket's may have 107 bytes, and PostgreSQL's user has to get in.
        directory = URL(filePath: "/tmp/bay-it-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        socket = directory.path + "/bay.sock"
        self.arguments = arguments
        var given = environment
        if let node {
            let file = directory.appending(path: "node.xml")
            try node.write(to: file, atomically: true, encoding: .utf8)
            given["LIBVIRT_URI"] = "test://\(file.path)"
        }
        self.environment = given.merging(
            [
                "BAY_STATE_DIR": directory.path + "/state", "BAY_SOCKET": socket, "BAY_CONFIG": "", "DATABASE_URL": "",
                // Tests run side by side, and a port is there once.
                "PORT": "0",
            ]
        ) { given, _ in given }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Starts it and waits until its doors are open.
    func start() async throws -> Program {
        let program = try Program(
            [Built.bayd] + arguments, environment: environment,
            output: directory.appending(path: "log-\(UInt32.random(in: 0 ... .max))"))
        _ = try await program.waitForLine(startingWith: "ready ")
        return program
    }

    /// Stops it as systemd would, and waits for the end.
    func stop(_ program: Program) async throws {
        program.send(SIGTERM)
        _ = try await program.waitForExit()
    }

    /// Runs `body` against a running server and stops it whatever happens.
    func run(_ body: (Program) async throws -> Void) async throws {
        let program = try await start()
        do {
            try await body(program)
        } catch {
            program.send(SIGTERM)
            _ = try? await program.waitForExit()
            throw error
        }
        try await stop(program)
    }

    var bay: [String: String] { ["BAY_SOCKET": socket] }
}
