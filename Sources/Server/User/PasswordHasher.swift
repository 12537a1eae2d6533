package import Core
import Cryptography
import Glibc
import NIOPosix
import Synchronization

/// Computes bcrypt hashes on a few threads of its own, which give way to everything else.
///
/// A hash takes a whole CPU for some 50 ms. Half of the host's CPUs at most compute hashes, at a lower priority, so that a
/// flood of wrong passwords slows nobody who is signed in. Who was here before is served by a thread more, so that they do
/// not wait behind strangers.
package final class PasswordHasher: Sendable {
    package static let standardCost = 10
    package static let costs = 4...15
    /// How many passwords of each kind may wait; more are refused at once.
    static let waitingLimit = 32
    fileprivate static let priority: Int32 = 10

    private let cost: Int
    private let strangers: Lane
    private let known: Lane

    package init(cost: Int = standardCost, cpus: Int = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
        self.cost = min(max(cost, Self.costs.lowerBound), Self.costs.upperBound)
        strangers = Lane(threads: min(max(cpus / 2, 1), 4))
        known = Lane(threads: 1)
    }

    /// For people who are signed in, or run the server.
    package func hash(_ password: String) async throws(UserError) -> String {
        let cost = cost
        guard let hash = try await known.run({ Bcrypt.hash(password, cost: cost) }) else {
            throw .invalid("the password cannot be used")
        }
        return hash
    }

    /// Whether the hash is of this password. With no hash, or one of no use, it takes as long, and is not.
    /// - Parameter isKnown: whether who asks was here before.
    package func verify(
        _ password: String, hash: String?, isKnown: Bool = false
    ) async throws(UserError) -> Bool {
        let decoy = decoy
        return try await (isKnown ? known : strangers).run {
            guard let hash, Bcrypt.isHash(hash) else {
                _ = Bcrypt.verify(password, hash: decoy)
                return false
            }
            return Bcrypt.verify(password, hash: hash)
        }
    }

    /// The form of a hash that no password has: as much work as a real one.
    private var decoy: String {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return "$2b$\(digits)$" + String(repeating: "C", count: 21) + "." + String(repeating: ".", count: 31)
    }
}

/// Threads at a low priority, with a short queue before them.
private final class Lane: Sendable {
    private let threads: NIOThreadPool
    private let waiting = Atomic<Int>(0)

    init(threads count: Int) {
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
    }

    // The threads end when they have done what they were given; nobody waits for them.
    deinit { threads.shutdownGracefully { _ in } }

    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(UserError) -> Value {
        guard waiting.add(1, ordering: .relaxed).newValue <= PasswordHasher.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            throw .busy
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        do {
            return try await threads.runIfActive {
                // Of this thread alone, as Linux has it.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, PasswordHasher.priority)
                return work()
            }
        } catch {
            // It was cancelled before its turn, or the server stops.
            throw .busy
        }
    }
}
