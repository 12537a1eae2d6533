import Core
import Foundation
import JSON
import Testing

@testable import TUI

/// Runs what blocks on a thread of its own: the pool that all tests share has few.
private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Foundation.Thread { continuation.resume(returning: body()) }.start()
    }
}

/// The server's end of a connection, which follows a script on a thread of its own.
private final class FakeServer: @unchecked Sendable {
    private let socket: UnixSocket
    private var lines = LineBuffer()

    /// - Parameter answer: what to say to a message; nil hangs up. Called on the fake's own thread only.
    private init(_ socket: UnixSocket) { self.socket = socket }

    static func client(
        _ answer: @escaping @Sendable (ClientMessage) -> [ServerMessage]?
    ) throws -> SocketClient {
        let (near, far) = try #require(UnixSocket.pair())
        let server = FakeServer(far)
        Foundation.Thread { server.run(answer) }.start()
        return SocketClient(connected: near, at: SystemClock.steady)
    }

    private func run(_ answer: (ClientMessage) -> [ServerMessage]?) {
        while true {
            Poll.wait(socket.descriptor, wantsWrite: false, milliseconds: nil)
            var bytes: [UInt8] = []
            switch socket.read(into: &bytes, limit: 1 << 16) {
            case .closed: return
            case .wouldBlock: continue
            case .bytes: lines.append(bytes)
            }
            while let line = try? lines.next() {
                guard let message = try? ClientMessage(line: line), let answers = answer(message) else { return }
                for line in answers.map(\.line) { _ = socket.write(line, from: 0) }
            }
        }
    }
}

/// Greets, and answers each operation with the payload that `answer` finds for its request.
private func scripted(
    _ answer: @escaping @Sendable (OperationRequest) -> [String]?
) throws -> SocketClient {
    try FakeServer.client { message in
        switch message {
        case .connectionInit: return [.connectionAck]
        case .subscribe(let id, let request):
            guard let payloads = answer(request) else { return nil }
            return payloads.map { .next(id: id, payload: Array($0.utf8)) } + [.complete(id: id)]
        default: return []
        }
    }
}

@Suite struct ServerCallTests {
    @Test func `machines come page by page`() async throws {
        let result = await onThread { () -> Result<Int, CallError> in
            do {
                let client = try scripted { request in
                    if request.query.contains("departments") { return [#"{"data":{"departments":[]}}"#] }
                    let after = request.variables["after"]?.string ?? ""
                    let first = after.isEmpty ? 0 : (Int(after) ?? 0) - 10_000 + 1
                    let rows = (first..<min(first + 500, 700)).map {
                        #"{"id":"\#(10_000 + $0)","name":"m\#($0)","status":"running"}"#
                    }
                    return [#"{"data":{"machines":[\#(rows.joined(separator: ","))]}}"#]
                }
                return .success(try ServerCall(client).fleet().entries.count)
            } catch { return .failure(error as? CallError ?? .usage("\(error)")) }
        }
        #expect(result == .success(700))
    }

    @Test func `a refused operation is not allowed, with the server's words`() async {
        let failure = await onThread { () -> CallError? in
            do {
                let client = try scripted { _ in
                    [#"{"data":null,"errors":[{"message":"not yours","extensions":{"code":"FORBIDDEN"}}]}"#]
                }
                _ = try ServerCall(client).run(.createDepartment("x"))
                return nil
            } catch { return error as? CallError }
        }
        #expect(failure?.exitStatus == 4)
        #expect(failure?.message == "not yours")
    }

    @Test func `of several operations each tells its own end, and a hang-up leaves the rest open`() async {
        let results = await onThread { () -> ItemResults in
            var results = ItemResults()
            let names = (0..<4).map { "m\($0)" }
            for name in names { _ = results.add(name, id: name) }
            guard
                let client = try? scripted({ request in
                    switch request.variables["id"]?.string {
                    case "m0": [#"{"data":{"powerOn":{"success":true,"message":"started"}}}"#]
                    case "m1": [#"{"data":{"powerOn":{"success":false,"message":"no domain"}}}"#]
                    default: nil
                    }
                }), let call = try? ServerCall(client)
            else { return results }
            call.runAll(names.map { .power(.start, Machine.ID($0)) }, width: 1) { place, result in
                results.set(place, result, done: "done")
            }
            return results
        }
        #expect(results.status == 3)
        #expect(results.lines.done == "m0: started\n")
        let open = "the connection was lost before the answer came: the server closed the connection"
        #expect(results.lines.failed == "bay: m1: no domain\nbay: m2: \(open)\nbay: m3: \(open)\n")
    }

    @Test func `no more operations run at once than are wanted`() async {
        let most = await onThread { () -> Int? in
            final class Count: @unchecked Sendable { var waiting: [String] = []; var most = 0 }
            let count = Count()
            // Answers only when as many as may run at once have come, or all.
            guard
                let client = try? FakeServer.client({ message in
                    guard case .subscribe(let id, _) = message else {
                        return message == .connectionInit(payload: JSONObject()) ? [.connectionAck] : []
                    }
                    count.waiting.append(id)
                    count.most = max(count.most, count.waiting.count)
                    guard count.waiting.count == 3 else { return [] }
                    defer { count.waiting = [] }
                    return count.waiting.flatMap { id -> [ServerMessage] in
                        let payload = #"{"data":{"powerOn":{"success":true,"message":""}}}"#
                        return [.next(id: id, payload: Array(payload.utf8)), .complete(id: id)]
                    }
                }), let call = try? ServerCall(client)
            else { return nil }
            let operations = (0..<9).map { TUI.Operation.power(.start, Machine.ID("\($0)")) }
            call.runAll(operations, width: 3) { _, _ in }
            return count.most
        }
        #expect(most == 3)
    }

    @Test func `a subscription hands over each result until the server ends it`() async {
        let lines = await onThread { () -> [String] in
            var lines: [String] = []
            do {
                let client = try scripted { _ in [#"{"data":{"n":1}}"#, #"{"data":{"n":2}}"#] }
                try ServerCall(client).follow([.document(OperationRequest(query: "subscription { n }"))]) { _, reply in
                    if case .document(let bytes) = reply { lines.append(String(decoding: bytes, as: UTF8.self)) }
                    return true
                }
            } catch { lines.append("\(error)") }
            return lines
        }
        #expect(lines == [#"{"data":{"n":1}}"#, #"{"data":{"n":2}}"#])
    }

    @Test func `a caller in a hurry does not wait for a server that says nothing`() async {
        let failure = await onThread { () -> CallError? in
            do {
                _ = try ServerCall(try FakeServer.client { _ in [] }, patience: 20)
                return nil
            } catch { return error as? CallError }
        }
        #expect(failure == .unreachable(path: "", reason: "it takes too long to answer", isMissing: false))
    }

    @Test func `a caller in a hurry does not wait for an answer that does not come`() async {
        let failure = await onThread { () -> CallError? in
            do {
                // On a loaded machine the patience may end before the greeting: the words are the same.
                let client = try FakeServer.client { message in
                    if case .connectionInit = message { [.connectionAck] } else { [] }
                }
                _ = try ServerCall(client, patience: 200).run(.departments)
                return nil
            } catch { return error as? CallError }
        }
        #expect(failure?.exitStatus == 3)
        #expect(failure?.message.hasSuffix("it takes too long to answer") == true)
    }
}
