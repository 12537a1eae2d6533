import NIOCore

/// A session's WebSocket as other threads see it. An object, so that handing it on touches nothing of what belongs to the
/// loop.
final class EngineWire: Sendable {
    let loop: any EventLoop
    private let handler: NIOLoopBound<EngineSocketHandler>

    init(_ handler: EngineSocketHandler, on loop: any EventLoop) {
        self.loop = loop
        self.handler = NIOLoopBound(handler, eventLoop: loop)
    }

    /// Something waits in the session.
    func kick() {
        if loop.inEventLoop { handler.value.drain() } else { loop.execute { self.handler.value.drain() } }
    }

    /// The same for many of one loop, which is woken once. On that loop only.
    static func drain(_ wires: [EngineWire], _ burst: SocketBurst?) {
        var round = EngineRound(burst)
        for wire in wires { round.add(wire.handler.value) }
        round.finish()
    }

    /// Says what waits and why nothing follows, and closes.
    func end(_ reason: CloseReason) {
        if loop.inEventLoop { handler.value.end(reason) } else { loop.execute { self.handler.value.end(reason) } }
    }
}

/// WebSockets of one loop that are written to one after the other: with one call of the system for many, where that is
/// possible.
private struct EngineRound {
    private let burst: SocketBurst?
    /// Those of the burst, and where the packets of each end in `packets`.
    private var members: [(handler: EngineSocketHandler, end: Int)] = []
    private var packets: [OutgoingPacket] = []
    /// For packets that go another way.
    private var space: [OutgoingPacket] = []

    init(_ burst: SocketBurst?) { self.burst = burst }

    mutating func add(_ handler: EngineSocketHandler) {
        guard let burst else { return handler.drain(&space) }
        // What waits since it was added must not come before what it was added for.
        if burst.isFull || handler.isInBurst { finish() }
        if handler.join(burst, &packets, &space) { members.append((handler, packets.count)) }
    }

    mutating func finish() {
        guard let burst, !members.isEmpty else { return }
        var begin = 0
        for (member, left) in zip(members, burst.write()) {
            member.handler.leaveBurst(packets[begin..<member.end], left: left)
            begin = member.end
        }
        members.removeAll(keepingCapacity: true)
        packets.removeAll(keepingCapacity: true)
    }
}
