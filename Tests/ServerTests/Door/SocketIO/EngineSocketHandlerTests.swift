import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import TestSupport
import Testing

@testable import Server

/// The end of a WebSocket's pipeline alone, where the order of things can be chosen.
@Suite struct EngineSocketHandlerTests {
    /// Keeps what the handler asks to be said last.
    private final class Last: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var reason: CloseReason?

        func triggerUserOutboundEvent(
            context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
        ) {
            reason = (event as? Farewell)?.reason ?? reason
            promise?.succeed()
        }
    }

    private let session = EngineSession(id: "1", address: nil, token: nil, limits: SocketIOLimits())

    @Test func `a session that ended while its WebSocket was set up says so on it`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        session.close(.notConnected)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        #expect(last.reason == .notConnected)
        _ = try channel.finish()
    }

    @Test func `a session that ended is not tried on another WebSocket`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        session.close(.notConnected)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: true))
        #expect(last.reason == .protocolError)
        _ = try channel.finish()
    }

    @Test func `a session that goes on ends with its WebSocket`() throws {
        let last = Last()
        let channel = EmbeddedChannel(handler: last)
        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
        #expect(last.reason == nil)
        _ = try channel.finish()
        #expect(session.end == .clientLeft)
    }

    @Test(arguments: [false, true]) func `nothing is left of a session when its WebSocket has closed`(
        isProbe: Bool
    ) throws {
        weak var left: EngineSession?
        do {
            let session = EngineSession(id: "2", address: nil, token: nil, limits: SocketIOLimits())
            left = session
            let channel = EmbeddedChannel()
            try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: isProbe))
            _ = try channel.finish()
        }
        let isGone = left == nil
        #expect(isGone)
    }

    /// A client whose socket is the far end of a pair.
    private final class Client {
        let session = EngineSession(id: "1", address: nil, token: nil, limits: SocketIOLimits())
        let far: Int32
        let channel: any Channel
        private(set) var expected: [UInt8]
        private var heard: [UInt8] = []

        init(on loop: any EventLoopGroup) async throws {
            var ends: [Int32] = [0, 0]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
            far = ends[1]
            let session = session
            expected = Array(OutgoingPacket(session.open(upgrades: false)).frame.readableBytesView)
            channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(EngineSocketHandler(session, isProbe: false))
                    }
                }
                .withConnectedSocket(ends[0]).get()
        }

        deinit { close(far) }

        /// Has a packet told some time: whoever is returned has to be asked for it.
        func enqueue(_ packet: OutgoingPacket) -> EngineWire? {
            expected += packet.frame.readableBytesView
            return session.enqueue(packet)
        }

        /// Waits for all that was enqueued, and closes.
        func finish() async throws {
            var part = [UInt8](repeating: 0, count: 1 << 16)
            try await eventually("all has come") {
                while case let count = read(far, &part, part.count), count > 0 { heard += part[..<count] }
                return heard.count >= expected.count
            }
            let isWhole = heard == expected
            #expect(isWhole)
            try await channel.close()
        }
    }

    @Test func `what a client is slow to take comes whole and in its order, whichever way it goes`() async throws {
        let shelf = BurstShelf()
        let client = try await Client(on: MultiThreadedEventLoopGroup.singleton)
        // More than the socket has room for, some of it too much for one burst.
        for number in 0..<300 {
            let letter = UInt8(ascii: "a") + UInt8(number % 26)
            let count = number.isMultiple(of: 50) ? 20_000 : 3000
            let packet = OutgoingPacket(text: [UInt8](repeating: letter, count: count))
            guard let wire = client.enqueue(packet) else { continue }
            try await wire.loop.submit { EngineWire.drain([wire], shelf) }.get()
        }
        try await client.finish()
    }

    @Test func `each of many clients hears what is its own, though two threads write`() async throws {
        let shelf = BurstShelf()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var clients: [Client] = []
        for _ in 0..<150 { clients.append(try await Client(on: loop)) }
        // Nobody reads meanwhile, so that some sockets are full in the end, and others are not.
        for round in 0..<40 {
            var wires: [EngineWire] = []
            for (number, client) in clients.enumerated() {
                let text = [UInt8](repeating: UInt8(ascii: "a") + UInt8(round % 26), count: number * 40)
                let packet = OutgoingPacket(text: Array("\(number) in \(round): ".utf8) + text)
                if let wire = client.enqueue(packet) { wires.append(wire) }
            }
            // One that is named twice is written to once.
            try await loop.submit { [wires] in EngineWire.drain(wires + wires.prefix(3), shelf) }.get()
        }
        for client in clients { try await client.finish() }
    }
}
