import Core
import Foundation
import JSON
import TestSupport
import Testing

/// bayd's commands, statuses and signals, as a shell or systemd sees them.
@Suite struct BaydCommandTests {
    /// Runs bayd to its end, with a state directory and a socket of its own.
    private func run(
        _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String, errors: String) {
        let bayd = try BaydProcess(arguments, environment: environment)
        let errors = bayd.directory.appending(path: "errors")
        let program = try Program(
            [Built.bayd] + arguments, environment: bayd.environment,
            output: bayd.directory.appending(path: "output"), errors: errors)
        let status = try await program.waitForExit()
        return (status, program.output, try String(contentsOf: errors, encoding: .utf8))
    }

    @Test(arguments: [
        ["--nonsense"], ["frobnicate"], ["serve", "--demo=many"], ["serve", "--demo=-1"], ["schema", "x"],
    ])
    func `wrong usage is status 2, with words on standard error alone`(arguments: [String]) async throws {
        let (status, output, errors) = try await run(arguments)
        #expect(status == 2 && output.isEmpty && errors.contains("Usage: bayd"))
    }

    @Test func `help and version are on standard output`() async throws {
        let version = try await run(["--version"])
        #expect(version.status == 0 && version.output.first?.isNumber == true && version.errors.isEmpty)
        let help = try await run(["--help"])
        #expect(help.status == 0 && help.output.contains("migrate") && help.errors.isEmpty)
        #expect(!help.output.contains("demo-events"))
    }

    @Test func `schema prints the whole schema and needs nothing`() async throws {
        let (status, output, errors) = try await run(["schema"], ["LIBVIRT_URI": "nothing:///", "DATABASE_URL": "x"])
        #expect(status == 0 && errors.isEmpty)
        for part in ["type Query {", "type Mutation {", "type Subscription {", "scalar DateTimeISO"] {
            #expect(output.contains(part), "\(part)")
        }
    }

