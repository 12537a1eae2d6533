package import Core

/// What a window about jobs was opened for.
package enum JobDialog: Equatable, Sendable {
    case cancel(Job.ID, title: String)
}

/// Jobs and schedules: the commands on their lists.
extension Console {
    /// How often they are asked for again while they are in view: what goes well is no event.
    static let jobPeriod: Int64 = 5000

    var selectedJob: JobRow? {
        guard screen == .resource(.jobs), let id = lists[.jobs]?.selection?.id else { return nil }
        return jobs.first { $0.id == id }
    }

    var selectedSchedule: ScheduleRow? {
        guard screen == .resource(.schedules), let id = lists[.schedules]?.selection?.id else { return nil }
        return schedules.first { $0.id == id }
    }

    var showsJobs: Bool { screen == .resource(.jobs) || screen == .resource(.schedules) }

    /// Why a command on jobs is not possible now.
    func refusalOfJob(_ command: Command) -> String? {
        switch command {
        case .cancelJob:
            guard let job = selectedJob else { return "choose a job in its list" }
            if job.state.isOver { return "it has ended: \(job.state.rawValue)" }
            if job.isCancelRequested { return "it is being called off" }
            return job.canCancel ? nil : "it has begun what cannot be taken back: \(job.step)"
        default:
            if let reason = refusal(needing: .admin) { return reason }
            guard let schedule = selectedSchedule else { return "choose a schedule in its list" }
            return schedule.runningSince == nil ? nil : "it runs now"
        }
    }

    mutating func performOnJob(_ command: Command) {
        switch command {
        case .cancelJob:
            guard let job = selectedJob else { return }
            open(
                .question(
                    "Call off: \(job.title)?", "It is at: \(job.step). What it has done so far stays as it is.",
                    yes: "Call off"), .job(.cancel(Job.ID(job.id), title: job.title)))
        default:
            guard let schedule = selectedSchedule else { return }
            change(.job(.run(schedule.id)), "run \(schedule.id)")
        }
    }

    mutating func pressed(_ dialog: JobDialog) {
        switch dialog {
        case .cancel(let id, let title): change(.job(.cancel(id)), "call off \(title)")
        }
    }

    /// Asks again for jobs and schedules while somebody looks at them.
    mutating func askJobsAgain() {
        jobsAt = nil
        guard showsJobs, isConnected else { return }
        jobsAt = now.adding(milliseconds: Self.jobPeriod)
        askResources()
    }

    mutating func openJobMachine() {
        guard let job = selectedJob else { return }
        openIfThere(Machine.ID(job.machineID), named: job.machineName)
    }

    /// Opens a machine that something tells of, which may be gone by now.
    mutating func openIfThere(_ id: Machine.ID, named name: String) {
        if fleet.place(of: id) == nil { return say("\(name) is gone", .statusWarning) }
        openMachine(id)
    }
}
