import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

extension HTTPConnection {
    /// The headers that accept a WebSocket. Throws where the request is none for one.
    /// - Parameter subprotocol: what the WebSocket carries, where that has a name.
    static func upgradeHeaders(
        for head: HTTPRequestHead, subprotocol: String?, on channel: any Channel
    ) async throws -> HTTPHeaders {
        // NIO's upgrader knows how to answer the client's key. It is not used for more: it works for the first request of a
        // connection only.
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in
                channel.eventLoop.makeSucceededFuture(
                    subprotocol.map { ["Sec-WebSocket-Protocol": $0] } ?? [:])
            },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        return try await upgrader.buildUpgradeResponse(
            channel: channel, upgradeRequest: head, initialResponseHeaders: [:]
        ).get()
    }

    /// Turns the connection into a WebSocket whose frames somebody waits for.
    func becomeWebSocket(_ headers: HTTPHeaders, limits: HTTPLimits, date: String) throws -> WebSocketSession.Frames {
        try becomeFrames(
            headers,
            handlers: [
                WebSocketFrameEncoder(),
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.webSocketMessage)),
                WebSocketProtocolErrorHandler(),
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 256,
                    maxAccumulatedFrameSize: limits.webSocketMessage),
            ], limits: limits, date: date
        ) { try WebSocketSession.Frames(wrappingChannelSynchronously: $0) }
    }

    /// Says to the client that frames follow, and hands the connection over to their handlers.
    /// - Parameters:
    ///   - readsOn: whether to ask for more at once, where no handler does so by itself.
    ///   - taken: what is made of the channel once it speaks in frames, before any of them is read.
    func becomeFrames<Taken>(
        _ headers: HTTPHeaders, handlers: [any ChannelHandler], limits: HTTPLimits, date: String, readsOn: Bool = false,
        taken: (any Channel) throws -> Taken
    ) throws -> Taken {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        write(ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n\(lines)Date: \(date)\r\n\r\n"))
        // Before all that makes frames, and behind what encrypts them.
        let encryption = (try? pipeline.context(handlerType: NIOSSLServerHandler.self))?.handler
        try pipeline.addHandler(
            FarewellHandler(slowReader: limits.sending, grace: limits.lingering, words: \.closeFrame),
            position: encryption.map { .after($0) } ?? .first)
        try pipeline.addHandlers(handlers)
        let taken = try taken(channel)
        pipeline.removeHandler(self, promise: nil)
        // What came behind the request goes on to the decoder of frames, and nothing more may come to make it heard.
        pipeline.removeHandler(context: decoder).assumeIsolated().whenSuccess {
            pipeline.fireChannelReadComplete()
            if readsOn { channel.read() }
        }
        return taken
    }
}
