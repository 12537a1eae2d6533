import Core
import JSON
import Server
import Testing

@Suite struct WebSocketTests {
    private func withSocket(
        limits: HTTPLimits = HTTPLimits(), headers: [String] = [],
        _ body: @escaping @Sendable (HTTPClient) async throws -> Void
    ) async throws {
        try await withHTTPDoor(limits: limits) { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.upgrade(headers: headers)
                try await body(client)
            }
        }
    }

    private func subscribe(_ query: String, id: String = "1") -> String {
        #"{"id":"\#(id)","type":"subscribe","payload":{"query":"\#(query)"}}"#
    }

    private let hello = #"{"type":"connection_init"}"#

    private func caller(_ client: HTTPClient) async throws -> String? {
        try await client.send(message: subscribe("who"))
        return try await client.message()?["payload"]?["data"]?["caller"]?.string
    }

    @Test func `an operation is answered as on the local socket`() async throws {
        try await withSocket { client in
            try await client.send(message: hello)
            #expect(try await client.message() == ["type": "connection_ack"])
            try await client.send(message: subscribe("echo"))
            #expect(
                try await client.message() == [
                    "id": "1", "type": "next", "payload": ["data": ["query": "echo", "caller": "nobody"]],
                ])
            #expect(try await client.message() == ["id": "1", "type": "complete"])
        }
    }

    @Test func `a connection that was used for requests can become a WebSocket`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let first = try await client.post(#"{"query":"echo"}"#).status
                #expect(first == 200)
                try await client.upgrade()
                try await client.send(message: hello)
                #expect(try await client.message()?["type"] == "connection_ack")
            }
        }
    }

    @Test func `messages may come right behind the request for a WebSocket`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send("GET", "/graphql", headers: HTTPClient.upgradeHeaders)
                try await client.send(message: hello)
                #expect(try await client.next()?.status == 101)
                #expect(try await client.message()?["type"] == "connection_ack")
            }
        }
    }

    @Test(arguments: [
        #"{"token":"good"}"#, #"{"Authorization":"Bearer good"}"#, #"{"authorization":"good"}"#,
    ]) func `a token can come with the first message`(payload: String) async throws {
        try await withSocket { client in
            try await client.send(message: #"{"type":"connection_init","payload":\#(payload)}"#)
            #expect(try await client.message()?["type"] == "connection_ack")
            #expect(try await caller(client) == "ada@example.org")
        }
    }

    @Test func `a token can come with the request`() async throws {
        try await withSocket(headers: ["Authorization: Bearer good"]) { client in
            try await client.send(message: hello)
            #expect(try await client.message()?["type"] == "connection_ack")
            #expect(try await caller(client) == "ada@example.org")
        }
    }

    @Test func `an empty token is none`() async throws {
        try await withSocket { client in
            try await client.send(message: #"{"type":"connection_init","payload":{"Authorization":""}}"#)
            #expect(try await client.message()?["type"] == "connection_ack")
            #expect(try await caller(client) == "nobody")
        }
    }

    @Test(arguments: [
        (["garbage"], 4400), ([#"{"type":"launch"}"#], 4400),
        ([#"{"id":"1","type":"subscribe","payload":{"query":"echo"}}"#], 4401),
        ([#"{"type":"connection_init","payload":{"token":"bad"}}"#], 4403),
        ([#"{"type":"connection_init","payload":{"token":"down"}}"#], 1013),
        ([#"{"type":"connection_init"}"#, #"{"type":"connection_init"}"#], 4429),
        (
            [
                #"{"type":"connection_init"}"#, #"{"id":"1","type":"subscribe","payload":{"query":"wait"}}"#,
                #"{"id":"1","type":"subscribe","payload":{"query":"wait"}}"#,
            ], 4409
        ),
    ]) func `who breaks the protocol hears why`(messages: [String], code: Int) async throws {
        try await withSocket { client in
            for message in messages { try await client.send(message: message) }
            #expect(try await client.closeCode() == code)
        }
    }

    @Test func `who does not introduce himself is shown out`() async throws {
        var limits = HTTPLimits()
        limits.initTime = .milliseconds(20)
        try await withSocket(limits: limits) { client in
            let code = try await client.closeCode()
            #expect(code == 4408)
        }
    }

    @Test func `a binary frame is no message`() async throws {
        try await withSocket { client in
            try await client.send(frame: Array(hello.utf8), opcode: 2)
            #expect(try await client.closeCode() == 4400)
        }
    }

    @Test func `a message in fragments is one message`() async throws {
        try await withSocket { client in
            let bytes = Array(hello.utf8)
            try await client.send(frame: Array(bytes[..<5]), isFinal: false)
            try await client.send(frame: [], opcode: 9)
            try await client.send(frame: Array(bytes[5...]), opcode: 0)
            #expect(try await client.frame()?.opcode == 10)
            #expect(try await client.message()?["type"] == "connection_ack")
        }
    }

    @Test(arguments: [true, false]) func `a message that is too long ends the connection`(whole: Bool) async throws {
        var limits = HTTPLimits()
        limits.webSocketMessage = 1000
        try await withSocket(limits: limits) { client in
            if whole {
                try await client.send(frame: Array(repeating: 32, count: 1001))
                #expect(try await client.closeCode() == 1009)
            } else {
                try await client.send(frame: Array(repeating: 32, count: 600), isFinal: false)
                try await client.send(frame: Array(repeating: 32, count: 600), opcode: 0)
                #expect(try await client.closeCode() == 1002)
            }
        }
    }

    @Test func `a client that closes gets its close frame back`() async throws {
        try await withSocket { client in
            try await client.send(frame: [0x03, 0xE8], opcode: 8)
            #expect(try await client.frame()?.code == 1000)
            #expect(try await client.frame() == nil)
        }
    }

    @Test func `a token that is revoked opens nothing more`() async throws {
        try await withSocket { client in
            try await client.send(message: #"{"type":"connection_init","payload":{"token":"once"}}"#)
            #expect(try await client.message()?["type"] == "connection_ack")
            try await client.send(message: subscribe("echo"))
            let answer = try await client.message()
            #expect(answer?["type"] == "error")
            #expect(answer?["payload"]?[0]?["extensions"]?["code"] == "UNAUTHORIZED")
        }
    }

    @Test func `somebody who is not heard of is given up`() async throws {
        var limits = HTTPLimits()
        limits.heartbeat = .milliseconds(10)
        try await withSocket(limits: limits) { client in
            let first = try await client.frame()?.opcode
            #expect(first == 9)
            while let frame = try await client.frame() { #expect(frame.opcode == 9) }
        }
    }

    @Test func `pages of other origins and other protocols are refused`() async throws {
        try await withHTTPDoor(origins: "https://a.example") { port, _ in
            let socket = HTTPClient.upgradeHeaders
            for (headers, status) in [
                (socket + ["Origin: https://b.example"], 403), (socket.dropLast() + [], 400),
                (socket.filter { !$0.hasPrefix("Sec-WebSocket-Key") }, 400),
            ] {
                try await HTTPClient.with(port) { client in
                    let response = try await client.ask("GET", "/graphql", headers: headers)
                    #expect(response.status == status && response["Connection"] == "close", "\(headers)")
                    #expect(try await client.next() == nil)
                }
            }
            try await HTTPClient.with(port) { client in
                try await client.upgrade(headers: ["Origin: https://a.example"])
            }
        }
    }

    @Test func `WebSockets have a limit`() async throws {
        var limits = HTTPLimits()
        limits.webSockets = 1
        try await withHTTPDoor(limits: limits) { port, _ in
            try await HTTPClient.with(port) { first in
                try await first.upgrade()
                try await HTTPClient.with(port) { second in
                    let response = try await second.ask("GET", "/graphql", headers: HTTPClient.upgradeHeaders)
                    #expect(response.status == 503)
                }
            }
        }
    }
}
