import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Sets up each connection of the HTTP door, and has its requests answered one after another.
///
/// Hummingbird's own channel turns every request into other types first and has no limit on a slow body; and NIO's
/// upgrader looks at the first request of a connection only, while clients switch to a WebSocket on one that they have used.
struct HTTPChannel: ServerChildChannel {
    let routes: HTTPRoutes
    let limits: HTTPLimits
    let connections: HTTPConnections
    let date: HTTPDate

    /// A connection with the requests that it hands over.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let handler: NIOLoopBound<HTTPConnection>
        let requests: AsyncStream<PendingRequest>
        let light: ConnectionLight

        /// Sends the answer to the request that came last.
        func answer(_ bytes: ByteBuffer, closes: Bool) {
            if channel.eventLoop.inEventLoop {
                handler.value.answer(bytes, closes: closes)
            } else {
                channel.eventLoop.execute { handler.value.answer(bytes, closes: closes) }
            }
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let (requests, continuation) = AsyncStream.makeStream(of: PendingRequest.self)
            let light = ConnectionLight(channel: channel)
            let handler = HTTPConnection(limits: limits, light: light, requests: continuation) { [date] response in
                response.encoded(date: date.now, connection: "close", isHead: false)
            }
            var heads = NIOHTTPDecoderLimitConfiguration()
            heads.maxHeaderFieldSize = limits.headers
            heads.maxHeaderListSize = limits.headers
            heads.maxHeaderFieldCount = limits.headerCount
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: heads)),
                handler,
            ])
            if !connections.admit(light) { handler.turnAway() }
            return Value(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), requests: requests,
                light: light)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await pending in value.requests { await answer(pending, on: value) }
                }
                // Whoever has gone waits for no answer.
                try? await value.channel.closeFuture.get()
                group.cancelAll()
            }
        } onCancel: {
            value.channel.close(promise: nil)
        }
        connections.remove(value.light)
    }

    private func answer(_ pending: PendingRequest, on value: Value) async {
        let response = await routes.answer(pending.request)
        let connection = response.closes ? "close" : pending.connection
        let bytes = response.encoded(
            date: date.now, connection: connection, isHead: pending.request.method == .HEAD, value.channel.allocator)
        value.answer(bytes, closes: connection == "close")
    }
}
