import NIOCore
import Sockets

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
    static func drain(_ wires: [EngineWire], _ shelf: BurstShelf) {
        var round = EngineRound(shelf)
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
    /// Those of one burst, and where the packets of each end in `packets`.
    private struct Batch {
        let burst: SocketBurst
        var members: [(handler: EngineSocketHandler, end: Int)] = []
        var packets: [OutgoingPacket] = []

        /// The burst is written.
        func leave() {
            var begin = 0
            for (member, left) in zip(members, burst.left) {
                member.handler.leaveBurst(packets[begin..<member.end], left: left)
                begin = member.end
            }
        }
    }

    /// Bursts that wait at once, each with memory of its own.
    private static let limit = 4

    private let shelf: BurstShelf
    private let queue = BurstQueue()
    private var current: Batch?
    private var waiting: [Batch] = []
    /// For packets that go another way.
    private var space: [OutgoingPacket] = []

    init(_ shelf: BurstShelf) { self.shelf = shelf }

    mutating func add(_ handler: EngineSocketHandler) {
        // What waits since it was added must not come before what it was added for.
        if handler.isInBurst || waiting.count == Self.limit { finish() }
        if let full = current, full.burst.isFull {
            queue.add(full.burst)
            waiting.append(full)
            current = nil
        }
        guard var batch = current ?? shelf.take().map({ Batch(burst: $0) }) else { return handler.drain(&space) }
        current = nil  // Else it would be copied.
        if handler.join(batch.burst, &batch.packets, &space) { batch.members.append((handler, batch.packets.count)) }
        current = batch
    }

    mutating func finish() {
        if let current {
            current.burst.write()
            waiting.append(current)
        }
        current = nil
        queue.finish()
        for batch in waiting { batch.leave() }
        shelf.give(waiting.map(\.burst))
        waiting.removeAll(keepingCapacity: true)
    }
}
