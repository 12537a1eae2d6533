import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import TestSupport
import Testing

@testable import Server

/// The end of a WebSocket's pipeline alone, where the order of things can be chosen.
@Suite struct EngineSocketHandlerTests {
    /// Keeps what the handler asks to be said last.
    private final class Last: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var reason: CloseReason?

        func triggerUserOutboundEvent(
            context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
        ) {
            reason = (event as? Farewell)?.reason ?? reason
            promise?.succeed()
        }
    }

    private let session = EngineSession(id: "1", address: nil, token: nil, limits: SocketIOLimits())

    @Test func `a session that ended while its WebSocket was set up says so on it`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        session.close(.notConnected)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        #expect(last.reason == .notConnected)
        _ = try channel.finish()
    }

    @Test func `a session that ended is not tried on another WebSocket`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        session.close(.notConnected)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: true))
        #expect(last.reason == .protocolError)
        _ = try channel.finish()
    }

    @Test func `a session that goes on ends with its WebSocket`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        #expect(last.reason == nil)
        _ = try channel.finish()
        #expect(session.end == .clientLeft)
    }

    @Test(arguments: [false, true]) func `nothing is left of a session when its WebSocket has closed`(
        isProbe: Bool
    ) throws {
        weak var left: EngineSession?
        do {
            let session = EngineSession(id: "2", address: nil, token: nil, limits: SocketIOLimits())
            left = session
            let channel = EmbeddedChannel()
            try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: isProbe))
            _ = try channel.finish()
        }
        let isGone = left == nil
        #expect(isGone)
    }

    @Test func `what a client is slow to take comes whole and in its order, whichever way it goes`() async throws {
        let burst = try #require(SocketBurst())
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        let (near, far) = (ends[0], ends[1])
        defer { close(far) }
        let session = session
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
                }
            }
            .withConnectedSocket(near).get()
        var expected = Array(OutgoingPacket(session.open(upgrades: false)).frame.readableBytesView)
        // More than the socket has room for, some of it too much for one burst.
        for number in 0..<300 {
            let letter = UInt8(ascii: "a") + UInt8(number % 26)
            let count = number.isMultiple(of: 50) ? 20_000 : 3000
            let packet = OutgoingPacket(text: [UInt8](repeating: letter, count: count))
            expected += packet.frame.readableBytesView
            guard let wire = session.enqueue(packet) else { continue }
            try await wire.loop.submit { EngineWire.drain([wire], burst) }.get()
        }
        var heard: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        try await eventually("all has come") {
            while case let count = read(far, &part, part.count), count > 0 { heard += part[..<count] }
            return heard.count >= expected.count
        }
        #expect(heard == expected)
        try await channel.close()
    }
}
