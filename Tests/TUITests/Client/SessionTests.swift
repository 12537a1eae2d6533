import Core
import JSON
import Testing

@testable import TUI

/// The client's end of a connection, without a socket and without a clock.
@Suite struct SessionTests {
    private func ready() throws -> Session {
        var session = Session()
        session.opened(at: 0)
        session.wrote(session.outgoing.count)
        let events = try session.receive(ServerMessage.connectionAck.line, at: 1)
        #expect(events.count == 1 && session.isReady)
        return session
    }

    private func next(_ id: Int, _ value: JSONValue) -> [UInt8] {
        ServerMessage.next(id: String(id), payload: Array(value.text.utf8)).line
    }

    private static let info: JSONValue = [
        "data": ["serverInfo": ["version": "1", "lastEventId": "7", "role": "ADMIN"]]
    ]

    @Test func `the first line asks to be let in`() throws {
        var session = Session()
        session.opened(at: 0)
        #expect(try ClientMessage(line: session.outgoing.dropLast()) == .connectionInit(payload: JSONObject()))
        #expect(!session.isReady)
    }

    @Test func `an answer is read wherever its bytes are cut`() throws {
        let bytes = next(1, Self.info) + ServerMessage.complete(id: "1").line
        for cut in 0...bytes.count {
            var session = try ready()
            let id = session.start(.serverInfo)
            var events = try session.receive(bytes[..<cut], at: 2)
            events += try session.receive(bytes[cut...], at: 3)
            guard events.count == 2, case .reply(id, .serverInfo(let info)) = events[0], case .completed(id) = events[1]
            else {
                Issue.record("cut at \(cut): \(events)")
                return
            }
            #expect(info.lastEvent == 7 && info.role == .admin)
        }
    }

    @Test func `several operations are told apart`() throws {
        var session = try ready()
        let first = session.start(.serverInfo)
        let second = session.start(.links)
        let links = next(second, ["data": ["links": [["link": "database", "state": "down", "reason": "gone"]]]])
        let events = try session.receive(links + next(first, Self.info), at: 2)
        guard case .reply(second, .links(let list)) = events[0], case .reply(first, .serverInfo) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(list.first?.state == .down && list.first?.reason == "gone")
    }

    @Test(arguments: ["nonsense", "{}", #"{"type":"dance"}"#, #"{"type":"next","id":"1"}"#, "[1,2"])
    func `garbage ends the connection and says so`(line: String) throws {
        var session = try ready()
        _ = session.start(.serverInfo)
        #expect(throws: SocketFailure.self) { try session.receive(Array((line + "\n").utf8), at: 2) }
    }

    @Test func `a line without end is refused before memory runs out`() throws {
        var session = try ready()
        let chunk = [UInt8](repeating: 0x20, count: 1 << 20)
        #expect(throws: SocketFailure.self) {
            for _ in 0..<18 { _ = try session.receive(chunk, at: 2) }
        }
    }

    @Test func `an answer of another shape fails the operation and not the connection`() throws {
        var session = try ready()
        let id = session.start(.serverInfo)
        let events = try session.receive(next(id, ["data": ["serverInfo": [1, 2]]]), at: 2)
        guard case .failed(id, let failures) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(failures.first?.message.contains("could not be read") == true)
        #expect(session.operations.isEmpty && session.isReady)
    }

    @Test func `errors come with their code`() throws {
        var session = try ready()
        let first = session.start(.power(.start, Machine.ID("m")))
        let second = session.start(.serverInfo)
        let errors = #"[{"message":"not yours","extensions":{"code":"FORBIDDEN"}}]"#
        let answer = #"{"data":null,"errors":\#(errors)}"#
        let bytes =
            ServerMessage.next(id: String(first), payload: Array(answer.utf8)).line
            + ServerMessage.error(id: String(second), errors: Array(errors.utf8)).line
        for event in try session.receive(bytes, at: 2) {
            guard case .failed(_, let failures) = event else {
                Issue.record("\(event)")
                return
            }
            #expect(failures == [OperationFailure(message: "not yours", code: "FORBIDDEN")])
            #expect(failures[0].isForbidden)
        }
    }

    @Test func `what was cancelled is heard of no more`() throws {
        var session = try ready()
        let id = session.start(.watchLinks)
        session.cancel(id)
        let late = try session.receive(next(id, ["data": ["links": []]]), at: 2)
        #expect(late.isEmpty)
        #expect(String(decoding: session.outgoing, as: UTF8.self).contains("complete"))
    }

    @Test func `a lost connection names what nobody will answer, and tries again later and later`() throws {
        var session = try ready()
        let id = session.start(.power(.stop, Machine.ID("m")))
        guard case .disconnected(let reason, _, let pending) = session.closed(SocketFailure(reason: "gone"), at: 1000)
        else { return }
        #expect(reason == "gone" && pending == [id])
        var delays: [Int64] = []
        for _ in 0..<7 {
            guard case .waiting(let retryAt) = session.phase else { return }
            delays.append(retryAt - 1000)
            _ = session.closed(SocketFailure(reason: "still gone"), at: 1000)
        }
        #expect(delays == [100, 200, 400, 800, 1600, 2000, 2000])
    }

    @Test func `the server's last words are the reason`() throws {
        var session = try ready()
        _ = try session.receive(ServerMessage.closing(code: 4403, reason: "you are too many").line, at: 2)
        guard case .disconnected(let reason, _, _) = session.closed(SocketFailure(reason: "closed"), at: 3) else {
            return
        }
        #expect(reason == "you are too many")
    }

    @Test func `a ping is answered`() throws {
        var session = try ready()
        _ = try session.receive(ServerMessage.ping.line, at: 2)
        #expect(try ClientMessage(line: session.outgoing.dropLast()) == .pong)
    }

    @Test func `only a server that owes an answer is asked whether it lives`() throws {
        var session = try ready()
        _ = session.start(.watchLinks)
        #expect(session.deadline == nil)
        _ = session.start(.serverInfo)
        let due = try #require(session.deadline)
        #expect(session.tick(at: due) == nil)
        #expect(String(decoding: session.outgoing, as: UTF8.self).contains("ping"))
        let end = try #require(session.deadline)
        #expect(session.tick(at: end) != nil)
    }

    @Test func `a server that says nothing at all is left`() {
        var session = Session()
        session.opened(at: 0)
        #expect(session.tick(at: 9_999) == nil)
        #expect(session.tick(at: 10_000) != nil)
    }
}

/// The client over a real socket, with a server that is played by hand.
@Suite struct SocketClientTests {
    private func service(_ client: SocketClient, until isDone: ([ClientEvent]) -> Bool) -> [ClientEvent] {
        var events: [ClientEvent] = []
        for now in Int64(0)..<2000 where !isDone(events) { events += client.service(at: now) }
        return events
    }

