import Core
import Libvirt
import Postgres
import Server
import TestSupport
import Testing

/// What the scheduled jobs do, on libvirt's test driver.
@Suite struct ScheduledJobTests {
    private func run(_ schedule: JobSchedule, _ world: World) async throws -> ScheduleState {
        let scheduler = world.services.scheduler
        let before = try await scheduler.states()[schedule.id]?.runs ?? 0
        try await scheduler.want(schedule.id, by: "test")
        try await world.eventually("\(schedule.id) has run") {
            try await scheduler.states()[schedule.id]?.runs ?? 0 > before
        }
        return try #require(try await scheduler.states()[schedule.id])
    }

    @Test func `all of them stand in the table with their times`() async throws {
        try await World.with { world in
            let scheduler = world.services.scheduler
            #expect(
                scheduler.schedules.map(\.id) == [
                    "firewall", "graphics", "metrics-watchdog", "orphan-cleanup", "power-state",
                ])
            try await world.eventually("those that count seconds have run") {
                let states = try await scheduler.states()
                return ["firewall", "graphics", "metrics-watchdog", "power-state"].allSatisfy {
                    states[$0]?.lastSucceeded == true
                } && states["orphan-cleanup"] != nil
            }
            #expect(try await scheduler.states()["orphan-cleanup"]?.runs == 0)
        }
    }

    @Test func `a state that no event told of is put right`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id
            try await world.services.database.execute(
                "UPDATE \"Machine\" SET status = 'running' WHERE id = \(id.rawValue)")
            let state = try await run(.powerState, world)
            #expect(state.lastSucceeded == true)
            try await world.eventually("it is off") {
                try await world.services.machines.find(id, for: world.admin).status == .off
            }
        }
    }

    @Test func `where screens are is written when it changes, and no password`() async throws {
        try await World.with { world in
            let services = world.services
            try await world.define(
                "alpha", in: "devices", "<graphics type='vnc' port='5907' listen='10.0.0.5' passwd='secret'/>")
            let id = try await world.adopt("alpha")[0].id
            _ = try await services.machines.perform(.start, on: id, for: world.admin)
            try await world.eventually("it is known to run") { services.index.active().contains { $0.id == id } }
            func row() async throws -> [String] {
                let row = try await services.database.row(
                    """
                    SELECT concat_ws(' ', "graphicProtocol", "graphicHost", coalesce("graphicPort", 0),
                                     coalesce("graphicPassword", 'none')) AS line, "updatedAt"::text AS at
                      FROM "MachineConfiguration" WHERE "machineId" = \(id.rawValue)
                    """)
                return [try row?.decode(String.self, "line") ?? "", try row?.decode(String.self, "at") ?? ""]
            }
            _ = try await run(.graphics, world)
            let first = try await row()
            #expect(first[0] == "vnc 10.0.0.5 5907 none")
            #expect(try await run(.graphics, world).lastMessage == "nothing has changed")
            #expect(try await row() == first, "what did not change is not written")
            _ = try await services.machines.perform(.stop, on: id, for: world.admin)
            try await world.eventually("it is known to be off") { !services.index.active().contains { $0.id == id } }
            _ = try await run(.graphics, world)
            #expect(try await row()[0] == "vnc 10.0.0.5 0 none")
            let told = try await world.messages(of: id).filter { $0 == "the screen of alpha is at vnc://10.0.0.5:5907" }
            #expect(told.count == 1)
        }
    }

    @Test func `a machine that runs without figures is an error until figures come`() async throws {
        try await World.with { world in
            let services = world.services
            let id = try await world.adopt("alpha")[0].id
            _ = try await services.machines.perform(.start, on: id, for: world.admin)
            try await world.eventually("it is known to run") { services.index.active().contains { $0.id == id } }
            // The time of the figures and of the start is the test's own.
            let clock = HandClock("2030-01-01T12:00:00Z")
            let watchdog = FigureWatchdog(
                database: services.database, hypervisor: services.hypervisor, index: services.index,
                errors: services.errors, clock: clock)
            #expect(try await watchdog.look() == "bayd has not run for long enough")
            clock.advance(seconds: 301)
            #expect(try await watchdog.look() == "1 of 1 machines have no figures")
            try await services.errors.write()
            func open() async throws -> [ErrorEntry] {
                try await services.errors.store.list(
                    .init(isResolved: false, code: FigureWatchdog.code), skip: 0, limit: 10)
            }
            try await world.eventually("it is recorded") { try await open().count == 1 }
            #expect(try await open()[0].severity == .medium)
            _ = try await services.metrics.maintain(now: clock.now.rawValue)
            try await services.metrics.append([MetricRow(machineID: id.rawValue, at: clock.now.rawValue - 60_000)])
            #expect(try await watchdog.look() == "0 of 1 machines have no figures")
            #expect(try await open().isEmpty)
        }
    }

    @Test func `what belongs to nothing is deleted, and nothing else`() async throws {
        try await World.with { world in
            let database = world.services.database
            let id = try await world.adopt("alpha")[0].id
            for (machine, days) in [(id.rawValue, 3), ("gone", 3), ("late", 0)] {
                let at = world.services.clock.now.rawValue - Int64(days) * 86_400_000
                _ = try await world.services.metrics.maintain(now: at)
                try await world.services.metrics.append([MetricRow(machineID: machine, at: at)])
            }
            let words = try await OrphanCleanup(database: database).run()
            #expect(words == "deleted: 1 figures of machines that are gone")
            let kept = try await database.rows("SELECT DISTINCT machine_id FROM machine_metric ORDER BY 1")
            #expect(try kept.map { try $0.decode(String.self, "machine_id") } == [id.rawValue, "late"].sorted())
            #expect(try await OrphanCleanup(database: database).run() == "nothing was left over")
        }
    }
}
