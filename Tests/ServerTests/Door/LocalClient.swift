import Core
import Foundation
import JSON
import NIOCore
import NIOPosix
import Testing

/// A client of the local socket as blunt as tests need it: it sends any bytes and reads lines.
final class LocalClient: Sendable {
    typealias Stream = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let channel: any Channel
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let lines: Lines

    /// Unchecked, because a test reads with one task only.
    private final class Lines: @unchecked Sendable {
        private var buffer = LineBuffer()
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        init(_ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.iterator = iterator }
        func next() async throws -> [UInt8]? {
            while true {
                if let line = try buffer.next() { return line }
                guard let bytes = try await iterator.next() else { return nil }
                buffer.append(bytes.readableBytesView)
            }
        }
    }

    private init(_ channel: any Channel, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ lines: Lines) {
        self.channel = channel
        self.outbound = outbound
        self.lines = lines
    }

    static func with<T: Sendable>(
        _ path: String, _ body: @Sendable (LocalClient) async throws -> T
    ) async throws -> T {
        let stream = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Stream(wrappingChannelSynchronously: channel)
                }
            }
        return try await stream.executeThenClose { inbound, outbound in
            try await body(LocalClient(stream.channel, outbound, Lines(inbound.makeAsyncIterator())))
        }
    }

    func send(_ message: ClientMessage) async throws { try await send(bytes: message.line) }
    func send(bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// The next message; nil when the server has closed.
    func next() async throws -> ServerMessage? {
        guard let line = try await lines.next() else { return nil }
        return try ServerMessage(line: line)
    }

    func introduce() async throws {
        try await send(.connectionInit(payload: JSONObject()))
        #expect(try await next() == .connectionAck)
    }
}
