package import JSON

/// The local socket's protocol: the messages of graphql-transport-ws, one JSON object a line.
///
/// Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>
package enum LocalProtocol {
    /// Longer lines end the connection, in both directions.
    package static let maximumLine = 16 << 20
    /// The code of `closing` when a token is not accepted.
    package static let forbidden = 4403
}

/// What a client says.
package enum ClientMessage: Equatable, Sendable {
    case connectionInit(payload: JSONObject)
    /// Begins an operation: a query or mutation too.
    case subscribe(id: String, OperationRequest)
    case complete(id: String)
    case ping
    case pong
}

/// What the server says.
package enum ServerMessage: Equatable, Sendable {
    case connectionAck
    /// A result. The payload is the encoded object with `data` and `errors`.
    case next(id: String, payload: [UInt8])
    /// The operation could not be begun; nothing follows. The payload is the encoded list of errors.
    case error(id: String, errors: [UInt8])
    case complete(id: String)
    case ping
    case pong
    /// Why the connection is about to be closed. Stands for the close frame that a WebSocket has and a plain socket has not.
    case closing(code: Int, reason: String)
}

/// Why a line is not a message.
package enum ProtocolError: Error, Equatable {
    case notJSON(JSONError)
    case unknownType(String)
    case missing(String)

    package var message: String {
        switch self {
        case .notJSON(let error): "not a message: \(error.message)"
        case .unknownType(let type): "unknown message type \"\(type.prefix(40))\""
        case .missing(let member): "a message without \"\(member)\""
        }
    }
}

/// The parts that a message of either side may have, read in whatever order they come.
private struct Envelope {
    var type: String?
    var id: String?
    /// Where the payload starts in the line.
    var payload: Range<Int>?

    init(_ line: [UInt8]) throws(ProtocolError) {
        var type: String?
        var id: String?
        var payload: Range<Int>?
        var reader = JSONReader(line)
        do {
            try reader.object { name, reader throws(JSONError) in
                switch name {
                case "type": type = try reader.string()
                case "id": id = try reader.string()
                case "payload":
                    let raw = try reader.raw()
                    payload = raw.startIndex..<raw.endIndex
                default: try reader.skip()
                }
            }
            try reader.end()
        } catch {
            throw .notJSON(error)
        }
        self.type = type
        self.id = id
        self.payload = payload
    }

    func requiredID() throws(ProtocolError) -> String {
        guard let id else { throw .missing("id") }
        return id
    }
}

extension ClientMessage {
    package init(line: [UInt8]) throws(ProtocolError) {
        let envelope = try Envelope(line)
        switch envelope.type {
        case "connection_init":
            var payload = JSONObject()
            if let range = envelope.payload {
                var reader = JSONReader(line, from: range.lowerBound)
                do {
                    if case .object(let object) = try reader.value() { payload = object }
                } catch {
                    throw .notJSON(error)
                }
            }
            self = .connectionInit(payload: payload)
        case "subscribe":
            let id = try envelope.requiredID()
            guard let range = envelope.payload else { throw .missing("payload") }
            var reader = JSONReader(line, from: range.lowerBound)
            do {
                self = .subscribe(id: id, try OperationRequest(from: &reader))
            } catch {
                throw .notJSON(error)
            }
        case "complete": self = .complete(id: try envelope.requiredID())
        case "ping": self = .ping
        case "pong": self = .pong
        case let type?: throw .unknownType(type)
        case nil: throw .missing("type")
        }
    }

    /// The message with the newline that ends it.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .connectionInit(let payload):
            writer.type("connection_init")
            if !payload.isEmpty {
                writer.name("payload")
                writer.value(.object(payload))
            }
        case .subscribe(let id, let request):
            writer.type("subscribe", id: id)
            writer.name("payload")
            request.write(to: &writer)
        case .complete(let id): writer.type("complete", id: id)
        case .ping: writer.type("ping")
        case .pong: writer.type("pong")
        }
        return writer.endMessage()
    }
}

extension ServerMessage {
    package init(line: [UInt8]) throws(ProtocolError) {
        let envelope = try Envelope(line)
        func payload() throws(ProtocolError) -> [UInt8] {
            guard let range = envelope.payload else { throw .missing("payload") }
            return Array(line[range])
        }
        switch envelope.type {
        case "connection_ack": self = .connectionAck
        case "next": self = .next(id: try envelope.requiredID(), payload: try payload())
        case "error": self = .error(id: try envelope.requiredID(), errors: try payload())
        case "complete": self = .complete(id: try envelope.requiredID())
        case "ping": self = .ping
        case "pong": self = .pong
        case "closing":
            let value = try? JSONValue(parsing: try payload())
            self = .closing(code: value?["code"]?.int ?? 0, reason: value?["reason"]?.string ?? "")
        case let type?: throw .unknownType(type)
        case nil: throw .missing("type")
        }
    }

    /// The message with the newline that ends it.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .connectionAck: writer.type("connection_ack")
        case .next(let id, let payload):
            writer.type("next", id: id)
            writer.name("payload")
            writer.encoded(payload)
        case .error(let id, let errors):
            writer.type("error", id: id)
            writer.name("payload")
            writer.encoded(errors)
        case .complete(let id): writer.type("complete", id: id)
        case .ping: writer.type("ping")
        case .pong: writer.type("pong")
        case .closing(let code, let reason):
            writer.type("closing")
            writer.name("payload")
            writer.value(["code": .int(code), "reason": .string(reason)])
        }
        return writer.endMessage()
    }
}

extension JSONWriter {
    fileprivate mutating func type(_ type: String, id: String? = nil) {
        if let id {
            name("id")
            string(id)
        }
        name("type")
        string(type)
    }

    fileprivate mutating func endMessage() -> [UInt8] {
        endObject()
        endLine()
        return bytes
    }
}
