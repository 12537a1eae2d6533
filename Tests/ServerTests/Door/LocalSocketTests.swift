import Core
import Foundation
import JSON
import Logging
import NIOCore
import Server
import Synchronization
import Testing

/// Answers `echo` with the query, `count` with numbers for ever, and `wait` never.
private final class FakeRunner: OperationRunner {
    let cancelled = Mutex(0)
    let sent = Mutex(0)

    func run(
        _ request: OperationRequest, for caller: Caller, send: @Sendable @escaping ([UInt8]) async throws -> Void
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
            let answer = JSONValue.object(["data": ["query": .string(request.query), "caller": .string(caller.name)]])
            try? await send(Array(answer.text.utf8))
        }
        return request.query == "refuse" ? .refused(errors: Array(#"[{"message":"no"}]"#.utf8)) : .complete
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
            path: path, roles: LocalRoles(), runner: runner, limits: limits,
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
            await Task.yield()
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
                path: path, roles: LocalRoles(), runner: runner,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await #expect(throws: SocketPathError.otherServer(path: path)) { try await second.run() }
            try await LocalClient.with(path) { client in try await client.introduce() }
        }
        let path = NSTemporaryDirectory() + "bay-stale-\(UInt32.random(in: 0 ... .max))"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let runner = FakeRunner()
        let door = LocalSocket(
            path: path, roles: LocalRoles(), runner: runner,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        let serving = Task { try await door.run { continuation.finish() } }
        for await _ in opened {}
        try await LocalClient.with(path) { client in try await client.introduce() }
        serving.cancel()
        _ = await serving.result
        try? FileManager.default.removeItem(atPath: path)
    }

    @Test func `roles come from the account, then its groups, then the standard`() {
        let roles = LocalRoles(standard: .user, users: ["ann": .user], groups: ["wheel": .superAdmin, "staff": .admin])
        #expect(roles.role(of: "ann", in: ["wheel"]) == .user)
        #expect(roles.role(of: "ben", in: ["staff", "wheel"]) == .superAdmin)
        #expect(roles.role(of: "cyd", in: ["other"]) == .user)
    }
}
