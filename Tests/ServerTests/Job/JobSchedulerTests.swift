import Core
import Logging
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

/// A clock that stands still until it is set.
final class HandClock: WallClock {
    private let time: Mutex<Timestamp>
    init(_ text: String) { time = Mutex(Timestamp(iso8601: text)!) }
    var now: Timestamp { time.withLock { $0 } }
    func set(_ text: String) { time.withLock { $0 = Timestamp(iso8601: text)! } }
    func advance(seconds: Int) { time.withLock { $0 = $0.adding(milliseconds: Int64(seconds) * 1000) } }
}

@Suite struct JobSchedulerTests {
    private static let often = JobSchedule("often", .every(seconds: 30), title: "", limitSeconds: 60)
    private static let daily = JobSchedule("daily", .daily(hour: 2), title: "", limitSeconds: 60)

    /// What ran, in order, on all bayd of a test; it can be held up and made to fail.
    final class Record: Sendable {
        private let state = Mutex<(runs: [String], failing: Bool)>(([], false))
        var runs: [String] { state.withLock { $0.runs } }
        func fail(_ failing: Bool) { state.withLock { $0.failing = failing } }
        func note(_ what: String) throws {
            let fails = state.withLock { state in
                state.runs.append(what)
                return state.failing
            }
            if fails { throw JobFailure("as the test wanted") }
        }
    }

    private let clock = HandClock("2026-03-10T12:00:00Z")
    private let record = Record()

    private func scheduler(
        _ database: Database, _ schedules: [JobSchedule], name: String = "a", zone: LocalTime = .utc,
        during: @escaping @Sendable () async -> Void = {}
    ) -> JobScheduler {
        let (record, log) = (record, TestDatabase.quiet)
        return JobScheduler(
            database: database,
            jobs: schedules.map { schedule in
                ScheduledJob(schedule) {
                    try record.note("\(name):\(schedule.id)")
                    await during()
                    return "fine"
                }
            },
            clock: clock, zone: zone, owner: ProcessName(host: "h", processID: 1, nonce: name),
            errors: ErrorRecorder(database: database, clock: clock, log: log), log: log)
    }

    @Test func `a job runs when it is due, and only then`() async throws {
        let database = try await TestDatabase.make()
        let scheduler = scheduler(database, [Self.often, Self.daily])
        try await scheduler.runDue()
        #expect(record.runs == ["a:often"], "one that counts seconds begins at once, a daily one waits for its hour")
        clock.advance(seconds: 29)
        try await scheduler.runDue()
        #expect(record.runs.count == 1)
        clock.advance(seconds: 1)
        try await scheduler.runDue()
        #expect(record.runs == ["a:often", "a:often"])
        let state = try #require(try await scheduler.states()["often"])
        #expect(state.runs == 2 && state.lastSucceeded == true && state.lastMessage == "fine")
        #expect(state.lastStarted == clock.now && state.nextDue == clock.now.adding(milliseconds: 30_000))
        #expect(try await scheduler.states()["daily"]?.nextDue.iso8601 == "2026-03-11T02:00:00.000Z")
    }

    @Test func `what was missed is made up once, by whoever comes next`() async throws {
        let database = try await TestDatabase.make()
        try await scheduler(database, [Self.often, Self.daily]).runDue()
        clock.set("2026-03-14T05:00:00Z")
        let second = scheduler(database, [Self.often, Self.daily], name: "b")
        try await second.runDue()
        try await second.runDue()
        #expect(record.runs.sorted() == ["a:often", "b:daily", "b:often"])
        #expect(try await second.states()["daily"]?.nextDue.iso8601 == "2026-03-15T02:00:00.000Z")
    }

    @Test func `of many bayd one runs a job, and nobody runs it over itself`() async throws {
        let database = try await TestDatabase.make()
        let (begun, go) = (Gate(), Gate())
        let first = scheduler(database, [Self.often], name: "a") {
            begun.open()
            await go.wait()
        }
        let others = ["b", "c", "d"].map { scheduler(database, [Self.often], name: $0) }
        async let running: Void = first.runDue()
        await begun.wait()
        #expect(try await first.states()["often"]?.runningOn == "h:1:a")
        // Its time has come again, and it is still at it.
        clock.advance(seconds: 60)
        for other in others { try await other.runDue() }
        try await first.runDue()
        #expect(record.runs == ["a:often"])
        go.open()
        try await running
        #expect(try await first.states()["often"]?.runningOn == nil)
    }

