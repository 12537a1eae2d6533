package import Core
import GraphQL

extension Job: GraphQLObject {}
extension Job.ID: GraphQLIdentifier {}
extension JobLine: GraphQLObject {}

extension Job.State: GraphQLEnum {
    package var graphQLName: String { rawValue.uppercased() }
}

/// A schedule with how it stands.
struct ScheduleView: GraphQLObject {
    var schedule: JobSchedule
    var state: ScheduleState?
}

/// Which jobs a list is to have.
struct JobFilterInput: GraphQLInputObject {
    var filter: JobStore.Filter
}

let jobSchema = SchemaPart<RequestContext> {
    Enum(Job.State.self, name: "JobState")
    Object(JobLine.self) {
        Field("at", \.at)
        Field("message", \.message)
    }
    Object(Job.self) {
        Field("id", \.id)
        Field("kind") { $0.kind.rawValue }.describe("`machine.destroy`, `snapshot.create`, ...")
        Field("title", \.title)
        Field("machineId") { ID($0.machineID.rawValue) }
        Field("machineName", \.machineName).describe("The name that the machine had when the job was asked for.")
        Field("actor", \.actor).describe("Who asked for it.")
        Field("state", \.state)
        Field("step", \.step).describe("What is being done now.")
        Field("progress", \.progress).describe("In percent; null where nobody can tell.")
        Field("message", \.message).describe("How it ended.")
        Field("canCancel") { $0.canCancel && !$0.state.isOver && !$0.isCancelRequested }
        Field("cancelRequested", \.isCancelRequested)
        Field("createdAt", \.createdAt)
        Field("startedAt", \.startedAt)
        Field("finishedAt", \.finishedAt)
        Field("log", as: [JobLine].self, groupedBy: \.id) { ids, context in
            try await context.services.jobs.store.lines(of: ids)
        }.describe("What it has said, oldest line first.")
    }
    Object(ScheduleView.self, name: "JobSchedule") {
        Field("id") { ID($0.schedule.id) }
        Field("title", \.schedule.title)
        Field("rhythm", \.schedule.rhythmWords).describe("`every 30 s`, `daily at 02:00` by the host's own time.")
        Field("nextDue") { $0.state?.nextDue }
        Field("runningSince") { $0.state?.runningSince }
        Field("runningOn") { $0.state?.runningOn }.describe("Which bayd is at it.")
        Field("lastStarted") { $0.state?.lastStarted }
        Field("lastEnded") { $0.state?.lastEnded }
        Field("lastSucceeded") { $0.state?.lastSucceeded }
        Field("lastMessage") { $0.state?.lastMessage }.describe("What the last run came to, or why it failed.")
        Field("failures") { $0.state?.failures ?? 0 }.describe("How many runs have failed one after the other.")
        Field("runs") { $0.state?.runs ?? 0 }
    }
    Input(
        JobFilterInput.self, Argument<[Job.State]?>("states", default: nil), Argument<ID?>("machineId", default: nil)
    ) { states, machine in
        JobFilterInput(
            filter: JobStore.Filter(states: states, machine: machine.map { Machine.ID($0.rawValue) }))
    }

    Query(requires: .user) {
        Field(
            "jobs", Argument<JobFilterInput?>("filter", default: nil), Argument<Pagination?>("pagination", default: nil)
        ) { context, filter, page in
            let window = try Pagination.window(page, unsaid: 100, maximum: JobStore.maximumPage)
            return try await context.services.jobs.store.list(
                filter?.filter ?? JobStore.Filter(), skip: window.skip, limit: window.take,
                scope: try context.signedIn.machineScope)
        }.describe("Long operations: those that run, then those that were asked for last.")
        Field("job", Argument<Job.ID>("id")) { context, id in
            try await context.services.jobs.store.find(id, scope: try context.signedIn.machineScope)
        }
    }
    Query(requires: .admin) {
        Field("jobSchedules") { context in
            let states = try await context.services.scheduler.states()
            return context.services.scheduler.schedules.map { ScheduleView(schedule: $0, state: states[$0.id]) }
        }
    }
    Mutation(requires: .user) {
        Field("cancelJob", Argument<Job.ID>("id")) { context, id in
            try await context.services.jobs.cancel(id, by: try context.signedIn)
        }.describe("Calls a job off that has not yet begun what cannot be taken back.")
    }
    Mutation(requires: .admin) {
        Field("runJobNow", Argument<ID>("schedule")) { context, id in
            try await context.services.scheduler.want(id.rawValue, by: try context.signedIn.name)
            return Success("\(id.rawValue) runs as soon as a bayd is free")
        }
    }
}
