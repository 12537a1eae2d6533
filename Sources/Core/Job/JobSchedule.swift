/// When a job of the server's own runs by itself.
///
/// Everything here is arithmetic with the times it is given: `JobScheduler` asks what is due and keeps the answers.
package struct JobSchedule: Identifiable, Equatable, Sendable {
    package typealias ID = String

    package enum Rhythm: Equatable, Sendable {
        case every(seconds: Int)
        /// At this hour of the host's own day.
        case daily(hour: Int)
    }

    /// Names it in the tables, in the API and in logs: `power-state`.
    package var id: ID
    package var rhythm: Rhythm
    /// What it does, for people.
    package var title: String
    /// How long a run may take before it is given up.
    package var limitSeconds: Int

    package init(_ id: ID, _ rhythm: Rhythm, title: String, limitSeconds: Int) {
        self.id = id
        self.rhythm = rhythm
        self.title = title
        self.limitSeconds = limitSeconds
    }

    /// The pause after a first failure. It doubles with each further one.
    package static let firstRetry = 30
    package static let longestRetry = 15 * 60
    /// A short rhythm is never stretched further than this: what is broken may be whole again.
    static let stretch = 10

    /// The first time after `instant` at which it is due.
    package func next(after instant: Timestamp, in zone: LocalTime) -> Timestamp {
        switch rhythm {
        case .every(let seconds): instant.adding(milliseconds: Int64(seconds) * 1000)
        case .daily(let hour): zone.next(hour: hour, after: instant)
        }
    }

    /// The run after one that was due at `due`. One that was late, or came after several were missed, stands for all of
    /// them; after a failure the next one comes sooner or later than usual.
    ///
    /// - Parameter failures: how many runs have failed one after the other, the one that has just ended included.
    package func next(
        afterRunDueAt due: Timestamp, started: Timestamp, ended: Timestamp, failures: Int, in zone: LocalTime
    ) -> Timestamp {
        switch rhythm {
        case .every(let seconds):
            let regular = max(next(after: started, in: zone), ended)
            guard failures > 0 else { return regular }
            let pause = min(Self.retryPause(after: failures), seconds * Self.stretch)
            return max(regular, ended.adding(milliseconds: Int64(pause) * 1000))
        case .daily:
            // A clock that was set back meanwhile does not bring the same day's run about again.
            let regular = next(after: max(due, ended), in: zone)
            guard failures > 0 else { return regular }
            return min(regular, ended.adding(milliseconds: Int64(Self.retryPause(after: failures)) * 1000))
        }
    }

    /// A due time that is further away than any can be: the clock was ahead when it was written, and has been set right
    /// since. Returns the one that holds instead, nil where nothing is wrong.
    package func corrected(_ due: Timestamp, at now: Timestamp, in zone: LocalTime) -> Timestamp? {
        let horizon: Int64
        switch rhythm {
        case .every(let seconds): horizon = Int64(max(seconds, min(Self.longestRetry, seconds * Self.stretch)))
        // A day has 25 hours when summer ends, and some zones have had larger shifts.
        case .daily: horizon = 27 * 3600
        }
        guard due.milliseconds(since: now) > horizon * 1000 else { return nil }
        return next(after: now, in: zone)
    }

    private static func retryPause(after failures: Int) -> Int {
        min(longestRetry, firstRetry << min(max(0, failures - 1), 10))
    }

    /// For people: `every 30 s`, `daily at 02:00`.
    package var rhythmWords: String {
        switch rhythm {
        case .every(let seconds) where seconds % 60 == 0 && seconds > 60: "every \(seconds / 60) min"
        case .every(60): "every minute"
        case .every(let seconds): "every \(seconds) s"
        case .daily(let hour): "daily at \(hour < 10 ? "0" : "")\(hour):00"
        }
    }
}

/// How far the host's own time is ahead of UTC, which changes with summer.
package struct LocalTime: Sendable {
    /// Seconds ahead of UTC at an instant.
    private let offset: @Sendable (Timestamp) -> Int

    package init(offset: @escaping @Sendable (Timestamp) -> Int) { self.offset = offset }

    package static let utc = LocalTime { _ in 0 }

    /// The first instant after `instant` at which the hour strikes. Where summer begins at that hour it does not exist, and
    /// the hour behind it counts; where an hour comes twice the first one does.
    package func next(hour: Int, after instant: Timestamp) -> Timestamp {
        let local = instant.rawValue + Int64(offset(instant)) * 1000
        let today = local.floorDivided(by: 86_400_000)
        for day in today - 1...today + 2 {
            let candidate = self.instant(ofLocal: day * 86_400_000 + Int64(hour) * 3_600_000)
            if candidate > instant { return candidate }
        }
        // Two days on lies behind every instant of today; no zone has ever skipped so much.
        return instant.adding(milliseconds: 86_400_000)
    }

    private func instant(ofLocal wanted: Int64) -> Timestamp {
        let before = Int64(offset(Timestamp(milliseconds: wanted - 86_400_000))) * 1000
        let after = Int64(offset(Timestamp(milliseconds: wanted + 86_400_000))) * 1000
        let early = Timestamp(milliseconds: wanted - before)
        if Int64(offset(early)) * 1000 == before { return early }
        let late = Timestamp(milliseconds: wanted - after)
        if Int64(offset(late)) * 1000 == after { return late }
        // In the gap: with the old offset the wish falls on the shift or behind it.
        return early
    }
}