    @Test func `failures are shown, told once, and tried again with growing pauses`() async throws {
        let database = try await TestDatabase.make()
        let scheduler = scheduler(database, [Self.often])
        record.fail(true)
        var pauses: [Int64] = []
        for _ in 0..<4 {
            try await scheduler.runDue()
            let state = try #require(try await scheduler.states()["often"])
            #expect(state.lastSucceeded == false && state.lastMessage == "as the test wanted")
            pauses.append(state.nextDue.milliseconds(since: clock.now) / 1000)
            clock.advance(seconds: Int(pauses.last ?? 0))
        }
        #expect(pauses == [30, 60, 120, 240] && record.runs.count == 4)
        record.fail(false)
        try await scheduler.runDue()
        let state = try #require(try await scheduler.states()["often"])
        #expect(state.failures == 0 && state.lastSucceeded == true)
        let events = try await EventStore(database: database).events(after: 0, limit: 100)
        #expect(events.map(\.action) == ["failed", "recovered"])
    }

    @Test func `whoever asks for a run gets one, and the rhythm goes on`() async throws {
        let database = try await TestDatabase.make()
        let scheduler = scheduler(database, [Self.daily])
        try await scheduler.runDue()
        #expect(record.runs.isEmpty)
        try await scheduler.want("daily", by: "ada")
        try await scheduler.runDue()
        try await scheduler.runDue()
        #expect(record.runs == ["a:daily"])
        #expect(try await scheduler.states()["daily"]?.nextDue.iso8601 == "2026-03-11T02:00:00.000Z")
        await #expect(throws: JobError.unknownSchedule("nonsense")) {
            try await scheduler.want("nonsense", by: "ada")
        }
    }

    @Test func `a clock that is set back stops no job, and a day's job runs once that day`() async throws {
        let database = try await TestDatabase.make()
        let scheduler = scheduler(database, [Self.often, Self.daily])
        clock.set("2027-03-10T02:00:00Z")
        try await scheduler.runDue()
        clock.set("2027-03-10T23:00:00Z")
        try await scheduler.want("daily", by: "ada")
        try await scheduler.runDue()
        #expect(record.runs.filter { $0 == "a:daily" }.count == 1)
        // The year was wrong.
        clock.set("2026-03-10T12:00:00Z")
        try await scheduler.runDue()
        clock.advance(seconds: 30)
        try await scheduler.runDue()
        #expect(record.runs.filter { $0 == "a:often" }.count == 3)
        clock.set("2026-03-11T02:00:00Z")
        try await scheduler.runDue()
        // A small step back over the hour is no new hour.
        clock.set("2026-03-11T01:59:00Z")
        try await scheduler.runDue()
        clock.set("2026-03-11T02:00:00Z")
        try await scheduler.runDue()
        #expect(record.runs.filter { $0 == "a:daily" }.count == 2)
    }

    @Test func `a bayd that dies in the middle of a run leaves it due`() async throws {
        let database = try await TestDatabase.make()
        let begun = Gate()
        let first = scheduler(database, [Self.often], name: "a") {
            begun.open()
            // As long as it takes to be cut off.
            await Gate().wait()
        }
        let running = Task { try await first.runDue() }
        await begun.wait()
        running.cancel()
        _ = await running.result
        let second = scheduler(database, [Self.often], name: "b")
        try await second.runDue()
        #expect(record.runs == ["a:often", "b:often"])
        #expect(try await second.states()["often"]?.runs == 1)
    }
}

/// Opens once; whoever waits goes on then, or when his task is cancelled.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen, !Task.isCancelled { state.waiting.append(continuation) }
                    return state.isOpen || Task.isCancelled
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            open()
        }
    }
}
