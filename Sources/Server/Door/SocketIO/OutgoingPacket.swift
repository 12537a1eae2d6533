package import Core
package import JSON
package import NIOCore

/// A text packet ready to be sent: the bytes of a WebSocket frame, behind whose head they are those of a polling body.
/// Encoded once and shared by all who get it.
package struct OutgoingPacket: Sendable {
    package let frame: ByteBuffer
    private let headLength: Int

    package init(_ packet: EnginePacket) { self.init(text: packet.text) }

    /// Source: RFC 6455, 5.2; a server's frames bear no mask.
    package init(text: [UInt8]) {
        var frame = ByteBufferAllocator().buffer(capacity: text.count + 10)
        frame.writeInteger(UInt8(0x81))
        switch text.count {
        case ..<126: frame.writeInteger(UInt8(text.count))
        case ..<65536:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(text.count))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(text.count))
        }
        headLength = frame.writerIndex
        frame.writeBytes(text)
        self.frame = frame
    }

    package init(_ packet: SocketPacket) { self.init(.message(packet.message)) }

    /// An event whose arguments are encoded already.
    package init(event name: String, encoded argument: [UInt8]) {
        var writer = JSONWriter(appendingTo: [UInt8(ascii: "4"), UInt8(ascii: "2")])
        writer.beginArray()
        writer.string(name)
        writer.encoded(argument)
        writer.endArray()
        self.init(text: writer.bytes)
    }

    package init(event name: String, _ argument: JSONValue) {
        self.init(.init(.event, payload: [.string(name), argument]))
    }

    /// Bytes of the text.
    package var count: Int { frame.writerIndex - headLength }

    func append(to body: inout [UInt8]) { body += frame.readableBytesView.dropFirst(headLength) }
}

/// The form in which front ends are told things by their own name.
package enum SocketEnvelope {
    /// - Parameter data: encoded.
    package static func success(data: [UInt8], at time: Timestamp, event: EventRecord.ID) -> [UInt8] {
        var writer = JSONWriter(reserving: data.count + 120)
        writer.beginObject()
        writer.name("status")
        writer.string("success")
        writer.name("error")
        writer.null()
        writer.name("data")
        writer.encoded(data)
        writer.name("timestamp")
        writer.string(time.iso8601)
        writer.name("id")
        writer.string(String(event))
        writer.endObject()
        return writer.bytes
    }
}
