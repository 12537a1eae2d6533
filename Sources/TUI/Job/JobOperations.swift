package import Core
import JSON

/// A schedule of the server with how it stands.
package struct ScheduleRow: Equatable, Sendable {
    package var id = ""
    package var title = ""
    package var rhythm = ""
    package var nextDue: Timestamp?
    package var runningSince: Timestamp?
    package var lastStarted: Timestamp?
    package var lastEnded: Timestamp?
    package var lastSucceeded: Bool?
    package var lastMessage: String?
    package var failures = 0
    package var runs = 0

    package init() {}
}

/// What is asked of the server about jobs.
package enum JobOperation: Equatable, Sendable {
    case list
    case schedules
    case cancel(Job.ID)
    case run(JobSchedule.ID)

    /// How many of the newest jobs are shown.
    package static let pageSize = 500

    var isMutation: Bool {
        switch self {
        case .list, .schedules: false
        case .cancel, .run: true
        }
    }

    var request: OperationRequest {
        switch self {
        case .list:
            OperationRequest(
                query: """
                    query Jobs($take: Int) { jobs(pagination: {take: $take}) { id kind title machineId machineName actor \
                    state step progress message canCancel cancelRequested createdAt startedAt finishedAt } }
                    """,
                variables: ["take": .int(Self.pageSize)])
        case .schedules:
            OperationRequest(
                query: """
                    { jobSchedules { id title rhythm nextDue runningSince lastStarted lastEnded lastSucceeded lastMessage \
                    failures runs } }
                    """)
        case .cancel(let id):
            OperationRequest(
                query: "mutation Cancel($id: ID!) { cancelJob(id: $id) { id } }",
                variables: ["id": .string(id.rawValue)])
        case .run(let id):
            OperationRequest(
                query: "mutation Run($schedule: ID!) { runJobNow(schedule: $schedule) { success message } }",
                variables: ["schedule": .string(id)])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        switch self {
        case .list: return .jobs(try reader.list { reader throws(JSONError) in try JobRow(reading: &reader) })
        case .schedules:
            return .schedules(try reader.list { reader throws(JSONError) in try ScheduleRow(reading: &reader) })
        case .run: return .outcome(try Outcome(reading: &reader))
        case .cancel:
            try reader.skip()
            return .done
        }
    }
}

/// A job as the server tells of it: its title in words, and the kind, which may be one that this console does not know.
package struct JobRow: Equatable, Sendable {
    package var id = ""
    package var kind = ""
    package var title = ""
    package var machineID = ""
    package var machineName = ""
    package var actor = ""
    package var state = Job.State.queued
    package var step = ""
    package var progress: Int?
    package var message: String?
    package var canCancel = false
    package var isCancelRequested = false
    package var createdAt = Timestamp(milliseconds: 0)
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    package init() {}
}

extension JobRow {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var job = JobRow()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": job.id = try reader.string()
            case "kind": job.kind = try reader.string()
            case "title": job.title = try reader.string()
            case "machineId": job.machineID = try reader.string()
            case "machineName": job.machineName = try reader.string()
            case "actor": job.actor = try reader.string()
            case "state": job.state = Job.State(rawValue: try reader.string().lowercased()) ?? .running
            case "step": job.step = try reader.string()
            case "progress": job.progress = try reader.optionalInt()
            case "message": job.message = try reader.optionalString()
            case "canCancel": job.canCancel = try reader.bool()
            case "cancelRequested": job.isCancelRequested = try reader.bool()
            case "createdAt": job.createdAt = try reader.time()
            case "startedAt": job.startedAt = try reader.optionalTime()
            case "finishedAt": job.finishedAt = try reader.optionalTime()
            default: try reader.skip()
            }
        }
        self = job
    }
}

extension ScheduleRow {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var schedule = ScheduleRow()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": schedule.id = try reader.string()
            case "title": schedule.title = try reader.string()
            case "rhythm": schedule.rhythm = try reader.string()
            case "nextDue": schedule.nextDue = try reader.optionalTime()
            case "runningSince": schedule.runningSince = try reader.optionalTime()
            case "lastStarted": schedule.lastStarted = try reader.optionalTime()
            case "lastEnded": schedule.lastEnded = try reader.optionalTime()
            case "lastSucceeded": schedule.lastSucceeded = try reader.optionalBool()
            case "lastMessage": schedule.lastMessage = try reader.optionalString()
            case "failures": schedule.failures = try reader.int()
            case "runs": schedule.runs = try reader.int()
            default: try reader.skip()
            }
        }
        self = schedule
    }
}
