/// What waits for one client, oldest first.
struct OutgoingQueue {
    private var packets: [OutgoingPacket] = []
    /// How far it has been taken.
    private var head = 0
    /// Bytes that wait.
    private(set) var bytes = 0

    /// So much room stays for the next packets: who reads at once never has more waiting, and costs no allocation.
    private static let room = 8
    /// Packets that were taken and are kept until it is worth to move those behind them.
    private static let slack = 1024

    var count: Int { packets.count - head }

    mutating func append(_ packet: OutgoingPacket) {
        packets.append(packet)
        bytes += packet.count
    }

    /// Moves up to `limit` packets to the end of `taken`.
    mutating func take(_ limit: Int, into taken: inout [OutgoingPacket]) {
        let end = min(head + limit, packets.count)
        for index in head..<end {
            bytes -= packets[index].count
            taken.append(packets[index])
        }
        head = end
        if head == packets.count {
            packets.removeAll(keepingCapacity: packets.capacity <= Self.room)
            head = 0
        } else if head > Self.slack {
            packets.removeFirst(head)
            head = 0
        }
    }

    /// As many packets as fit into one body, at least one.
    mutating func takeBody(limit: Int) -> [UInt8] {
        var body: [UInt8] = []
        var taken: [OutgoingPacket] = []
        repeat {
            take(1, into: &taken)
            guard let packet = taken.popLast() else { break }
            if !body.isEmpty { body.append(EnginePacket.separator) }
            packet.append(to: &body)
        } while count > 0 && body.count + packets[head].count < limit
        return body
    }

    mutating func dropAll() { self = OutgoingQueue() }
}
