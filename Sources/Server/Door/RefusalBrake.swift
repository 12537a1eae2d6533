package import Core
import Synchronization

/// Lets those wait a little who send many documents that are no good.
///
/// A document that is refused costs its sender nothing and the server its reading: whoever sends them one after another would
/// have all of it. People who mistype do not notice the brake, and it touches no good document, from wherever it comes.
package final class RefusalBrake: Sendable {
    /// So many refusals at once, and then one in each interval, by address.
    static let burst = 30
    static let interval: Int64 = 100
    /// How long one waits at most, in milliseconds.
    static let longest: Int64 = 1000
    static let capacity = 10_000

    /// By address: when all refusals are forgotten.
    private let busyUntil = Mutex<[String: Int64]>([:])
    private let clock: any WallClock

    package init(clock: any WallClock) { self.clock = clock }

    /// Notes a refusal and waits for as long as it has to. Returns early when the task is cancelled.
    /// - Parameter address: where the client is; nil where that is not known, and nobody waits.
    package func hold(_ address: String?) async {
        guard let address else { return }
        let wait = wait(of: LoginThrottle.network(of: address), at: clock.now)
        if wait > 0 { try? await Task.sleep(for: .milliseconds(wait)) }
    }

    /// Notes a refusal. Returns how many milliseconds it has to wait.
    func wait(of address: String, at now: Timestamp) -> Int64 {
        busyUntil.withLock { busyUntil in
            let free = now.rawValue + Int64(Self.burst) * Self.interval
            let until = max(busyUntil[address] ?? 0, now.rawValue) + Self.interval
            if busyUntil[address] == nil, busyUntil.count >= Self.capacity { Self.makeRoom(in: &busyUntil, at: now) }
            // Those who wait the longest are not put off any further.
            busyUntil[address] = min(until, free + Self.longest)
            return min(max(0, until - free), Self.longest)
        }
    }

    /// How many addresses are kept in mind.
    var size: Int { busyUntil.withLock { $0.count } }

    private static func makeRoom(in busyUntil: inout [String: Int64], at now: Timestamp) {
        busyUntil = busyUntil.filter { $0.value > now.rawValue }
        if busyUntil.count < capacity { return }
        let middle = busyUntil.values.sorted()[busyUntil.count / 2]
        busyUntil = busyUntil.filter { $0.value > middle }
    }
}
