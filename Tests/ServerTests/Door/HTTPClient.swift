import Foundation
import JSON
import NIOCore
import NIOPosix
import Testing

/// A client of the HTTP door as blunt as tests need it: it sends any bytes and reads responses one by one.
final class HTTPClient: Sendable {
    struct Response: Equatable {
        var status = 0
        var headers: [String: String] = [:]
        var body = ""

        subscript(name: String) -> String? { headers[name.lowercased()] }
    }

    typealias Stream = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let channel: any Channel
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let input: Input

    /// Unchecked, because a test reads with one task only.
    private final class Input: @unchecked Sendable {
        private var buffer = ByteBuffer()
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

        init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.iterator = iterator }

        /// Waits for more. False at the end.
        func more() async throws -> Bool {
            guard var bytes = try await iterator.next() else { return false }
            buffer.writeBuffer(&bytes)
            return true
        }

        func bytes(_ count: Int) async throws -> [UInt8]? {
            while buffer.readableBytes < count { if try await !more() { return nil } }
            return buffer.readBytes(length: count)
        }

        func head() async throws -> String? {
            while true {
                let text = String(buffer: buffer)
                if let end = text.range(of: "\r\n\r\n") {
                    let head = String(text[..<end.lowerBound])
                    buffer.moveReaderIndex(forwardBy: head.utf8.count + 4)
                    return head
                }
                if try await !more() { return nil }
            }
        }
    }

    private init(_ channel: any Channel, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ input: Input) {
        self.channel = channel
        self.outbound = outbound
        self.input = input
    }

    static func with<T: Sendable>(_ port: Int, _ body: @Sendable (HTTPClient) async throws -> T) async throws -> T {
        let stream = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Stream(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await stream.executeThenClose { inbound, outbound in
            try await body(HTTPClient(stream.channel, outbound, Input(inbound.makeAsyncIterator())))
        }
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func send(bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Sends a request with a body, if it has one, of JSON.
    func send(_ method: String, _ target: String, headers: [String] = [], body: String? = nil) async throws {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + headers
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// The next response; nil when the server has closed.
    func next(hasBody: Bool = true) async throws -> Response? {
        guard let head = try await input.head() else { return nil }
        var lines = head.split(separator: "\r\n")[...]
        var response = Response()
        response.status = lines.popFirst().flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        if hasBody, let length = response["Content-Length"].flatMap({ Int($0) }) {
            let bytes = try #require(try await input.bytes(length), "the body ends early")
            response.body = String(decoding: bytes, as: UTF8.self)
        }
        return response
    }

    func bytes(_ count: Int) async throws -> [UInt8]? { try await input.bytes(count) }

    /// Asks and waits for the answer.
    func ask(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) async throws -> Response {
        try await send(method, target, headers: headers, body: body)
        return try #require(try await next(hasBody: method != "HEAD"), "no answer")
    }

    // MARK: WebSocket

    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]

        /// The code of a close frame.
        var code: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    static let upgradeHeaders = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: graphql-transport-ws",
    ]

    func upgrade(headers: [String] = []) async throws {
        let response = try await ask("GET", "/graphql", headers: Self.upgradeHeaders + headers)
        try #require(response.status == 101)
        #expect(response["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response["Sec-WebSocket-Protocol"] == "graphql-transport-ws")
    }

    /// Sends a frame as clients do: masked, if with nothing but zeros.
    func send(frame payload: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true) async throws {
        var bytes = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        try await send(bytes: bytes + [0, 0, 0, 0] + payload)
    }

    func send(message: String) async throws { try await send(frame: Array(message.utf8)) }

    func frame() async throws -> Frame? {
        guard let start = try await bytes(2) else { return nil }
        var length = Int(start[1] & 127)
        if length >= 126 {
            let more = try #require(try await bytes(length == 126 ? 2 : 8))
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        return Frame(opcode: start[0] & 15, payload: try #require(try await bytes(length)))
    }

    /// The next message; nil at a close frame or the end.
    func message() async throws -> JSONValue? {
        while let frame = try await frame(), frame.opcode != 8 {
            if frame.opcode == 1 { return try JSONValue(parsing: frame.payload) }
        }
        return nil
    }

    /// The code of the close frame that comes next; whatever comes before it is passed over.
    func closeCode() async throws -> Int? {
        while let frame = try await frame() { if let code = frame.code { return code } }
        return nil
    }

    func post(_ body: String, headers: [String] = []) async throws -> Response {
        try await ask("POST", "/graphql", headers: headers, body: body)
    }
}