    @Test func `all that is wrong with the settings is told at once, one a line`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "bay-\(UUID().uuidString).toml")
        defer { try? FileManager.default.removeItem(at: file) }
        try "[stats]\nperiod = 0\n[log]\nlevl = \"info\"\n".write(to: file, atomically: true, encoding: .utf8)
        for command in ["serve", "check", "migrate"] {
            let (status, output, errors) = try await run(
                [command], ["BAY_CONFIG": file.path, "BAY_STATE_DIR": "relative"])
            #expect(status == 2 && output.isEmpty)
            let lines = errors.split(separator: "\n")
            #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix("bayd: ") }, "\(errors)")
            #expect(errors.contains(":2: stats.period") && errors.contains(":4: log.levl"))
        }
    }

    @Test func `check says what is missing, what to do about it, and changes nothing`() async throws {
        let good = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"])
        let output = try await Program.run([Built.bayd, "check"], environment: good.environment)
        for subject in ["settings", "state", "hypervisor", "database", "socket"] {
            #expect(output.split(separator: "\n").contains { $0.hasPrefix("ok      \(subject)") }, "\(output)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: good.directory.path).isEmpty)

        let bad = try await run(
            ["check"],
            [
                "LIBVIRT_URI": "qemu+unix:///system?socket=/nonexistent/libvirt-sock", "BAY_STATE_DIR": "/dev/null/bay",
                "DATABASE_URL": "postgresql://bay:pl4nted@127.0.0.1:1/bay", "BAY_SOCKET": "/dev/null/bay.sock",
            ])
        #expect(bad.status == 1)
        for subject in ["state", "hypervisor", "database", "socket"] {
            #expect(bad.output.contains("missing \(subject)"), "\(bad.output)")
        }
        #expect(bad.output.contains("/nonexistent/libvirt-sock") && bad.output.contains("-> "))
        #expect(!(bad.output + bad.errors).contains("pl4nted"))
    }

    @Test func `migrate says what it ran, and that there was nothing left to run`() async throws {
        let bayd = try BaydProcess()
        let first = try await Program.run([Built.bayd, "migrate"], environment: bayd.environment)
        #expect(first.hasPrefix("applied "), "\(first)")
        let second = try await Program.run([Built.bayd, "migrate"], environment: bayd.environment)
        #expect(second == "up to date\n")
        let pid = bayd.directory.path + "/state/postgres/data/postmaster.pid"
        #expect(!FileManager.default.fileExists(atPath: pid))
    }

    @Test(arguments: [
        "postgresql://bay:pl4nted@127.0.0.1:1/bay", "host=127.0.0.1 port=1 password=pl4nted",
        "postgresql://bay:pl4nted@127.0.0.1:1/bay?nonsense=1", "postgresql://bay:pl4nted@[::1/bay",
    ])
    func `a database's password is in no output`(url: String) async throws {
        for command in ["migrate", "serve", "check"] {
            let (status, output, errors) = try await run(
                [command], ["DATABASE_URL": url, "DEBUG": "*", "LIBVIRT_URI": "test:///default"])
            #expect(status == 1)
            #expect(!(output + errors).contains("pl4nted"), "\(command): \(output)\(errors)")
        }
    }

    @Test func `a demo has as many machines as it is told in either form, and 40 otherwise`() async throws {
        for (arguments, count) in [(["--demo"], 40), (["serve", "--demo", "7"], 7)] {
            let bayd = try BaydProcess(arguments)
            try await bayd.run { _ in
                let answer = try await LocalConnection.open(bayd.socket).ask(
                    "{ machines(pagination: {take: 100}) { id } }")
                #expect(answer["machines"]?.array?.count == count)
            }
        }
    }

    @Test func `a stop tells every console why and waits for no guest`() async throws {
        // The machines of the test driver obey at once, so it is a console that does not: its subscription never ends.
        let bayd = try BaydProcess(["serve", "--demo=5"])
        let program = try await bayd.start()
        let idle = try await LocalConnection.open(bayd.socket)
        let busy = try await LocalConnection.open(bayd.socket)
        let events = try await busy.begin("subscription { links { link } }")
        _ = try await busy.data(of: events)
        program.send(SIGTERM)
        for client in [idle, busy] {
            var last: ServerMessage?
            while let message = try? await client.receive() { last = message }
            #expect(last == .closing(code: 1001, reason: "bayd is stopping"))
        }
        #expect(try await program.waitForExit() == 0)
    }

    @Test func `SIGHUP stops in order, and a signal during the start does too`() async throws {
        let bayd = try BaydProcess(["serve", "--demo=2"])
        var program = try await bayd.start()
        program.send(SIGHUP)
        #expect(try await program.waitForExit() == 0)
        program = try Program(
            [Built.bayd] + bayd.arguments, environment: bayd.environment,
            output: bayd.directory.appending(path: "early"))
        // PostgreSQL is made to wait for: bayd is in the middle of its start.
        let pid = bayd.directory.path + "/state/demo/postgres/data/postmaster.pid"
        try await eventually("PostgreSQL is started") { FileManager.default.fileExists(atPath: pid) }
        program.send(SIGTERM)
        #expect(try await program.waitForExit() == 0)
        #expect(!FileManager.default.fileExists(atPath: pid))
    }

    @Test func `systemd is told of start and stop, by a path and by an abstract name`() async throws {
        for isAbstract in [false, true] {
            let name = "/tmp/bay-notify-\(UInt32.random(in: 0 ... .max))"
            defer { unlink(name) }
            let socket = try NotifySocket(name, isAbstract: isAbstract)
            let bayd = try BaydProcess(
                ["serve", "--demo=2"], environment: ["NOTIFY_SOCKET": isAbstract ? "@" + name : name])
            try await bayd.run { _ in
                let state = try socket.receive()
                #expect(state == "READY=1")
            }
            #expect(try socket.receive() == "STOPPING=1")
        }
    }

    @Test func `what is in the state directory is closed to others`() async throws {
        let bayd = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"])
        try await bayd.run { _ in
            let state = bayd.directory.path + "/state"
            for (path, forbidden) in [
                ("", 0o022), ("/postgres", 0o066), ("/postgres/data", 0o077), ("/postgres/socket", 0o077),
            ] {
                let mode = try FileManager.default.attributesOfItem(atPath: state + path)[.posixPermissions] as? Int
                #expect((mode ?? 0o777) & forbidden == 0, "\(path): \(String(mode ?? -1, radix: 8))")
            }
        }
    }

    @Test func `a state directory that anybody may write in is refused`() async throws {
        let directory = "/tmp/bay-open-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (status, _, errors) = try await run(["migrate"], ["BAY_STATE_DIR": directory])
        #expect(status == 1 && errors.contains(directory), "\(errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        let check = try await run(["check"], ["BAY_STATE_DIR": directory, "LIBVIRT_URI": "test:///default"])
        #expect(check.status == 1 && check.output.contains("missing state"))
    }
}

/// Where systemd would listen.
private final class NotifySocket {
    private let descriptor: Int32

    init(_ name: String, isAbstract: Bool) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = isAbstract ? [0] + Array(name.utf8) : Array(name.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard status == 0 else { throw Program.Failure(description: "cannot bind \(name)") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func receive() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Program.Failure(description: "systemd was told nothing") }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
