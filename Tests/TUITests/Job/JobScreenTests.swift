import Core
import JSON
import Testing

@testable import TUI

/// What the server of the tests has of jobs and errors.
extension Stage {
    static let jobs: [JobRow] = [
        job(1, "destroy web-3", .running, 40, "deleting 2 disks") { $0.canCancel = false },
        job(2, "hardware change of db-1", .running, 10, "waiting until it is off"),
        job(3, "snapshot before-update of web-1", .succeeded, 100, "taking it") {
            $0.message = "snapshot before-update of web-1 was taken"
        },
        job(4, "restore of payroll to snapshot clean", .failed, nil, "going back") {
            $0.message = "the hypervisor could not do it: no space is left"
        },
        job(5, "snapshot night of db-2", .interrupted, nil, "taking it") {
            $0.message = "bayd ended before it did, and there is no such snapshot"
        },
    ]

    private static func job(
        _ number: Int64, _ title: String, _ state: Job.State, _ progress: Int?, _ step: String,
        _ change: (inout JobRow) -> Void = { _ in }
    ) -> JobRow {
        var job = JobRow()
        job.id = "j\(number)"
        job.title = title
        job.machineID = machines[0].id.rawValue
        job.machineName = machines[0].name
        job.actor = "ada@example.org"
        job.state = state
        job.progress = progress
        job.step = step
        job.canCancel = !state.isOver
        job.createdAt = start.adding(milliseconds: -number * 60_000)
        job.startedAt = job.createdAt.adding(milliseconds: 50)
        if state.isOver { job.finishedAt = job.createdAt.adding(milliseconds: 4200) }
        change(&job)
        return job
    }

    static let schedules: [ScheduleRow] = [
        schedule("graphics", "every minute", 30, true, "nothing has changed"),
        schedule("metrics-watchdog", "every 5 min", 200, false, "libvirt cannot be reached") { $0.failures = 2 },
        schedule("orphan-cleanup", "daily at 03:00", 40_000, nil, nil),
        schedule("power-state", "every 30 s", 0, true, "all states were right") { $0.runningSince = start },
    ]

    private static func schedule(
        _ id: String, _ rhythm: String, _ due: Int64, _ succeeded: Bool?, _ message: String?,
        _ change: (inout ScheduleRow) -> Void = { _ in }
    ) -> ScheduleRow {
        var row = ScheduleRow()
        row.id = id
        row.title = "What \(id) does"
        row.rhythm = rhythm
        row.nextDue = start.adding(milliseconds: due * 1000)
        row.lastSucceeded = succeeded
        row.lastMessage = message
        if succeeded != nil {
            row.lastStarted = start.adding(milliseconds: -30_000)
            row.lastEnded = start.adding(milliseconds: -29_958)
            row.runs = 12
        }
        change(&row)
        return row
    }

    static let errors: [ErrorEntry] = [
        error(1, .critical, "web-1 was destroyed, but it could not be recorded", count: 1),
        error(2, .high, "a resolver failed: relation \"Application\" does not exist", count: 17),
        error(3, .medium, "db-2 runs, and no figures have come from it for 3 minutes", count: 4) {
            $0.context["machineId"] = .string(machines[1].id.rawValue)
        },
        error(4, .high, "a network is left without its bridge", count: 2) {
            $0.isResolved = true
            $0.resolvedBy = "anna@example.org"
        },
    ]

    private static func error(
        _ number: Int64, _ severity: ErrorSeverity, _ message: String, count: Int,
        _ change: (inout ErrorEntry) -> Void = { _ in }
    ) -> ErrorEntry {
        let at = start.adding(milliseconds: -number * 600_000)
        var entry = ErrorEntry(
            id: ErrorEntry.ID("e\(number)"), message: message, code: "INTERNAL_ERROR", severity: severity,
            context: ["area": "bay.machines"], at: at, lastAt: at, count: count)
        change(&entry)
        return entry
    }

    /// Answers what was asked about jobs and errors.
    mutating func answerJobs() {
        answer(.jobs(Self.jobs)) { $0 == .job(.list) }
        answer(.schedules(Self.schedules)) { $0 == .job(.schedules) }
        answer(.errors(Self.errors)) { $0 == .error(.list) }
    }

    /// The server tells which bad errors are open.
    mutating func alert(_ errors: [ErrorEntry] = Self.errors.filter { !$0.isResolved && $0.severity >= .high }) {
        answer(.errors(errors)) { $0 == .error(.alerts) }
    }

    mutating func openJobs() {
        press(.character("7"))
        answerJobs()
    }
}

@Suite struct JobScreenTests {
    @Test func `a job is called off after a question, unless it is too late`() {
        var stage = Stage()
        stage.openJobs()
        #expect(stage.rowNames.first == "destroy web-3", "what was asked for last stands at the top")
        stage.press(.character("X"))
        #expect(stage.note == "call off job: it has begun what cannot be taken back: deleting 2 disks")
        stage.choose("hardware change of db-1")
        stage.press(.character("X"))
        #expect(stage.dialog != nil && stage.changes.isEmpty)
        stage.press(.character("y"))
        #expect(stage.changes == [.job(.cancel(Job.ID("j2")))])
        stage.choose("snapshot before-update of web-1")
        stage.press(.character("X"))
        #expect(stage.note == "call off job: it has ended: succeeded")
    }

