package import Core
import JSON
package import Logging
package import Postgres
import Synchronization

/// Runs scheduled jobs: each when it is due, one bayd at a time, and never over itself.
///
/// What is due is a row, and who runs it holds an advisory lock until the outcome is written. So a restart and a second
/// bayd know how things stand, a run that was missed is made up once, and a bayd that dies in the middle leaves the
/// schedule due.
package final class JobScheduler: Sendable {
    /// How long it sleeps at most: a clock that is set, and a wish that another bayd was told, are seen by then.
    static let longestPause = Duration.seconds(15)
    /// So many failures one after the other are an error that somebody has to look at.
    static let patience = 3
    /// How many run at once. Each holds a connection of the database for its lock, and needs others for its work: at a start,
    /// when all are due, none would be left for that.
    static let width = 3
    /// Pause before the database is asked again.
    static let retryPause = Duration.seconds(2)

    private let store: ScheduleStore
    private let jobs: [JobSchedule.ID: ScheduledJob]
    private let clock: any WallClock
    private let zone: LocalTime
    private let owner: String
    private let errors: ErrorRecorder
    private let log: Logger
    private let bell = Bell()
    private let turnstile = Turnstile(places: width)
    /// Those that this bayd is at.
    private let atWork = Mutex<Set<JobSchedule.ID>>([])

    package init(
        database: Database, jobs: [ScheduledJob], clock: any WallClock, zone: LocalTime, owner: ProcessName,
        errors: ErrorRecorder, log: Logger
    ) {
        self.errors = errors
        store = ScheduleStore(database: database)
        self.jobs = Dictionary(jobs.map { ($0.schedule.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.clock = clock
        self.zone = zone
        self.owner = owner.text
        self.log = log
    }

    /// In the order of their names.
    package var schedules: [JobSchedule] { jobs.values.map(\.schedule).sorted { $0.id < $1.id } }

    package func states() async throws(DatabaseError) -> [JobSchedule.ID: ScheduleState] {
        try await store.states(of: Array(jobs.keys))
    }

    /// Has a schedule run as soon as somebody can, whenever it is due.
    package func want(_ id: JobSchedule.ID, by actor: String) async throws {
        guard let schedule = jobs[id]?.schedule else { throw JobError.unknownSchedule(id) }
        // It may be asked for before its first turn.
        try await store.add([(id, schedule.next(after: clock.now, in: zone))])
        try await store.database.transaction { transaction in
            try await ScheduleStore.want(id, in: transaction)
            transaction.record(.schedule("run_asked", schedule, actor: actor, message: "\(id) was asked to run now"))
        }
        bell.ring()
    }

    // MARK: Running

    /// Runs until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let rings = bell.rings
                var pause = Self.longestPause
                do {
                    let (due, next) = try await look()
                    for job in due where begin(job) { group.addTask { await self.attempt(job) } }
                    if let next {
                        pause = min(pause, .milliseconds(max(0, next.milliseconds(since: clock.now))))
                    }
                } catch {
                    pause = Self.retryPause
                    log.debug("schedules cannot be read", metadata: ["reason": "\(error)"])
                }
                await bell.wait(beyond: rings, for: pause)
            }
        }
    }

    /// Runs what is due now, and returns when that is done: for tests, which set the clock themselves.
    package func runDue() async throws {
        let (due, _) = try await look()
        await withDiscardingTaskGroup { group in
            for job in due where begin(job) { group.addTask { await self.attempt(job) } }
        }
    }

    /// What is due, and when the next of the others is.
    private func look() async throws(DatabaseError) -> (due: [ScheduledJob], next: Timestamp?) {
        let now = clock.now
        var states = try await store.states(of: Array(jobs.keys))
        let new = jobs.values.filter { states[$0.schedule.id] == nil }
        if !new.isEmpty {
            // One that is counted in seconds begins at once; a daily one waits for its hour.
            try await store.add(
                new.map { job in
                    if case .every = job.schedule.rhythm { return (job.schedule.id, now) }
                    return (job.schedule.id, job.schedule.next(after: now, in: zone))
                })
            states = try await store.states(of: Array(jobs.keys))
        }
        var due: [ScheduledJob] = []
        var next: Timestamp?
        let busy = atWork.withLock { $0 }
        for job in jobs.values where !busy.contains(job.schedule.id) {
            guard let state = states[job.schedule.id] else { continue }
            var at = state.nextDue
            if let right = job.schedule.corrected(at, at: now, in: zone) {
                try await store.correct(job.schedule.id, from: at, to: right)
                at = right
            }
            if state.isWanted || at <= now { due.append(job) } else { next = min(next ?? at, at) }
        }
        return (due, next)
    }

    private func begin(_ job: ScheduledJob) -> Bool { atWork.withLock { $0.insert(job.schedule.id).inserted } }

    /// One run, unless another bayd has begun it.
    private func attempt(_ job: ScheduledJob) async {
        let id = job.schedule.id
        do {
            try await turnstile.pass {
                try await store.database.transaction { transaction in
                    guard let state = try await ScheduleStore.lock(id, in: transaction),
                        state.isWanted || state.nextDue <= self.clock.now
                    else { return }
                    if let before = state.runningOn {
                        self.log.warning(
                            "a run was left unfinished", metadata: ["schedule": "\(id)", "bayd": "\(before)"])
                    }
                    let run = try await self.perform(job, after: state)
                    try await ScheduleStore.noteEnd(id, run, in: transaction)
                    self.tell(run, of: job.schedule, after: state, in: transaction)
                }
            }
        } catch {
            if !Task.isCancelled {
                log.warning("a schedule cannot be run now", metadata: ["schedule": "\(id)", "reason": "\(error)"])
            }
        }
        _ = atWork.withLock { $0.remove(id) }
        bell.ring()
    }

    private func perform(_ job: ScheduledJob, after state: ScheduleState) async throws -> ScheduleStore.Run {
        let schedule = job.schedule
        let started = clock.now
        try await store.noteStart(schedule.id, at: started, on: owner)
        let outcome = await result(of: job)
        // A run that was cut off because bayd ends is none: it stays due.
        if Task.isCancelled { throw CancellationError() }
        let ended = clock.now
        let failures: Int
        let message: String
        switch outcome {
        case .success(let words): (failures, message) = (0, words)
        case .failure(let error):
            (failures, message) = (state.failures + 1, Redaction.text("\(error)"))
            log.warning(
                "a scheduled job failed",
                metadata: ["schedule": "\(schedule.id)", "failures": "\(failures)", "reason": "\(message)"])
            if failures == Self.patience {
                errors.add(
                    ErrorReport(
                        "\(schedule.id) failed \(failures) times one after the other: \(message)", code: "JOB_FAILED",
                        severity: .medium, context: ["schedule": .string(schedule.id)]))
            }
        }
        return ScheduleStore.Run(
            started: started, ended: ended, succeeded: failures == 0, message: String(message.prefix(500)),
            failures: failures,
            nextDue: schedule.next(
                afterRunDueAt: state.nextDue, started: started, ended: ended, failures: failures, in: zone))
    }

    private func result(of job: ScheduledJob) async -> Result<String, any Error> {
        let limit = job.schedule.limitSeconds
        return await withTaskGroup(of: Result<String, any Error>.self) { group in
            group.addTask {
                do { return .success(try await job.run()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(limit))
                return .failure(JobFailure("it took longer than \(limit) s"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(CancellationError())
        }
    }

    /// A first failure, and the end of failures, are news. What goes well every half minute is none.
    private func tell(
        _ run: ScheduleStore.Run, of schedule: JobSchedule, after state: ScheduleState, in transaction: Transaction
    ) {
        if run.failures == 1 {
            transaction.record(
                .schedule("failed", schedule, actor: "bayd", message: "\(schedule.id) failed: \(run.message)"))
        } else if run.succeeded, state.failures > 0 {
            transaction.record(
                .schedule(
                    "recovered", schedule, actor: "bayd",
                    message: "\(schedule.id) works again after \(state.failures) failures"))
        }
    }
}

extension NewEvent {
    static func schedule(_ action: String, _ schedule: JobSchedule, actor: String, message: String) -> NewEvent {
        NewEvent(
            resource: "schedule", action: action, resourceID: schedule.id, resourceName: schedule.id, actor: actor,
            message: message, data: ["id": .string(schedule.id)])
    }
}