    @Test func `it greets, asks, and reads an answer that comes in pieces`() throws {
        let (near, far) = try #require(UnixSocket.pair())
        let client = SocketClient(connected: near, at: 0)
        _ = client.service(at: 0)
        var heard: [UInt8] = []
        #expect(far.read(into: &heard, limit: 4096) != .wouldBlock)
        #expect(String(decoding: heard, as: UTF8.self).contains("connection_init"))
        #expect(far.write(ServerMessage.connectionAck.line, from: 0) != .wouldBlock)
        #expect(service(client) { !$0.isEmpty }.count == 1)

        let id = client.start(.serverInfo)
        client.flushQuietly()
        let payload = Array(#"{"data":{"serverInfo":{"actor":"local:root"}}}"#.utf8)
        let line = ServerMessage.next(id: String(id), payload: payload).line
        for byte in line { #expect(far.write([byte], from: 0) == .bytes(1)) }
        let events = service(client) { !$0.isEmpty }
        guard case .reply(id, .serverInfo(let info)) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(info.actor == "local:root")
    }

    @Test func `a server that goes in the middle of a line is noticed`() throws {
        var ends = UnixSocket.pair()
        let client = SocketClient(connected: try #require(ends?.0), at: 0)
        _ = ends?.1.write(ServerMessage.connectionAck.line + Array(#"{"type":"ne"#.utf8), from: 0)
        #expect(service(client) { !$0.isEmpty }.count == 1)
        ends = nil
        let events = service(client) { !$0.isEmpty }
        guard case .disconnected = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(client.descriptor == nil)
    }

    @Test func `no server is no surprise`() {
        let client = SocketClient(path: "/nonexistent/bay.sock")
        let events = client.service(at: 0)
        guard case .disconnected(let reason, true, _) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(reason == "there is no socket")
        #expect(client.timeout(at: 0) == 100)
    }

    @Test func `a path that no socket can have is refused`() {
        let client = SocketClient(path: "/" + String(repeating: "x", count: 200))
        guard case .disconnected(let reason, _, _) = client.service(at: 0).first else { return }
        #expect(reason.contains("too long"))
    }

    @Test func `the socket is where bayd opens it`() {
        func path(_ variables: [String: String], _ user: UInt32) -> String {
            SocketClient.standardPath(environment: { variables[$0] }, userID: user)
        }
        #expect(path(["BAY_SOCKET": "/x"], 0) == "/x")
        #expect(path([:], 0) == "/run/bay/bay.sock")
        #expect(path(["XDG_RUNTIME_DIR": "/run/user/7"], 7) == "/run/user/7/bay/bay.sock")
        #expect(path([:], 7) == "/run/user/7/bay/bay.sock")
    }
}
