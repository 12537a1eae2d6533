import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sets up each connection of the HTTP door, and has its requests answered one after another.
///
/// Hummingbird's own channel turns every request into other types first and has no limit on a slow body; and NIO's
/// upgrader looks at the first request of a connection only, while clients switch to a WebSocket on one that they have used.
struct HTTPChannel: ServerChildChannel {
    let routes: HTTPRoutes
    let limits: HTTPLimits
    let connections: HTTPConnections
    let date: HTTPDate
    /// Operations under way over all WebSockets.
    let operations: Budget
    /// Bytes of bodies in memory.
    let bodies: Budget
    /// By event loop.
    let answers: [ObjectIdentifier: NIOLoopBoundBox<AnswersOnTheirWay>]
    /// What connections are encrypted with, if they are.
    let tls: TLSIdentity?

    /// A connection with the requests that it hands over.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let handler: NIOLoopBound<HTTPConnection>
        let requests: AsyncStream<PendingRequest>
        let executor: LoopExecutor

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
            let executor = LoopExecutor(channel.eventLoop)
            let handler = HTTPConnection(
                limits: limits, light: light, executor: executor, bodies: bodies, requests: continuation,
                encode: { [date] in $0.encoded(date: date.now, to: $1) }, begin: { [routes] in routes.begin($0) },
                answers: answers[ObjectIdentifier(channel.eventLoop)]?.value ?? AnswersOnTheirWay())
            var heads = NIOHTTPDecoderLimitConfiguration()
            heads.maxHeaderFieldSize = limits.headers
            heads.maxHeaderListSize = limits.headers
            heads.maxHeaderFieldCount = limits.headerCount
            if let tls { try encrypt(channel, with: tls) }
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: heads)),
                handler,
            ])
            routes.statistics.accepted.add(1, ordering: .relaxed)
            routes.statistics.connections.add(1, ordering: .relaxed)
            channel.closeFuture.whenComplete { [connections, routes] _ in
                connections.remove(light)
                routes.statistics.connections.subtract(1, ordering: .relaxed)
            }
            if !connections.admit(light) { handler.turnAway() }
            return Value(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), requests: requests,
                executor: executor)
        }
    }

    private func encrypt(_ channel: any Channel, with identity: TLSIdentity) throws {
        let refusal = HTTPResponse.error(.badRequest, "this port is encrypted: its addresses begin with https://")
        try channel.pipeline.syncOperations.addHandlers([
            TLSGate(
                refusal: refusal.encoded(date: date.now, to: nil),
                lingering: limits.lingering),
            NIOSSLServerHandler(context: identity.context),
        ])
    }

    func handle(value: Value, logger: Logger) async {
        let isOver = Bell()
        value.channel.closeFuture.whenComplete { _ in isOver.close() }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                // A small request is answered sooner than another thread is awake.
                group.addTask(executorPreference: value.executor) {
                    for await pending in value.requests {
                        var keeps = true
                        if pending.request.body.readableBytes <= limits.smallBody {
                            keeps = await answer(pending, on: value)
                        } else {
                            // Reading a long one takes milliseconds, for which others on this loop must not wait.
                            await withTaskExecutorPreference(globalConcurrentExecutor) {
                                keeps = await answer(pending, on: value)
                            }
                        }
                        if !keeps { isOver.close() }
                    }
                }
                // Whoever has gone waits for no answer.
                await isOver.wait(beyond: isOver.rings)
                group.cancelAll()
            }
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }

    /// Returns whether the connection still needs a task: false where it has become one that only listens.
    private func answer(_ pending: PendingRequest, on value: Value) async -> Bool {
        if let head = pending.upgrade {
            switch routes.upgrade(pending.request) {
            case .accepted(let identity):
                await serveSocket(identity, head, pending, on: value)
                return true
            case .socketIO(let admission, let limits):
                return !(await handOver(to: admission, payload: limits.payload, head, pending, on: value))
            case .refused(let response):
                send(response, to: pending, on: value)
                return true
            case .ignored: break
            }
        }
        if let answer = pending.answer {
            send(await answer(), to: pending, on: value)
        } else {
            send(await routes.answer(pending.request), to: pending, on: value)
        }
        return true
    }

    private func serveSocket(
        _ identity: SessionIdentity, _ head: HTTPRequestHead, _ pending: PendingRequest, on value: Value
    ) async {
        let subprotocol = WebSocketSession.subprotocol
        guard let headers = await upgradeHeaders(head, subprotocol, pending, on: value) else { return }
        defer { Self.removeSocket(from: connections, routes) }
        let (limits, date) = (limits, date.now)
        let frames = try? await value.channel.eventLoop.submit {
            try value.handler.value.becomeWebSocket(headers, limits: limits, date: date)
        }.get()
        guard let frames else { return value.channel.close(promise: nil) }
        let session = WebSocketSession(
            identity, runner: routes.runner, limits: limits, budget: operations, frames: frames, log: routes.log)
        await session.run()
    }

    /// Lets the connection become the WebSocket of a session of Engine.IO, which lives by its loop alone: most of these have
    /// nothing to say for hours, and a task that waits costs more memory than all else of them. False where it does not.
    private func handOver(
        to admission: SocketIODoor.Admission, payload: Int, _ head: HTTPRequestHead, _ pending: PendingRequest,
        on value: Value
    ) async -> Bool {
        let session = admission.session
        guard let headers = await upgradeHeaders(head, nil, pending, on: value) else {
            if !admission.isProbe { session.close(.protocolError) }
            return false
        }
        let (limits, date) = (limits, date.now)
        value.channel.closeFuture.whenComplete { [connections, routes] _ in
            Self.removeSocket(from: connections, routes)
        }
        do {
            try await value.channel.eventLoop.submit {
                try value.handler.value.becomeEngineSocket(
                    headers, of: session, isProbe: admission.isProbe, payload: payload, limits: limits, date: date)
            }.get()
            return true
        } catch {
            if !admission.isProbe { session.close(.clientLeft) }
            value.channel.close(promise: nil)
            return false
        }
    }

    /// The headers that grant a WebSocket, for which a place is taken. Nil where none is granted, and that is answered.
    private func upgradeHeaders(
        _ head: HTTPRequestHead, _ subprotocol: String?, _ pending: PendingRequest, on value: Value
    ) async -> HTTPHeaders? {
        guard
            let headers = try? await HTTPConnection.upgradeHeaders(
                for: head, subprotocol: subprotocol, on: value.channel)
        else {
            send(.error(.badRequest, "this is no request for a WebSocket"), to: pending, on: value)
            return nil
        }
        guard connections.admitSocket() else {
            send(.error(.serviceUnavailable, "too many WebSockets", code: "UNAVAILABLE"), to: pending, on: value)
            return nil
        }
        routes.statistics.webSockets.add(1, ordering: .relaxed)
        return headers
    }

    private static func removeSocket(from connections: HTTPConnections, _ routes: HTTPRoutes) {
        connections.removeSocket()
        routes.statistics.webSockets.subtract(1, ordering: .relaxed)
    }

    private func send(_ response: HTTPResponse, to pending: PendingRequest, on value: Value) {
        value.answer(
            response.encoded(date: date.now, to: pending), closes: pending.connection(above: response) == "close")
    }
}
