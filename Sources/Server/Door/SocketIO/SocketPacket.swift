package import JSON

/// One packet of Socket.IO 5, as it stands in a message of Engine.IO.
///
/// Binary attachments are not taken: nothing that Bay is told needs them.
///
/// Source: <https://socket.io/docs/v4/socket-io-protocol/>
package struct SocketPacket: Equatable, Sendable {
    package enum Kind: Int, Sendable {
        case connect, disconnect, event, ack, connectError
    }

    package var kind: Kind
    package var namespace: String
    /// Asks for an acknowledgement, or gives the one that was asked for.
    package var id: Int?
    package var payload: JSONValue?

    package init(_ kind: Kind, namespace: String = "/", id: Int? = nil, payload: JSONValue? = nil) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.payload = payload
    }

    /// Names that stand for what happens to a connection: no event bears them.
    private static let reserved: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]
    /// Bytes of a namespace's name.
    private static let namespaceLimit = 200

    package init(message: [UInt8]) throws(SocketProtocolError) {
        var rest = message[...]
        guard let digit = rest.popFirst() else { throw SocketProtocolError("an empty packet") }
        if digit == UInt8(ascii: "5") || digit == UInt8(ascii: "6") {
            throw SocketProtocolError("binary attachments are not taken")
        }
        guard let kind = Kind(rawValue: Int(digit) - 48) else {
            throw SocketProtocolError("a packet of an unknown kind")
        }
        var namespace = "/"
        if rest.first == UInt8(ascii: "/") {
            let name = rest.prefix { $0 != UInt8(ascii: ",") }
            guard name.count <= Self.namespaceLimit, let text = String(validating: name, as: UTF8.self) else {
                throw SocketProtocolError("a namespace's name is too long or no text")
            }
            namespace = text
            rest = rest.dropFirst(name.count + 1)
        }
        let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
        var id: Int?
        if !digits.isEmpty {
            // So many that no client counts to them.
            guard digits.count <= 15 else { throw SocketProtocolError("the number of a packet is too long") }
            id = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
            rest = rest.dropFirst(digits.count)
        }
        var payload: JSONValue?
        if !rest.isEmpty {
            do throws(JSONError) { payload = try JSONValue(parsing: Array(rest)) } catch {
                throw SocketProtocolError("the payload of a packet is not JSON: \(error.message)")
            }
        }
        self.init(kind, namespace: namespace, id: id, payload: payload)
        if let problem { throw SocketProtocolError(problem) }
    }

    /// Why the packet says nothing that its kind can say; nil where it does.
    private var problem: String? {
        switch (kind, payload) {
        case (.connect, nil), (.connect, .object), (.disconnect, nil), (.connectError, .object),
            (.connectError, .string):
            id == nil ? nil : "a packet of this kind has no number"
        case (.connect, _): "the payload of CONNECT is an object"
        case (.disconnect, _): "DISCONNECT carries nothing"
        case (.connectError, _): "the payload of CONNECT_ERROR is an object"
        case (.event, .array(let items)):
            switch items.first {
            case .string(let name): Self.reserved.contains(name) ? "\"\(name)\" is no name for an event" : nil
            case .int: nil
            default: "an event begins with its name"
            }
        case (.event, _): "the payload of EVENT is a list"
        case (.ack, .array): id == nil ? "an acknowledgement needs a number" : nil
        case (.ack, _): "the payload of ACK is a list"
        }
    }

    /// The packet as a message of Engine.IO.
    package var message: [UInt8] {
        var bytes = [UInt8(48 + kind.rawValue)]
        if namespace != "/" { bytes += Array("\(namespace),".utf8) }
        if let id { bytes += Array(String(id).utf8) }
        guard let payload else { return bytes }
        var writer = JSONWriter(appendingTo: bytes)
        writer.value(payload)
        return writer.bytes
    }
}
