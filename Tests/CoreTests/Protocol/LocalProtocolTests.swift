import Core
import JSON
import Testing

@Suite struct LocalProtocolTests {
    static let clientMessages: [ClientMessage] = [
        .connectionInit(payload: JSONObject()), .connectionInit(payload: ["token": "t\n\"x"]),
        .subscribe(id: "1", OperationRequest(query: "{ a }")),
        .subscribe(id: "é", OperationRequest(query: "query A { a }", variables: ["x": [1, nil]], operationName: "A")),
        .complete(id: "1"), .ping, .pong,
    ]
    static let serverMessages: [ServerMessage] = [
        .connectionAck, .next(id: "7", payload: Array(#"{"data":{"a":[1,2]}}"#.utf8)),
        .error(id: "7", errors: Array(#"[{"message":"no"}]"#.utf8)), .complete(id: "7"), .ping, .pong,
        .closing(code: 4400, reason: "not a message"),
    ]

    @Test(arguments: clientMessages) func `a client's message survives the way`(message: ClientMessage) throws {
        let line = message.line
        #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        #expect(try ClientMessage(line: line.dropLast()) == message)
    }

    @Test(arguments: serverMessages) func `a server's message survives the way`(message: ServerMessage) throws {
        #expect(try ServerMessage(line: message.line.dropLast()) == message)
    }

    @Test(arguments: [
        "", "{", "[]", "nonsense", #"{"id":"1"}"#, #"{"type":"launch"}"#, #"{"type":"subscribe","id":"1"}"#,
        #"{"type":"subscribe","payload":{"query":"{a}"}}"#, #"{"type":"subscribe","id":"1","payload":{}}"#,
        #"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#, #"{"type":"ping"} x"#,
        #"{"type":"complete","id":1}"#,
    ])
    func `what is no message is refused`(line: String) {
        #expect(throws: ProtocolError.self) { try ClientMessage(line: Array(line.utf8)) }
    }

    @Test func `members may come in any order, and unknown ones are passed over`() throws {
        let line = #"{"payload":{"extensions":{},"variables":null,"query":"{a}"},"x":1,"id":"1","type":"subscribe"}"#
        #expect(
            try ClientMessage(line: Array(line.utf8)) == .subscribe(id: "1", OperationRequest(query: "{a}")))
    }
}

@Suite struct LineBufferTests {
    @Test(arguments: 1...7) func `lines come out whole however they come in`(chunk: Int) throws {
        let text = Array("one\n\ntwo and a half\nthree\nrest".utf8)
        var buffer = LineBuffer(limit: 100)
        var lines: [String] = []
        for start in stride(from: 0, to: text.count, by: chunk) {
            buffer.append(text[start..<min(start + chunk, text.count)])
            while let line = try buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["one", "", "two and a half", "three"])
        #expect(buffer.count == 4)
    }

    @Test func `a line beyond the limit is refused before it is whole`() throws {
        var buffer = LineBuffer(limit: 10)
        buffer.append(Array("0123456789\n".utf8))
        #expect(try buffer.next()?.count == 10)
        buffer.append(Array("01234567890".utf8))
        #expect(throws: LineBuffer.TooLong.self) { try buffer.next() }
    }

    @Test func `what was read is given back`() throws {
        var buffer = LineBuffer(limit: 1 << 20)
        let line = Array(repeating: UInt8(ascii: "x"), count: 50_000) + [UInt8(ascii: "\n")]
        for _ in 0..<100 {
            buffer.append(line)
            #expect(try buffer.next()?.count == 50_000)
            #expect(buffer.count == 0)
        }
    }
}
