import Glibc
import Server
import Sockets
import Testing

@Suite struct SocketBurstTests {
    /// Both ends of a connection, which do not block.
    private final class Pair {
        let near: Int32
        let far: Int32

        init() {
            var ends: [Int32] = [0, 0]
            precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
            (near, far) = (ends[0], ends[1])
        }

        deinit {
            close(near)
            close(far)
        }

        /// Everything that has come.
        func heard() -> [UInt8] {
            var all: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(far, &part, part.count), count > 0 { all += part[..<count] }
            return all
        }
    }

    @Test func `each socket is written what is its own`() throws {
        let burst = try #require(SocketBurst())
        let pairs = (0..<30).map { _ in Pair() }
        for round in 0..<3 {
            for (number, pair) in pairs.enumerated() { burst.add(pair.near) { $0 += Array("\(round) \(number)".utf8) } }
            burst.write()
            #expect(burst.left == Array(repeating: 0, count: pairs.count))
            for (number, pair) in pairs.enumerated() { #expect(pair.heard() == Array("\(round) \(number)".utf8)) }
        }
        burst.write()
        #expect(burst.left == [])
    }

    @Test func `it is full when it has as many sockets as one call takes`() throws {
        let burst = try #require(SocketBurst())
        let pair = Pair()
        var count = 0
        while !burst.isFull {
            burst.add(pair.near) { $0.append(UInt8(count)) }
            count += 1
        }
        #expect(count >= 32)
        burst.write()
        #expect(burst.left == Array(repeating: 0, count: count))
        #expect(pair.heard() == (0..<count).map { UInt8($0) })
    }

    @Test func `what a socket does not take is left, and the others are served`() throws {
        let burst = try #require(SocketBurst())
        let (full, closed, good, gone) = (Pair(), Pair(), Pair(), Pair())
        let much = [UInt8](repeating: 1, count: SocketBurst.bytesEach)
        var taken = 0
        var left = 0
        while left == 0 {
            burst.add(full.near) { $0 += much }
            burst.write()
            left = burst.left[0]
            taken += much.count - left
        }
        signal(SIGPIPE, SIG_IGN)
        shutdown(closed.far, Int32(SHUT_RDWR))
        shutdown(gone.near, Int32(SHUT_WR))
        for socket in [full.near, closed.near, -1, good.near, gone.near, good.near] {
            burst.add(socket) { $0 += [7, 8] }
        }
        burst.write()
        #expect(burst.left == [2, 2, 2, 0, 2, 0])
        #expect(good.heard() == [7, 8, 7, 8])
        #expect(full.heard().count == taken)
    }

    @Test func `whatever thread writes them, all bursts are written when a queue is finished`() throws {
        let queue = BurstQueue()
        let bursts = try (0..<12).map { _ in try #require(SocketBurst()) }
        let pairs = (0..<120).map { _ in Pair() }
        queue.finish()
        for round in 0..<200 {
            for (number, burst) in bursts.enumerated() {
                for pair in pairs[number * 10..<number * 10 + 10] { burst.add(pair.near) { $0.append(UInt8(round)) } }
                queue.add(burst)
            }
            queue.finish()
            #expect(bursts.allSatisfy { $0.left == Array(repeating: 0, count: 10) })
            #expect(pairs.allSatisfy { $0.heard() == [UInt8(round)] })
        }
    }
}
