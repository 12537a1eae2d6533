import Core
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// A session's WebSocket as other threads see it.
struct EngineWire: Sendable {
    let channel: any Channel
    fileprivate let handler: NIOLoopBound<EngineSocketHandler>

    var loop: any EventLoop { channel.eventLoop }

    func isSame(as other: EngineWire) -> Bool { channel === other.channel }

    /// Something waits in the session.
    func kick() {
        if loop.inEventLoop { drain() } else { loop.execute { drain() } }
    }

    /// The same for many of one loop, which is woken once. On that loop only.
    func drain() { handler.value.drain() }

    /// Says what waits and why nothing follows, and closes.
    func end(_ reason: CloseReason) {
        if loop.inEventLoop { handler.value.end(reason) } else { loop.execute { handler.value.end(reason) } }
    }
}

/// The end of the pipeline of a WebSocket that carries Engine.IO. Frames are written as they lie in the session's queue, so
/// there is no encoder of frames.
final class EngineSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = ByteBuffer

    private let session: EngineSession
    /// The session is still polling, and this WebSocket is being tried.
    private var isProbe: Bool
    private var isEnded = false
    private var context: ChannelHandlerContext?
    private var wire: EngineWire?

    /// Packets that are taken from the queue with one lock.
    private static let portion = 32

    init(_ session: EngineSession, isProbe: Bool) {
        self.session = session
        self.isProbe = isProbe
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let wire = EngineWire(
            channel: context.channel, handler: NIOLoopBound(self, eventLoop: context.eventLoop))
        self.wire = wire
        if isProbe {
            if !session.probe(wire) { end(.protocolError) }
        } else {
            write(OutgoingPacket(session.open(upgrades: false)).frame)
            session.begin(on: wire)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        context = nil
        isEnded = true
        if let wire { session.lost(wire) }
        wire = nil
    }

    // MARK: Out

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { drain() }
        context.fireChannelWritabilityChanged()
    }

    /// Writes what waits, as far as the client takes it.
    fileprivate func drain() {
        guard let context, !isEnded, !isProbe else { return }
        var hasWritten = false
        while context.channel.isWritable {
            let packets = session.take(Self.portion)
            if packets.isEmpty { break }
            for packet in packets { context.write(wrapOutboundOut(packet.frame), promise: nil) }
            hasWritten = true
        }
        if hasWritten { context.flush() }
    }

    private func write(_ frame: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(frame), promise: nil) }

    fileprivate func end(_ reason: CloseReason) {
        guard let context, !isEnded else { return }
        drain()
        isEnded = true
        context.channel.triggerUserOutboundEvent(Farewell(reason), promise: nil)
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnded else { return }
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: read(Array(frame.unmaskedData.readableBytesView)[...])
        case .binary: hear(.binary([]))
        case .ping:
            let pong = frame.unmaskedData
            var answer = context.channel.allocator.buffer(capacity: pong.readableBytes + 2)
            answer.writeInteger(UInt8(0x8A))
            // The decoder lets no longer one through. Source: RFC 6455, 5.5.
            answer.writeInteger(UInt8(truncatingIfNeeded: pong.readableBytes))
            answer.writeImmutableBuffer(pong)
            write(answer)
        case .connectionClose: end(.clientLeft)
        default: break
        }
    }

    private func read(_ text: ArraySlice<UInt8>) {
        do throws(SocketProtocolError) { hear(try EnginePacket(text: text)) } catch { fail(error) }
    }

    private func hear(_ packet: EnginePacket) {
        do throws(SocketProtocolError) {
            guard isProbe else { return try session.receive(packet) }
            switch packet {
            case .ping(let data):
                write(OutgoingPacket(.pong(data)).frame)
                session.flushPoll()
            case .upgrade:
                guard let wire else { return }
                isProbe = false
                if !session.upgrade(to: wire) { end(.protocolError) }
            case .noop: break
            default: throw SocketProtocolError("a WebSocket that is tried hears this too early")
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: SocketProtocolError) {
        if isProbe { end(.protocolError) } else { session.close(.badMessage(error.message)) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Who says no more and only listens is gone as well: each ping wants an answer.
        if case ChannelEvent.inputClosed = event, !isEnded { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: end(.protocolError)
        default: context.close(promise: nil)
        }
    }
}

extension HTTPConnection {
    /// Turns the connection into the WebSocket of a session.
    func becomeEngineSocket(
        _ headers: HTTPHeaders, of session: EngineSession, isProbe: Bool, payload: Int, limits: HTTPLimits, date: String
    ) throws {
        try becomeFrames(
            headers,
            handlers: [
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: payload)),
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 256, maxAccumulatedFrameSize: payload),
                EngineSocketHandler(session, isProbe: isProbe),
            ], limits: limits, date: date, readsOn: true, taken: { _ in })
    }
}
