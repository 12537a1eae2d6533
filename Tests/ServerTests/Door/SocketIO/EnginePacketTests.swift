import Server
import Testing

/// The examples are those of the protocol's own page.
@Suite struct EnginePacketTests {
    @Test(arguments: [
        ("0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\"}", EnginePacket.open(Array("{\"sid\":\"lv_VI97HAXpY6yYWAAAC\"}".utf8))),
        ("1", .close), ("2", .ping([])), ("2probe", .ping(Array("probe".utf8))), ("3", .pong([])),
        ("3probe", .pong(Array("probe".utf8))), ("4hello", .message(Array("hello".utf8))), ("4", .message([])),
        ("5", .upgrade), ("6", .noop), ("bAQIDBA==", .binary([1, 2, 3, 4])), ("b", .binary([])),
        ("4utf 8 € é", .message(Array("utf 8 € é".utf8))),
    ]) func `a packet and its text are one`(text: String, packet: EnginePacket) throws {
        #expect(try EnginePacket(text: Array(text.utf8)[...]) == packet)
        #expect(String(decoding: packet.text, as: UTF8.self) == text)
    }

    @Test(arguments: ["", "7", "9x", "a", "x4", "{}", "1x", "5x", "6 ", "b!", "bAQ", "\u{1e}", "\0", "４"])
    func `rubbish is refused`(text: String) {
        #expect(throws: SocketProtocolError.self) { try EnginePacket(text: Array(text.utf8)[...]) }
    }

    @Test(arguments: [
        ("4hello", [EnginePacket.message(Array("hello".utf8))]),
        ("4hello\u{1e}2\u{1e}4world", [.message(Array("hello".utf8)), .ping([]), .message(Array("world".utf8))]),
        ("4hello\u{1e}bAQIDBA==", [.message(Array("hello".utf8)), .binary([1, 2, 3, 4])]),
        ("2\u{1e}6", [.ping([]), .noop]),
    ]) func `a payload holds several packets`(text: String, packets: [EnginePacket]) throws {
        #expect(try EnginePacket.packets(payload: Array(text.utf8)) == packets)
        #expect(String(decoding: EnginePacket.payload(packets), as: UTF8.self) == text)
    }

    @Test(arguments: ["", "\u{1e}", "4a\u{1e}", "\u{1e}4a", "4a\u{1e}\u{1e}4b", "abc", "2\u{1e}x"])
    func `a payload with rubbish in it is refused whole`(text: String) {
        #expect(throws: SocketProtocolError.self) { try EnginePacket.packets(payload: Array(text.utf8)) }
    }

    @Test func `a payload has a limit to its packets`() throws {
        let many = Array(repeating: "6", count: 9).joined(separator: "\u{1e}")
        #expect(try EnginePacket.packets(payload: Array(many.utf8), limit: 9).count == 9)
        #expect(throws: SocketProtocolError.self) { try EnginePacket.packets(payload: Array(many.utf8), limit: 8) }
    }

    @Test(arguments: UInt64(0)..<50) func `no bytes make the reader fall over`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let bytes = (0..<Int(seed % 40)).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 40)
        }
        if let packets = try? EnginePacket.packets(payload: bytes) {
            #expect((try? EnginePacket.packets(payload: EnginePacket.payload(packets))) == packets)
        }
        if let packet = try? SocketPacket(message: bytes) {
            #expect((try? SocketPacket(message: packet.message)) == packet)
        }
    }
}
