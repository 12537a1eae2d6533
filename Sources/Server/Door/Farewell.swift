import Core
import NIOCore

/// Asks a connection's `FarewellHandler` to say a last line and close.
struct Farewell: Sendable {
    var reason: CloseReason
    init(_ reason: CloseReason) { self.reason = reason }

    /// The last line of a connection that is made of lines.
    static func line(_ reason: CloseReason) -> ByteBuffer {
        ByteBuffer(bytes: ServerMessage.closing(code: reason.code, reason: reason.message).line)
    }
}

/// Ends connections so that the client can hear why: behind all that was written before, and without waiting for ever.
///
/// It ends those by itself whose reader leaves what it is sent unread for too long. What such a reader missed it can ask
/// for again: it is never served with gaps.
final class FarewellHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let slowReader: TimeAmount
    private let grace: TimeAmount
    private let words: (CloseReason) -> ByteBuffer
    private var timer: Scheduled<Void>?
    private var isEnding = false

    /// - Parameters:
    ///   - slowReader: how long what was written may be left unread.
    ///   - grace: how long the last line may be left unread.
    ///   - words: says a reason in the connection's own way.
    init(
        slowReader: TimeAmount, grace: TimeAmount, words: @escaping (CloseReason) -> ByteBuffer = Farewell.line
    ) {
        self.words = words
        self.slowReader = slowReader
        self.grace = grace
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !isEnding {
            timer?.cancel()
            timer = nil
            if !context.channel.isWritable {
                timer = context.eventLoop.assumeIsolated().scheduleTask(in: slowReader) {
                    self.end(Farewell(.slowReader), context: context)
                }
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The last line is said: nothing may follow it.
        if isEnding { promise?.fail(ChannelError.outputClosed) } else { context.write(data, promise: promise) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let farewell = event as? Farewell else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        end(farewell, context: context)
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func end(_ farewell: Farewell, context: ChannelHandlerContext) {
        guard !isEnding else { return }
        isEnding = true
        timer?.cancel()
        let loop = context.eventLoop.assumeIsolated()
        timer = loop.scheduleTask(in: grace) { context.close(mode: .all, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(words(farewell.reason))).assumeIsolated().whenComplete { _ in
            context.close(mode: .all, promise: nil)
        }
        // Nothing more is read, so that everything that works for this client can stop at once.
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
}

/// Keeps the door open when a connection cannot be accepted, for instance because too many files are open.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    /// How long nobody is let in after that: trying again at once would keep a CPU busy with failing.
    static let pause = TimeAmount.milliseconds(500)

    private let note: @Sendable (any Error) -> Void

    init(note: @escaping @Sendable (any Error) -> Void) { self.note = note }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note(error)
        // Not passed on: it would end the stream of connections for good.
        guard error is IOError else { return }
        let channel = context.channel
        channel.setOption(.autoRead, value: false).flatMap {
            channel.eventLoop.scheduleTask(in: Self.pause) {}.futureResult
        }.flatMap { channel.setOption(.autoRead, value: true) }.whenFailure { _ in
            // The door was closed meanwhile.
        }
    }
}
