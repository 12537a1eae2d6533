import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Sockets

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
    /// From where writing goes on to the socket: what lies between is for what comes in.
    private var outward: ChannelHandlerContext?
    private var wire: EngineWire?
    /// The socket, where its bytes are those of the frames.
    private var socket: Int32?
    /// Writes that NIO has not come to the end of: while there are any, nothing else may write.
    private var underway = 0
    private(set) var isInBurst = false

    /// Packets that are taken from the queue with one lock.
    private static let portion = 32

    init(_ session: EngineSession, isProbe: Bool) {
        self.session = session
        self.isProbe = isProbe
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outward = (try? context.pipeline.syncOperations.context(handlerType: FarewellHandler.self)) ?? context
        let pipeline = context.pipeline.syncOperations
        if (try? pipeline.context(handlerType: NIOSSLServerHandler.self)) == nil {
            socket = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        }
        let wire = EngineWire(self, on: context.eventLoop)
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
        (context, outward) = (nil, nil)
        isEnded = true
        if let wire { session.lost(wire) }
        wire = nil
    }

    // MARK: Out

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { drain() }
        context.fireChannelWritabilityChanged()
    }

    /// Writes what waits, as far as the client takes it: all that goes into one portion with one call of the system.
    func drain(_ space: inout [OutgoingPacket]) {
        guard let outward, !isEnded, !isProbe else { return }
        let channel = outward.channel
        var (hasWritten, hasMore) = (false, true)
        while hasMore, channel.isWritable {
            hasMore = session.take(Self.portion, into: &space)
            write(space[...])
            hasWritten = hasWritten || !space.isEmpty
            space.removeAll(keepingCapacity: true)
        }
        if hasWritten { outward.flush() }
    }

    func drain() {
        var space: [OutgoingPacket] = []
        drain(&space)
    }

    /// Adds what waits to a burst and to `packets`. False: it goes another way, as far as it could be written.
    /// - Parameter space: for packets on their way, and empty again when it is done.
    func join(
        _ burst: SocketBurst, _ packets: inout [OutgoingPacket], _ space: inout [OutgoingPacket]
    ) -> Bool {
        guard let socket, underway == 0, outward != nil, !isEnded, !isProbe else {
            drain(&space)
            return false
        }
        let begin = packets.count
        let hasMore = session.take(Self.portion, into: &packets)
        let size = packets[begin...].reduce(0) { $0 + $1.frame.readableBytes }
        // NIO writes much of it without copying it.
        guard !hasMore, size > 0, size <= SocketBurst.bytesEach else {
            write(packets[begin...])
            outward?.flush()
            packets.removeSubrange(begin...)
            if hasMore { drain(&space) }
            return false
        }
        burst.add(socket) { bytes in for packet in packets[begin...] { bytes += packet.frame.readableBytesView } }
        isInBurst = true
        return true
    }

    /// The burst is written, but for so many bytes at the end of the packets. They go by way of NIO, which waits for the client
    /// and finds out what is wrong.
    func leaveBurst(_ packets: ArraySlice<OutgoingPacket>, left: Int) {
        isInBurst = false
        guard left > 0 else { return }
        write(packets, from: packets.reduce(0) { $0 + $1.frame.readableBytes } - left)
        outward?.flush()
    }

    /// Gives packets to NIO, without those bytes at their beginning that are written already.
    private func write(_ packets: ArraySlice<OutgoingPacket>, from start: Int = 0) {
        guard let outward else { return }
        var written = start
        for (place, packet) in zip(packets.indices, packets) {
            var frame = packet.frame
            let skipped = min(written, frame.readableBytes)
            frame.moveReaderIndex(forwardBy: skipped)
            written -= skipped
            // The last one is not empty: else nothing would be left.
            guard place == packets.endIndex - 1 else {
                if frame.readableBytes > 0 { outward.write(wrapOutboundOut(frame), promise: nil) }
                continue
            }
            outward.write(wrapOutboundOut(frame), promise: noted(outward))
        }
    }

    private func write(_ frame: ByteBuffer) {
        guard let outward else { return }
        outward.writeAndFlush(wrapOutboundOut(frame), promise: noted(outward))
    }

    /// Counts a write until NIO has come to its end.
    private func noted(_ outward: ChannelHandlerContext) -> EventLoopPromise<Void> {
        underway += 1
        let promise = outward.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.underway -= 1 }
        return promise
    }

    func end(_ reason: CloseReason) {
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
        case .text: read(frame.text[...])
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
        if event is ChannelShouldQuiesceEvent { session.close(.stopping) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: end(.protocolError)
        default: context.close(promise: nil)
        }
    }
}

extension WebSocketFrame {
    /// What the client wrote. Not by way of `unmaskedData`, which copies the whole buffer that was read into.
    fileprivate var text: [UInt8] {
        var text = Array(data.readableBytesView)
        guard let maskKey else { return text }
        for index in text.indices { text[index] ^= maskKey[index & 3] }
        return text
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
            ], limits: limits, date: date, readsOn: true
        ) { channel in
            // A channel keeps what it reads into, and those who only listen say a byte at a time.
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 128, initial: 512, maximum: 65_536))
        }
    }
}
