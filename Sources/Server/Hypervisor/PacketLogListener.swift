import Core
import Glibc
import Synchronization

/// Hands on what the kernel tells of dropped packets, on a thread of its own. What nobody takes in time is lost and counted.
final class PacketLogListener: Sendable {
    enum Limit {
        /// Batches that wait for whoever reads; a batch is what one message of the kernel holds.
        static let waiting = 256
        /// How soon the thread sees that nobody reads any more.
        static let milliseconds: Int32 = 500
    }

    let stream: AsyncStream<DropBatch>
    private let continuation: AsyncStream<DropBatch>.Continuation
    private let group: UInt16
    private let isOver = Atomic(false)

    init(group: UInt16) {
        self.group = group
        (stream, continuation) = AsyncStream.makeStream(
            of: DropBatch.self, bufferingPolicy: .bufferingOldest(Limit.waiting))
        continuation.onTermination = { [weak self] _ in self?.isOver.store(true, ordering: .relaxed) }
    }

    /// Listens until nobody reads. Blocks.
    /// - Parameter begun: is told once whether anything can be heard.
    func run(begun: (Result<Void, PacketLogError>) -> Void) {
        do throws(PacketLogError) {
            let socket = try PacketLogSocket.open(group: group)
            begun(.success(()))
            listen(to: socket)
        } catch { begun(.failure(error)) }
        continuation.finish()
    }

    private func listen(to socket: borrowing PacketLogSocket) {
        var counter = LostPackets()
        while !isOver.load(ordering: .relaxed) {
            do throws(PacketLogError) {
                guard let bytes = try socket.receive(milliseconds: Limit.milliseconds) else { continue }
                let messages = PacketLogMessages(bytes)
                counter.note(messages.sequences)
                let batch = DropBatch(notices: messages.notices, lost: counter.take())
                if batch == DropBatch() { continue }
                if case .dropped = continuation.yield(batch) { counter.add(batch.lost + batch.notices.count) }
            } catch {
                // The kernel had more than the socket holds; the numbers of the next packets tell how many.
                if error.code != ENOBUFS { return }
            }
        }
    }
}

/// Counts packets that did not come, by the gaps in their numbers.
struct LostPackets {
    private var last: UInt32?
    private var count = 0

    mutating func note(_ sequences: [UInt32]) {
        for number in sequences {
            if let last {
                // Numbers begin anew behind the largest. What seems to go back is another order and no loss.
                let gap = number &- last &- 1
                if gap < 1 << 31 { count += Int(gap) }
            }
            last = number
        }
    }

    mutating func add(_ packets: Int) { count += packets }

    mutating func take() -> Int {
        defer { count = 0 }
        return count
    }
}
