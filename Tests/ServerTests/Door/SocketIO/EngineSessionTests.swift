import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Server

/// A session alone: who is told of what the client says, and how what waits goes out.
@Suite struct EngineSessionTests {
    private final class Listener: EngineListener {
        let words = Mutex(0)
        let ends = Mutex<[CloseReason]>([])

        func hasWords() { words.withLock { $0 += 1 } }
        func hasEnded(_ reason: CloseReason) { ends.withLock { $0.append(reason) } }
    }

    /// Counts what goes out.
    private final class Counter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        var (writes, flushes) = (0, 0)

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            writes += 1
            context.write(data, promise: promise)
        }

        func flush(context: ChannelHandlerContext) {
            flushes += 1
            context.flush()
        }
    }

    private static func session(_ limits: SocketIOLimits = SocketIOLimits()) -> EngineSession {
        EngineSession(id: "1", address: nil, token: nil, limits: limits)
    }

    private static func packet(_ number: Int) -> OutgoingPacket { OutgoingPacket(.message(Array("\(number)".utf8))) }

    @Test func `who serves a session is told once of all that waits`() throws {
        let (session, listener) = (Self.session(), Listener())
        session.serve(by: listener)
        try session.receive(.message([1]))
        try session.receive(.message([2]))
        #expect(listener.words.withLock { $0 } == 1)
        var heard: [[UInt8]] = []
        while case .text(let text)? = session.nextMessage() { heard.append(text) }
        #expect(heard == [[1], [2]])
        try session.receive(.message([3]))
        #expect(listener.words.withLock { $0 } == 2)
    }

    @Test func `who serves a session is told once that it has ended, and nothing behind that`() throws {
        let (session, listener) = (Self.session(), Listener())
        session.serve(by: listener)
        try session.receive(.message([1]))
        session.close(.stopping)
        session.close(.clientLeft)
        try session.receive(.message([2]))
        let next = session.nextMessage()
        #expect(next == nil)
        #expect(listener.ends.withLock { $0 } == [.stopping])
        #expect(listener.words.withLock { $0 } == 1)
    }

    @Test func `who says more at once than can be heard is shown out`() throws {
        var limits = SocketIOLimits()
        limits.inbox = 2
        let (session, listener) = (Self.session(limits), Listener())
        session.serve(by: listener)
        for number in 1...3 as ClosedRange<UInt8> { try session.receive(.message([number])) }
        let reason = try #require(session.end)
        #expect(reason.message.contains("more messages"))
        #expect(listener.ends.withLock { $0.count } == 1)
    }

    @Test func `a session and who serves it let go of each other at the end`() {
        weak var left: EngineSession?
        do {
            final class Server: EngineListener {
                let session: EngineSession
                init(_ session: EngineSession) { self.session = session }
                func hasWords() {}
                func hasEnded(_ reason: CloseReason) {}
            }
            let session = Self.session()
            session.serve(by: Server(session))
            left = session
            session.close(.clientLeft)
        }
        let isGone = left == nil
        #expect(isGone)
    }

    @Test func `what waits together goes out together`() throws {
        let (session, counter) = (Self.session(), Counter())
        let channel = EmbeddedChannel(handler: counter)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        let (writes, flushes) = (counter.writes, counter.flushes)
        let wire = try #require(session.enqueue(Self.packet(1)))
        for number in 2...5 {
            let other = session.enqueue(Self.packet(number))
            #expect(other == nil)
        }
        wire.kick()
        #expect(counter.writes - writes == 5)
        #expect(counter.flushes - flushes == 1)
        let again = session.enqueue(Self.packet(6))
        #expect(again != nil)
        _ = try channel.finish()
    }

    @Test func `a server that stops says so`() throws {
        let session = Self.session()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(session.end == .stopping)
        _ = try channel.finish()
    }
}

/// What waits for one client.
@Suite struct OutgoingQueueTests {
    private static func packet(_ number: Int) -> OutgoingPacket { OutgoingPacket(text: Array("\(number)".utf8)) }
    private static func text(_ packets: [OutgoingPacket]) -> [String] {
        packets.map { packet in
            var body: [UInt8] = []
            packet.append(to: &body)
            return String(decoding: body, as: UTF8.self)
        }
    }

    @Test func `packets come out in their order, portion by portion`() {
        var queue = OutgoingQueue()
        var all: [OutgoingPacket] = []
        // So many that those which were taken are cleared away while others wait.
        for number in 0..<3000 { queue.append(Self.packet(number)) }
        while queue.count > 0 { queue.take(700, into: &all) }
        queue.append(Self.packet(3000))
        queue.take(700, into: &all)
        #expect(Self.text(all) == (0...3000).map(String.init))
        #expect(queue.bytes == 0)
    }

    @Test func `a body holds what fits, and one packet at least`() {
        var queue = OutgoingQueue()
        for number in [11, 22, 33] { queue.append(Self.packet(number)) }
        #expect(queue.bytes == 6)
        let (first, second, third) = (
            queue.takeBody(limit: 5), queue.takeBody(limit: 1), queue.takeBody(limit: 5)
        )
        #expect(first == Array("11\u{1E}22".utf8))
        #expect(second == Array("33".utf8))
        #expect(third.isEmpty)
        #expect(queue.count == 0 && queue.bytes == 0)
    }
}
