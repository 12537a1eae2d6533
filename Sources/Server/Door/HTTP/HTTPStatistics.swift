import NIOHTTP1
import Synchronization

/// Counts what goes through the HTTP door.
final class HTTPStatistics: Sendable {
    /// What requests are told apart by. A closed set: paths are the clients' invention.
    enum Route: String, CaseIterable {
        case graphQL = "graphql"
        case socketIO = "socket.io"
        case health, metrics, other
    }

    /// Upper bounds of the histogram's buckets, in milliseconds.
    static let bounds = [1, 5, 25, 100, 500, 2500, 10_000]

    struct Count {
        /// By the first digit of the status, from 2 to 5.
        var statuses = [0, 0, 0, 0]
        /// By the smallest bound that holds a request, and those beyond the last one.
        var buckets = Array(repeating: 0, count: bounds.count + 1)
        var total = Duration.zero
        var bytes = 0
    }

    private let counts = Mutex(Array(repeating: Count(), count: Route.allCases.count))
    let connections = Atomic(0)
    let accepted = Atomic(0)
    let webSockets = Atomic(0)

    func note(_ route: Route, _ status: HTTPResponseStatus, after time: Duration, bytes: Int) {
        let index = Route.allCases.firstIndex(of: route) ?? 0
        let bucket = Self.bounds.firstIndex { time <= .milliseconds($0) } ?? Self.bounds.count
        counts.withLock { counts in
            counts[index].statuses[max(0, min(3, Int(status.code) / 100 - 2))] += 1
            counts[index].buckets[bucket] += 1
            counts[index].total += time
            counts[index].bytes += bytes
        }
    }

    var all: [(route: Route, count: Count)] {
        Array(zip(Route.allCases, counts.withLock { $0 }))
    }
}