    @Test func `a schedule is run at once, by those who may`() {
        var stage = Stage()
        stage.openJobs()
        stage.press(.tab)
        stage.choose("graphics")
        stage.press(.character("r"))
        #expect(stage.changes == [.job(.run("graphics"))])
        stage.choose("power-state")
        stage.press(.character("r"))
        #expect(stage.note == "run schedule now: it runs now")
        var user = Stage(role: .user)
        user.press(.character("7"))
        #expect(user.take { $0 == .job(.schedules) }.isEmpty && user.take { $0 == .job(.list) }.count == 1)
    }

    @Test func `jobs are asked for again while they are in view, and when one changes`() {
        var stage = Stage()
        stage.openJobs()
        #expect(stage.take { $0 == .job(.list) }.isEmpty)
        stage.wait(seconds: 5)
        #expect(stage.take { $0 == .job(.list) }.count == 1 && stage.take { $0 == .job(.schedules) }.count == 1)
        stage.press(.character("1"))
        stage.wait(seconds: 6)
        #expect(stage.take { $0 == .job(.list) }.isEmpty)
    }

    @Test func `enter leads to the machine of a job`() {
        var stage = Stage()
        stage.openJobs()
        stage.press(.enter)
        #expect(stage.console.screen == .machine(Stage.machines[0].id))
    }
}

@Suite struct ErrorScreenTests {
    @Test func `bad errors that are open stand on every screen until somebody closes them`() {
        var stage = Stage()
        #expect(stage.take { $0 == .error(.alerts) }.count == 1)
        var again = Stage()
        again.alert()
        #expect(again.screen.contains("✗ 2 errors need a look, 8 shows them · web-1 was destroyed"))
        again.press(.character("8"))
        again.answerJobs()
        again.press(.character("a"))
        #expect(again.changes == [.error(.resolve([ErrorEntry.ID("e1")]))])
        again.answer(.done) { $0.isMutation }
        again.alert([Stage.errors[1]])
        #expect(again.screen.contains("✗ 1 error needs a look, 8 shows it · a resolver failed"))
        again.press(.character("A"))
        again.press(.character("y"))
        #expect(again.changes == [.error(.resolve(["e1", "e2", "e3"].map { ErrorEntry.ID($0) }))])
        again.answer(.done) { $0.isMutation }
        again.alert([])
        #expect(again.console.alertLine == nil)
    }

    @Test func `an error's event brings the line up to date, and users have none`() {
        var stage = Stage()
        stage.alert([])
        stage.happen(
            EventRecord(
                id: 200, at: Stage.start, resource: "error", action: "create", resourceID: "e1",
                resourceName: "INTERNAL_ERROR", actor: "bayd", message: "x"))
        #expect(stage.take { $0 == .error(.alerts) }.count == 1)
        var user = Stage(role: .user)
        #expect(user.take { $0 == .error(.alerts) }.isEmpty)
    }

    @Test func `enter leads to the machine that an error is about`() {
        var stage = Stage()
        stage.press(.character("8"))
        stage.answerJobs()
        stage.press(.enter)
        #expect(stage.note == "open: it is about no machine")
        for _ in 0..<2 { stage.press(.down) }
        stage.press(.enter)
        #expect(stage.console.screen == .machine(Stage.machines[1].id))
    }
}

@Suite struct EventScreenTests {
    @Test func `events are filtered by who, what and when`() {
        var stage = Stage()
        stage.press(.character("3"), .character("/"))
        stage.type("who:nobody")
        #expect(stage.screen.contains("No event matches"))
        stage.press(.escape, .character("/"))
        stage.type("since:soon")
        #expect(stage.screen.contains("\"soon\" is no time"))
    }

    @Test(arguments: [
        ("department", "d-none", "x is gone"), ("nonsense", "n", "there is no view of nonsenses"),
    ])
    func `an event of what is gone says so`(resource: String, id: String, note: String) {
        var stage = Stage()
        stage.happen(
            EventRecord(
                id: 300, at: Stage.start, resource: resource, action: "update", resourceID: id, resourceName: "x",
                actor: "ada", message: "m"))
        stage.press(.character("3"), .end, .enter)
        #expect(stage.note == note)
    }

    @Test func `an event leads to the job that it tells of`() {
        var stage = Stage()
        stage.happen(
            EventRecord(
                id: 300, at: Stage.start, resource: "job", action: "finish", resourceID: "j4",
                resourceName: "restore", actor: "ada", message: "m"))
        stage.press(.character("3"), .end, .enter)
        stage.answerJobs()
        #expect(stage.console.selectedJob?.id == "j4")
    }
}
