import FoundationEssentials

/// What is no Engine.IO or Socket.IO: one line, lower case, no full stop.
package struct SocketProtocolError: Error, Equatable {
    package var message: String
    package init(_ message: String) { self.message = message }
}

/// One packet of Engine.IO 4: what carries Socket.IO over polling and WebSocket alike.
///
/// Source: <https://socket.io/docs/v4/engine-io-protocol/>
package enum EnginePacket: Equatable, Sendable {
    /// The server's first word: session, times and limits, as JSON.
    case open([UInt8])
    case close
    case ping([UInt8])
    case pong([UInt8])
    case message([UInt8])
    /// A message that is no text.
    case binary([UInt8])
    /// The client goes on over the WebSocket that it has tried.
    case upgrade
    /// Says nothing: ends a poll that would have waited.
    case noop

    /// Parts the packets of a polling payload.
    package static let separator: UInt8 = 0x1E

    /// Reads a packet as it stands in a text frame or, where `b` begins binary ones, in a polling payload.
    package init(text: ArraySlice<UInt8>) throws(SocketProtocolError) {
        guard let kind = text.first else { throw SocketProtocolError("an empty packet") }
        let rest = Array(text.dropFirst())
        func alone(_ packet: EnginePacket) throws(SocketProtocolError) -> EnginePacket {
            guard rest.isEmpty else { throw SocketProtocolError("a packet of this kind carries nothing") }
            return packet
        }
        switch kind {
        case UInt8(ascii: "0"): self = .open(rest)
        case UInt8(ascii: "1"): self = try alone(.close)
        case UInt8(ascii: "2"): self = .ping(rest)
        case UInt8(ascii: "3"): self = .pong(rest)
        case UInt8(ascii: "4"): self = .message(rest)
        case UInt8(ascii: "5"): self = try alone(.upgrade)
        case UInt8(ascii: "6"): self = try alone(.noop)
        case UInt8(ascii: "b"):
            guard let data = Data(base64Encoded: Data(rest)) else { throw SocketProtocolError("this is not base64") }
            self = .binary(Array(data))
        default: throw SocketProtocolError("a packet of an unknown kind")
        }
    }

    /// The packet as text. Over a WebSocket a binary one is a frame of its own instead.
    package var text: [UInt8] {
        switch self {
        case .open(let data): [UInt8(ascii: "0")] + data
        case .close: [UInt8(ascii: "1")]
        case .ping(let data): [UInt8(ascii: "2")] + data
        case .pong(let data): [UInt8(ascii: "3")] + data
        case .message(let data): [UInt8(ascii: "4")] + data
        case .binary(let data): [UInt8(ascii: "b")] + Array(Data(data).base64EncodedData())
        case .upgrade: [UInt8(ascii: "5")]
        case .noop: [UInt8(ascii: "6")]
        }
    }

    // MARK: Polling

    /// Several packets in one body.
    package static func payload(_ packets: [EnginePacket]) -> [UInt8] {
        Array(packets.map(\.text).joined(separator: [separator]))
    }

    /// Reads the packets of a body.
    /// - Parameter limit: how many there may be.
    package static func packets(payload: [UInt8], limit: Int = 1024) throws(SocketProtocolError) -> [EnginePacket] {
        let parts = payload.split(separator: separator, maxSplits: limit, omittingEmptySubsequences: false)
        guard parts.count <= limit else { throw SocketProtocolError("more than \(limit) packets at once") }
        var packets: [EnginePacket] = []
        packets.reserveCapacity(parts.count)
        for part in parts { packets.append(try EnginePacket(text: part)) }
        return packets
    }
}
