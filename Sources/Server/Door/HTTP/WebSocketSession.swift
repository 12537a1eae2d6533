import Core
import Logging
import NIOCore
import NIOWebSocket
import ServiceLifecycle
import Synchronization

/// graphql-transport-ws over a WebSocket: a message a text frame.
struct WebSocketSession: Sendable {
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>
    static let subprotocol = "graphql-transport-ws"

    private struct Wire: SessionWire {
        let channel: any Channel
        let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

        func send(_ message: [UInt8]) async throws {
            // A frame has an end of its own: no newline.
            let text = ByteBuffer(bytes: message.dropLast())
            try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: text))
        }
        func close(_ reason: CloseReason) { channel.triggerUserOutboundEvent(Farewell(reason), promise: nil) }
        func closed() async { try? await channel.closeFuture.get() }
    }

    private let identity: SessionIdentity
    private let runner: any OperationRunner
    private let limits: HTTPLimits
    private let budget: Budget
    private let log: Logger
    private let frames: Frames

    init(
        _ identity: SessionIdentity, runner: any OperationRunner, limits: HTTPLimits, budget: Budget, frames: Frames,
        log: Logger
    ) {
        self.identity = identity
        self.runner = runner
        self.limits = limits
        self.budget = budget
        self.frames = frames
        self.log = log
    }

    /// Serves the connection until either side ends it.
    func run() async {
        let pulse = Pulse()
        try? await frames.executeThenClose { inbound, outbound in
            let session = OperationSession(
                identity, runner: runner, limits: limits.session, budget: budget,
                wire: Wire(channel: frames.channel, outbound: outbound), log: log)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await withGracefulShutdownHandler {
                        await session.run { await read(inbound, outbound, session, pulse) }
                    } onGracefulShutdown: {
                        session.drain()
                    }
                }
                group.addTask { await beat(pulse, outbound) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ session: OperationSession, _ pulse: Pulse
    ) async -> CloseReason? {
        do {
            for try await frame in inbound {
                pulse.felt()
                switch frame.opcode {
                case .text:
                    if let reason = await session.handle(Array(frame.unmaskedData.readableBytesView)) { return reason }
                case .binary: return .badMessage("a message has to be a text frame")
                case .ping:
                    try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose: return .clientLeft
                default: break
                }
            }
            return nil
        } catch is NIOWebSocketError {
            // The frame that says so is on its way already.
            return nil
        } catch is NIOWebSocketFrameAggregator.Error {
            return .protocolError
        } catch {
            log.debug("connection broke", metadata: ["reason": "\(error)"])
            frames.channel.close(promise: nil)
            return nil
        }
    }

    /// Asks now and then whether somebody is still there, and gives up on those of whom nothing was heard since.
    private func beat(_ pulse: Pulse, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async {
        while true {
            do {
                try await Task.sleep(for: limits.heartbeat)
                guard pulse.beat() else {
                    log.info("connection ended", metadata: ["client": "\(identity.place)", "reason": "not heard of"])
                    return frames.channel.close(promise: nil)
                }
                try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
            } catch {
                return
            }
        }
    }

    /// How many heart-beats ago the client was heard.
    private final class Pulse: Sendable {
        private let missed = Atomic(0)
        func felt() { missed.store(0, ordering: .relaxed) }
        /// False when two went by without an answer.
        func beat() -> Bool { missed.add(1, ordering: .relaxed).newValue <= 2 }
    }
}

extension CloseReason {
    /// A close frame as a server sends it. Source: RFC 6455, 5.2 and 5.5.1.
    var closeFrame: ByteBuffer {
        // A control frame holds 125 bytes at most.
        var text = message
        while text.utf8.count > 123 { text.removeLast() }
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x88))
        frame.writeInteger(UInt8(2 + text.utf8.count))
        frame.writeInteger(UInt16(code))
        frame.writeString(text)
        return frame
    }
}
