import JSON
import Server
import Testing

/// The examples are those of the protocol's own page.
@Suite struct SocketPacketTests {
    @Test(arguments: [
        ("0", SocketPacket(.connect)),
        (#"0{"token":"123"}"#, SocketPacket(.connect, payload: ["token": "123"])),
        (#"0{"sid":"oSO0OpakMV_3jnilAAAA"}"#, SocketPacket(.connect, payload: ["sid": "oSO0OpakMV_3jnilAAAA"])),
        (#"0/admin,{"token":"123"}"#, SocketPacket(.connect, namespace: "/admin", payload: ["token": "123"])),
        (#"4{"message":"Not authorized"}"#, SocketPacket(.connectError, payload: ["message": "Not authorized"])),
        ("1", SocketPacket(.disconnect)), ("1/admin,", SocketPacket(.disconnect, namespace: "/admin")),
        (#"2["foo"]"#, SocketPacket(.event, payload: ["foo"])),
        (#"2/admin,["bar"]"#, SocketPacket(.event, namespace: "/admin", payload: ["bar"])),
        (#"212["foo"]"#, SocketPacket(.event, id: 12, payload: ["foo"])),
        (#"2/admin,13["bar","x"]"#, SocketPacket(.event, namespace: "/admin", id: 13, payload: ["bar", "x"])),
        (#"312[]"#, SocketPacket(.ack, id: 12, payload: [])),
        (#"3/admin,13["bar"]"#, SocketPacket(.ack, namespace: "/admin", id: 13, payload: ["bar"])),
        (#"20["join",{"room":"vm:1"}]"#, SocketPacket(.event, id: 0, payload: ["join", ["room": "vm:1"]])),
    ]) func `a packet and its message are one`(text: String, packet: SocketPacket) throws {
        #expect(try SocketPacket(message: Array(text.utf8)) == packet)
        #expect(String(decoding: packet.message, as: UTF8.self) == text)
    }

    @Test func `a namespace may end where the message ends`() throws {
        #expect(try SocketPacket(message: Array("0/admin".utf8)) == SocketPacket(.connect, namespace: "/admin"))
        #expect(try SocketPacket(message: Array(#"2/,["a"]"#.utf8)) == SocketPacket(.event, payload: ["a"]))
    }

    @Test(arguments: [
        "", "7", "9", "x", "0[]", "0\"a\"", "07{}", "1{}", "12", "2", "2{}", "2[]", "2[null]", "2[{}]", "2[\"a\"",
        "2[\"a\"]x", "3", "3[]", "3{}", "31{}", "4", "4[]", "41{\"message\":\"a\"}", #"2["connect"]"#,
        #"2["disconnect"]"#, "2999999999999999999999[\"a\"]", "20[[[", "0{\"a\":}", "２[\"a\"]",
    ]) func `rubbish is refused`(text: String) {
        #expect(throws: SocketProtocolError.self) { try SocketPacket(message: Array(text.utf8)) }
    }

    @Test(arguments: [
        #"51-["baz",{"_placeholder":true,"num":0}]"#, #"61-15["bar",{"_placeholder":true,"num":0}]"#, "5", "6",
    ]) func `binary attachments are refused by name`(text: String) {
        #expect(throws: SocketProtocolError("binary attachments are not taken")) {
            try SocketPacket(message: Array(text.utf8))
        }
    }

    @Test func `a payload cannot be nested without end`() {
        let text = "2[\"a\"," + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "]"
        #expect(throws: SocketProtocolError.self) { try SocketPacket(message: Array(text.utf8)) }
    }
}
