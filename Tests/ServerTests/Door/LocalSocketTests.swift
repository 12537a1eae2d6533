import Core
import Foundation
import JSON
import Logging
import NIOCore
import NIOPosix
import Server
import Synchronization
import Testing

/// Answers `echo` with the query, `count` with numbers for ever, and `wait` never.
private final class FakeRunner: OperationRunner {
    let cancelled = Mutex(0)
    let sent = Mutex(0)

    func run(
        _ request: OperationRequest, for caller: Caller?, from address: String?,
        send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd {
        switch request.query {
        case "count":
            let filler = String(repeating: "x", count: 10_000)
            var number = 0
            do {
                while true {
                    number += 1
                    try await send(Array(#"{"data":{"n":\#(number),"x":"\#(filler)"}}"#.utf8))
                    sent.withLock { $0 += 1 }
                }
            } catch {
                cancelled.withLock { $0 += 1 }
            }
        case "wait":
            await withTaskCancellationHandler {
                let (stream, continuation) = AsyncStream<Void>.makeStream()
                for await _ in stream {}
                _ = continuation
            } onCancel: {
                cancelled.withLock { $0 += 1 }
            }
        default:
            let answer = JSONValue.object([
                "data": ["query": .string(request.query), "caller": .string(caller?.name ?? "nobody")]
            ])
            try? await send(Array(answer.text.utf8))
        }
        return request.query == "refuse" ? .refused(errors: Array(#"[{"message":"no"}]"#.utf8)) : .complete
    }
}

/// Knows three tokens; one is good for a single look, and one cannot be looked up.
private final class FakeTokens: TokenVerifier {
    private let looks = Mutex(0)

    func caller(of token: String) async -> Result<Caller, TokenRefusal> {
        switch token {
        case "good": .success(Caller(name: "ada@example.org", role: .user, userID: "ada"))
        case "once"
        where looks.withLock({
            $0 += 1; return $0 == 1
        }):
            .success(Caller(name: "ada@example.org", role: .user, userID: "ada"))
        case "down": .failure(.unavailable(reason: "no database"))
        default: .failure(.revoked)
        }
    }
}

@Suite struct LocalSocketTests {
    /// Opens a door on a path of its own and closes it when `body` is done.
    private func withDoor(
        limits: LocalSocket.Limits = LocalSocket.Limits(),
        _ body: @escaping @Sendable (String, FakeRunner) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "bay-door-\(UInt32.random(in: 0 ... .max))/s"
        let runner = FakeRunner()
        let door = LocalSocket(
            path: path, roles: LocalRoles(), tokens: FakeTokens(), runner: runner, limits: limits,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        let serving = Task { try await door.run { continuation.finish() } }
        for await _ in opened {}
        do {
            try await body(path, runner)
        } catch {
            serving.cancel()
            throw error
        }
        serving.cancel()
        _ = await serving.result
        try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    private func eventually(_ what: String, _ condition: @Sendable () -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !condition() {
            try #require(ContinuousClock.now < deadline, "\(what) did not come about")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `a client with a token speaks for its account`() async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                try await client.send(.connectionInit(payload: ["token": "good"]))
                #expect(try await client.next() == .connectionAck)
                try await client.send(.subscribe(id: "a", OperationRequest(query: "echo")))
                guard case .next("a", let payload)? = try await client.next() else {
                    Issue.record("no answer")
                    return
                }
                #expect(try JSONValue(parsing: payload)["data"]?["caller"] == "ada@example.org")
            }
        }
    }

    @Test func `a token that became worthless opens nothing more on a connection that stands`() async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                try await client.send(.connectionInit(payload: ["token": "once"]))
                #expect(try await client.next() == .connectionAck)
                try await client.send(.subscribe(id: "a", OperationRequest(query: "echo")))
                guard case .error("a", let errors)? = try await client.next() else {
                    Issue.record("not refused")
                    return
                }
                #expect(try JSONValue(parsing: errors)[0]?["extensions"]?["code"] == "UNAUTHORIZED")
            }
        }
    }

    @Test func `operations run at the same time on one connection`() async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "slow", OperationRequest(query: "wait")))
                for number in 1...50 {
                    try await client.send(.subscribe(id: "\(number)", OperationRequest(query: "echo")))
                }
                var done: Set<String> = []
                while done.count < 50 {
                    if case .complete(let id)? = try await client.next() { done.insert(id) }
                }
                #expect(!done.contains("slow"))
            }
        }
    }

    @Test func `whoever runs bayd is known by name`() async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "who")))
                guard case .next(_, let payload)? = try await client.next() else { throw CancellationError() }
                let answer = try JSONValue(parsing: payload)
                #expect(answer["data"]?["caller"]?.string?.hasPrefix("local:") == true)
            }
        }
    }

    @Test(arguments: [
        (["garbage\n"], 4400), ([#"{"type":"launch"}"# + "\n"], 4400),
        ([#"{"id":"1","type":"subscribe","payload":{"query":"echo"}}"# + "\n"], 4401),
        ([#"{"type":"connection_init","payload":{"token":"x"}}"# + "\n"], 4403),
        ([#"{"type":"connection_init","payload":{"token":1}}"# + "\n"], 4403),
        ([#"{"type":"connection_init","payload":{"token":null}}"# + "\n"], 4403),
        ([#"{"type":"connection_init","payload":{"token":"down"}}"# + "\n"], 1013),
        ([#"{"type":"connection_init"}"# + "\n", #"{"type":"connection_init"}"# + "\n"], 4429),
        (
            [
                #"{"type":"connection_init"}"# + "\n",
                #"{"id":"1","type":"subscribe","payload":{"query":"wait"}}"# + "\n",
                #"{"id":"1","type":"subscribe","payload":{"query":"wait"}}"# + "\n",
            ], 4409
        ),
    ])
    func `a client that breaks the rules is told why and closed`(lines: [String], code: Int) async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                for line in lines { try await client.send(bytes: Array(line.utf8)) }
                var last: ServerMessage?
                while let message = try await client.next() { last = message }
                guard case .closing(let got, let reason)? = last else {
                    Issue.record("closed without a reason: \(String(describing: last))")
                    return
                }
                #expect(got == code && !reason.isEmpty)
            }
        }
    }

    @Test func `a client that does not introduce itself is closed`() async throws {
        var limits = LocalSocket.Limits()
        limits.initTime = .milliseconds(50)
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                guard case .closing(4408, _)? = try await client.next() else { throw CancellationError() }
                #expect(try await client.next() == nil)
            }
        }
    }

    @Test func `a line beyond the limit ends the connection`() async throws {
        var limits = LocalSocket.Limits()
        limits.line = 1000
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(bytes: Array(repeating: UInt8(ascii: "x"), count: 5000))
                guard case .closing(4400, _)? = try await client.next() else { throw CancellationError() }
            }
        }
    }

    @Test func `a client that has not introduced itself may send little`() async throws {
        var limits = LocalSocket.Limits()
        limits.firstLine = 1000
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                try await client.send(bytes: Array(repeating: UInt8(ascii: "x"), count: 5000))
                guard case .closing(4400, _)? = try await client.next() else { throw CancellationError() }
            }
            try await LocalClient.with(path) { client in
                try await client.introduce()
                let long = String(repeating: "x", count: 5000)
                try await client.send(.subscribe(id: "1", OperationRequest(query: long)))
                guard case .next("1", _)? = try await client.next() else { throw CancellationError() }
            }
        }
    }

    @Test func `complete and disconnecting stop operations`() async throws {
        try await withDoor { path, runner in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "wait")))
                try await client.send(.subscribe(id: "2", OperationRequest(query: "wait")))
                try await client.send(.complete(id: "1"))
                try await client.send(.ping)
                #expect(try await client.next() == .pong)
                try await eventually("the first cancellation") { runner.cancelled.withLock { $0 } == 1 }
            }
            try await eventually("the second cancellation") { runner.cancelled.withLock { $0 } == 2 }
        }
    }

    @Test func `a reader that does not read is closed, and little waits for it`() async throws {
        var limits = LocalSocket.Limits()
        limits.slowReader = .milliseconds(200)
        try await withDoor(limits: limits) { path, runner in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.channel.setOption(.autoRead, value: false).get()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "count")))
                try await eventually("the end of the operation") { runner.cancelled.withLock { $0 } == 1 }
                // The kernel's buffers, the connection's own, and no more: 10 KB a message.
                #expect(runner.sent.withLock { $0 } < 1000)
            }
        }
    }

    @Test func `too many operations are refused one by one`() async throws {
        var limits = LocalSocket.Limits()
        limits.operationsPerConnection = 2
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                for id in ["1", "2", "3"] {
                    try await client.send(.subscribe(id: id, OperationRequest(query: "wait")))
                }
                guard case .error("3", let errors)? = try await client.next() else { throw CancellationError() }
                #expect(try JSONValue(parsing: errors)[0]?["extensions"]?["code"] == "TOO_MANY_OPERATIONS")
            }
        }
    }

    @Test func `a socket left behind is replaced and a living server's is not`() async throws {
        try await withDoor { path, runner in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? Int) == 0o660)
            let second = LocalSocket(
                path: path, roles: LocalRoles(), tokens: FakeTokens(), runner: runner,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await #expect(throws: SocketPathError.otherServer(path: path)) { try await second.run() }
            try await LocalClient.with(path) { client in try await client.introduce() }
        }
        let path = NSTemporaryDirectory() + "bay-stale-\(UInt32.random(in: 0 ... .max))"
        // What a server leaves that was killed: closing a socket does not remove its file.
        // NIO does so under the name that it knows, so the file gets another one.
        let killed = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path + ".x").get()
        try FileManager.default.moveItem(atPath: path + ".x", toPath: path)
        try await killed.close()
        #expect(FileManager.default.fileExists(atPath: path))
        let runner = FakeRunner()
        let door = LocalSocket(
            path: path, roles: LocalRoles(), tokens: FakeTokens(), runner: runner,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        let serving = Task { try await door.run { continuation.finish() } }
        for await _ in opened {}
        try await LocalClient.with(path) { client in try await client.introduce() }
        serving.cancel()
        _ = await serving.result
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let path = NSTemporaryDirectory() + "bay-file-\(UInt32.random(in: 0 ... .max))"
        _ = FileManager.default.createFile(atPath: path, contents: Data("mine".utf8))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let door = LocalSocket(
            path: path, roles: LocalRoles(), tokens: FakeTokens(), runner: FakeRunner(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await #expect(throws: SocketPathError.self) { try await door.run() }
        #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
    }

    @Test func `a reader that reads again is told why it was closed`() async throws {
        var limits = LocalSocket.Limits()
        limits.slowReader = .milliseconds(50)
        limits.farewell = .seconds(60)
        try await withDoor(limits: limits) { path, runner in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "count")))
                // The door takes no more after its last line, so the operation ends while nothing is read.
                try await self.eventually("the operation ended") { runner.cancelled.withLock { $0 } == 1 }
                var last: ServerMessage?
                while let message = try? await client.next() { last = message }
                guard case .closing(1013, _)? = last else {
                    Issue.record("closed without a reason")
                    return
                }
            }
        }
    }

    @Test func `results that pile up end the connection before the time is over`() async throws {
        var limits = LocalSocket.Limits()
        limits.waitingBytes = 100_000
        try await withDoor(limits: limits) { path, runner in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                for number in 1...20 {
                    try await client.send(.subscribe(id: "\(number)", OperationRequest(query: "count")))
                }
                try await self.eventually("the operations ended") { runner.cancelled.withLock { $0 } == 20 }
            }
        }
    }

    @Test func `a result that is longer than a line may be is refused`() async throws {
        var limits = LocalSocket.Limits()
        limits.line = 5000
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "count")))
                guard case .error("1", let errors)? = try await client.next() else { throw CancellationError() }
                #expect(try JSONValue(parsing: errors)[0]?["extensions"]?["code"] == "TOO_LARGE")
                try await client.send(.subscribe(id: "1", OperationRequest(query: "echo")))
                guard case .next("1", _)? = try await client.next() else { throw CancellationError() }
            }
        }
    }

    @Test func `connections beyond the limit are told so`() async throws {
        var limits = LocalSocket.Limits()
        limits.connections = 1
        try await withDoor(limits: limits) { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await LocalClient.with(path) { second in
                    guard case .closing(4503, _)? = try await second.next() else { throw CancellationError() }
                }
            }
        }
    }

    @Test func `an id is free again as soon as its operation is stopped`() async throws {
        try await withDoor { path, _ in
            try await LocalClient.with(path) { client in
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "wait")))
                try await client.send(.complete(id: "1"))
                try await client.send(.subscribe(id: "1", OperationRequest(query: "echo")))
                guard case .next("1", _)? = try await client.next() else { throw CancellationError() }
                #expect(try await client.next() == .complete(id: "1"))
            }
        }
    }

    @Test func `a door that stops begins nothing, finishes what it can and says goodbye`() async throws {
        let path = NSTemporaryDirectory() + "bay-stop-\(UInt32.random(in: 0 ... .max))"
        let runner = FakeRunner()
        let door = LocalSocket(
            path: path, roles: LocalRoles(), tokens: FakeTokens(), runner: runner,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        let serving = Task { try await door.run { continuation.finish() } }
        for await _ in opened {}
        try await LocalClient.with(path) { idle in
            try await LocalClient.with(path) { client in
                try await idle.introduce()
                try await client.introduce()
                try await client.send(.subscribe(id: "1", OperationRequest(query: "wait")))
                try await client.send(.ping)
                #expect(try await client.next() == .pong)
                door.stopAccepting()
                #expect(try await idle.next() == .closing(code: 1001, reason: "bayd is stopping"))
                try await client.send(.subscribe(id: "2", OperationRequest(query: "echo")))
                guard case .error("2", _)? = try await client.next() else { throw CancellationError() }
                try await client.send(.complete(id: "1"))
                #expect(try await client.next() == .closing(code: 1001, reason: "bayd is stopping"))
            }
        }
        await door.waitUntilEmpty()
        try await serving.value
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `roles come from the account, then its groups, then the standard`() {
        let roles = LocalRoles(standard: .user, users: ["ann": .user], groups: ["wheel": .superAdmin, "staff": .admin])
        #expect(roles.role(of: "ann", in: ["wheel"]) == .user)
        #expect(roles.role(of: "ben", in: ["staff", "wheel"]) == .superAdmin)
        #expect(roles.role(of: "cyd", in: ["other"]) == .user)
    }
}
