import NIOCore
import NIOEmbedded
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
}
