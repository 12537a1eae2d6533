package import Core
import Synchronization

/// How many jobs there are in which state, for programs that watch over the server.
package struct JobCounts: Equatable, Sendable {
    package var states: [Job.State: Int] = [:]
    /// For how long the oldest of those that wait for their turn has waited.
    package var oldestWaitingSeconds: Int?
    /// Schedules whose last run failed.
    package var failingSchedules = 0

    package init() {}
}

/// Counts jobs for whoever asks, without an account too, and so never more often than once a second.
package final class JobCensus: Sendable {
    static let freshness: Int64 = 1000

    private struct State {
        var last: JobCounts?
        var at: Timestamp?
        var isCounting = false
    }

    private let store: JobStore
    private let clock: any WallClock
    private let state = Mutex(State())

    package init(store: JobStore, clock: any WallClock) {
        self.store = store
        self.clock = clock
    }

    /// Nil while the database does not tell. Who asks while somebody counts is told what was known before: nobody waits for
    /// others here.
    package func counts() async -> JobCounts? {
        let now = clock.now
        let (known, counts) = state.withLock { state in
            let isFresh = state.at.map { (0..<Self.freshness).contains(now.milliseconds(since: $0)) } ?? false
            defer { if !isFresh { state.isCounting = true } }
            return (state.last, !isFresh && !state.isCounting)
        }
        guard counts else { return known }
        let counted = try? await store.counts()
        state.withLock { state in
            state = State(last: counted, at: now)
        }
        return counted
    }
}
