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

    /// Turns the connection into a WebSocket: says so to the client, and hands it over to the frames' own handlers.
    func becomeWebSocket(_ headers: HTTPHeaders, limits: HTTPLimits, date: String) throws -> WebSocketSession.Frames {
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
        try pipeline.addHandlers([
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.webSocketMessage)),
            WebSocketProtocolErrorHandler(),
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 256,
                maxAccumulatedFrameSize: limits.webSocketMessage),
        ])
        let frames = try WebSocketSession.Frames(wrappingChannelSynchronously: channel)
        pipeline.removeHandler(self, promise: nil)
        // What came behind the request goes on to the decoder of frames, and nothing more may come to make it heard.
        pipeline.removeHandler(context: decoder).assumeIsolated().whenSuccess { pipeline.fireChannelReadComplete() }
        return frames
    }
}
