import NIOCore

/// Stands before the encryption of a connection and tells who speaks plain HTTP to it what is wrong. Without it they would
/// see a connection that breaks, and nothing in it that says why.
final class TLSGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What every TLS connection begins with. Source: RFC 8446, 5.1 and RFC 5246, 6.2.1.
    private static let handshake: UInt8 = 22

    private let refusal: ByteBuffer
    private let lingering: TimeAmount
    private var isRefusing = false

    /// - Parameters:
    ///   - refusal: what is answered to plain HTTP.
    ///   - lingering: how long the client may take to read it.
    init(refusal: ByteBuffer, lingering: TimeAmount) {
        self.refusal = refusal
        self.lingering = lingering
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefusing { return }
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        if first == Self.handshake {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            refuse(context)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefusing = true
        context.writeAndFlush(wrapOutboundOut(refusal), promise: nil)
        // Closing at once would make the kernel throw away an answer that the client has not read.
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: lingering) { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isRefusing, case ChannelEvent.inputClosed = event { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
