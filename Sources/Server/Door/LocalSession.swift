import Core
import Logging
import NIOCore

/// One connection of the local socket: a message a line.
struct LocalSession: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    private struct Wire: SessionWire {
        let channel: any Channel
        let outbound: Outbound

        func send(_ message: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: message)) }
        func close(_ reason: CloseReason) { channel.triggerUserOutboundEvent(Farewell(reason), promise: nil) }
        func closed() async { try? await channel.closeFuture.get() }
    }

    let session: OperationSession
    private let channel: any Channel
    private let limits: LocalSocket.Limits
    private let unfinished: Budget
    /// Whether it is held to what everybody may have.
    private let isLimited: Bool
    private let log: Logger

    init(
        _ identity: SessionIdentity, runner: any OperationRunner, limits: LocalSocket.Limits, budget: Budget,
        unfinished: Budget, channel: any Channel, outbound: Outbound, log: Logger
    ) {
        session = OperationSession(
            identity, runner: runner, limits: limits.session, budget: budget,
            wire: Wire(channel: channel, outbound: outbound), log: log)
        self.channel = channel
        self.limits = limits
        self.unfinished = unfinished
        self.log = log
        isLimited = identity.standard?.role != .superAdmin
    }

    /// Serves the connection until either side ends it.
    func run(_ inbound: Inbound) async { await session.run { await read(inbound) } }

    /// Reads until the connection has to end, and says why if the client is to blame.
    private func read(_ inbound: Inbound) async -> CloseReason? {
        var lines = LineBuffer(limit: limits.line)
        // What is kept of an unfinished line beyond what everybody may have.
        var held = 0
        defer { unfinished.giveBack(held) }
        do {
            for try await buffer in inbound {
                lines.append(buffer.readableBytesView)
                while let line = try lines.next() {
                    if let reason = await session.handle(line) { return reason }
                }
                let excess = max(0, lines.count - limits.firstLine)
                if excess > 0, !session.isInitialised { return .lineTooLong(limit: limits.firstLine) }
                guard isLimited else { continue }
                if excess > held {
                    guard unfinished.take(excess - held) else { return .tooMuchUnfinished }
                } else {
                    unfinished.giveBack(held - excess)
                }
                held = excess
            }
            return nil
        } catch is LineBuffer.TooLong {
            return .lineTooLong(limit: limits.line)
        } catch {
            log.debug("connection broke", metadata: ["reason": "\(error)"])
            channel.close(promise: nil)
            return nil
        }
    }
}
