import Core
import Testing

@Suite struct JobScheduleTests {
    private static let second: Int64 = 1000
    private static let hour: Int64 = 3_600_000
    private static let states = JobSchedule("s", .every(seconds: 30), title: "", limitSeconds: 20)
    private static let scans = JobSchedule("d", .daily(hour: 2), title: "", limitSeconds: 20)

    /// Berlin in 2026: summer from 29 March to 25 October, each 01:00 UTC.
    private static let berlin = LocalTime { instant in
        let summer = time("2026-03-29T01:00:00Z")..<time("2026-10-25T01:00:00Z")
        return summer.contains(instant) ? 7200 : 3600
    }
    /// New York in 2026: summer from 8 March 07:00 UTC to 1 November 06:00 UTC.
    private static let newYork = LocalTime { instant in
        let summer = time("2026-03-08T07:00:00Z")..<time("2026-11-01T06:00:00Z")
        return summer.contains(instant) ? -14400 : -18000
    }

    private static func time(_ text: String) -> Timestamp { Timestamp(iso8601: text)! }

    @Test(arguments: [
        // An ordinary day, before and after the hour.
        ("2026-01-10T00:30:00Z", "2026-01-10T01:00:00.000Z"), ("2026-01-10T01:00:00Z", "2026-01-11T01:00:00.000Z"),
        ("2026-07-10T12:00:00Z", "2026-07-11T00:00:00.000Z"),
        // Summer begins: the clock goes from 02:00 to 03:00, and 03:00 counts.
        ("2026-03-28T12:00:00Z", "2026-03-29T01:00:00.000Z"), ("2026-03-29T01:00:00Z", "2026-03-30T00:00:00.000Z"),
        // Summer ends: 02:00 comes twice, and the second one is none.
        ("2026-10-24T12:00:00Z", "2026-10-25T00:00:00.000Z"), ("2026-10-25T00:00:00Z", "2026-10-26T01:00:00.000Z"),
        ("2026-10-25T00:30:00Z", "2026-10-26T01:00:00.000Z"),
    ])
    func `an hour of the day is the host's own, whatever summer does`(now: String, next: String) {
        #expect(Self.scans.next(after: Self.time(now), in: Self.berlin).iso8601 == next)
    }

    @Test(arguments: [
        ("2026-03-08T00:00:00Z", "2026-03-08T07:00:00.000Z"), ("2026-03-08T07:00:00Z", "2026-03-09T06:00:00.000Z"),
        ("2026-11-01T00:00:00Z", "2026-11-01T07:00:00.000Z"), ("2026-01-01T04:59:59Z", "2026-01-01T07:00:00.000Z"),
    ])
    func `west of Greenwich too`(now: String, next: String) {
        #expect(Self.scans.next(after: Self.time(now), in: Self.newYork).iso8601 == next)
    }

    @Test func `every day has one run`() {
        for zone in [Self.berlin, Self.newYork, .utc] {
            var at = Self.scans.next(after: Self.time("2025-12-31T12:00:00Z"), in: zone)
            for _ in 0..<364 {
                let next = Self.scans.next(after: at, in: zone)
                #expect((23 * Self.hour...25 * Self.hour).contains(next.milliseconds(since: at)))
                at = next
            }
            #expect(at < Self.time("2027-01-01T00:00:00Z") && at > Self.time("2026-12-30T12:00:00Z"))
        }
    }

    @Test func `a run counts from its start, and one that was missed is made up once`() {
        let due = Self.time("2026-01-10T10:00:00Z")
        let next = Self.states.next(
            afterRunDueAt: due, started: due, ended: due.adding(milliseconds: 2000), failures: 0, in: .utc)
        #expect(next == due.adding(milliseconds: 30_000))
        // Hours of silence, and one run for all of them.
        let late = due.adding(milliseconds: 5 * Self.hour)
        let after = Self.states.next(afterRunDueAt: due, started: late, ended: late, failures: 0, in: .utc)
        #expect(after == late.adding(milliseconds: 30_000))
        let days = due.adding(milliseconds: 100 * Self.hour)
        let daily = Self.scans.next(afterRunDueAt: due, started: days, ended: days, failures: 0, in: .utc)
        #expect(daily.iso8601 == "2026-01-15T02:00:00.000Z")
        // One that takes longer than its rhythm is followed at once, and never overlapped.
        let slow = due.adding(milliseconds: 45_000)
        #expect(Self.states.next(afterRunDueAt: due, started: due, ended: slow, failures: 0, in: .utc) == slow)
    }

    @Test func `after failures the pauses grow to a limit`() {
        let due = Self.time("2026-01-10T02:00:00Z")
        func pauses(_ schedule: JobSchedule) -> [Int64] {
            (1...8).map { failures in
                schedule.next(afterRunDueAt: due, started: due, ended: due, failures: failures, in: .utc)
                    .milliseconds(since: due) / Self.second
            }
        }
        #expect(pauses(Self.states) == [30, 60, 120, 240, 300, 300, 300, 300])
        #expect(pauses(Self.scans) == [30, 60, 120, 240, 480, 900, 900, 900])
        let evening = Self.time("2026-01-11T01:55:00Z")
        let next = Self.scans.next(afterRunDueAt: due, started: evening, ended: evening, failures: 9, in: .utc)
        #expect(next.iso8601 == "2026-01-11T02:00:00.000Z", "the day's own run is not put off by a pause")
    }

    @Test func `a clock that is set back neither repeats a day's run nor keeps jobs from running`() {
        let due = Self.time("2026-01-10T02:00:00Z")
        let back = Self.time("2026-01-10T01:50:00Z")
        let next = Self.scans.next(afterRunDueAt: due, started: due, ended: back, failures: 0, in: .utc)
        #expect(next.iso8601 == "2026-01-11T02:00:00.000Z")
        #expect(Self.scans.corrected(next, at: back, in: .utc) == nil)
        // The clock was a year ahead when the time was written.
        let ahead = Self.time("2027-01-11T02:00:00Z")
        #expect(Self.scans.corrected(ahead, at: back, in: .utc) == due)
        #expect(Self.states.corrected(ahead, at: back, in: .utc) == back.adding(milliseconds: 30_000))
        #expect(Self.states.corrected(back.adding(milliseconds: 300_000), at: back, in: .utc) == nil)
    }

    @Test func `a rhythm is told in words`() {
        #expect(Self.states.rhythmWords == "every 30 s" && Self.scans.rhythmWords == "daily at 02:00")
        #expect(JobSchedule("m", .every(seconds: 60), title: "", limitSeconds: 1).rhythmWords == "every minute")
        #expect(JobSchedule("m", .every(seconds: 300), title: "", limitSeconds: 1).rhythmWords == "every 5 min")
    }
}
