import Core
import JSON
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

@Suite struct JobServiceTests {
    private let ada = Caller(name: "ada", role: .admin, userID: "u-ada")
    private let machine = Machine(id: Machine.ID("m"), name: "web", internalName: "web", status: .off, isManaged: true)
    private struct Failure: Error {}

    private func machine(_ number: Int) -> Machine {
        Machine(id: Machine.ID("m\(number)"), name: "web", internalName: "web", status: .off, isManaged: true)
    }

    private func service(_ database: Database, _ name: String = "a") -> JobService {
        JobService(
            database: database, owner: ProcessName(host: "h", processID: 1, nonce: name), clock: SystemClock(),
            log: TestDatabase.quiet)
    }

    private func job(_ service: JobService) async throws -> Job {
        try #require(try await service.store.list(.init(), skip: 0, limit: 1, scope: .all).first)
    }

    /// Makes every lease run out, as time does when nobody renews it.
    private func expire(_ database: Database) async throws {
        try await database.execute("UPDATE job SET lease_until = timezone('UTC', now()) - interval '1 second'")
    }

    @Test func `a job is a row from its beginning to its end, and each change is told`() async throws {
        let database = try await TestDatabase.make()
        let service = service(database)
        let value = try await service.run(.createSnapshot, on: machine, detail: ["name": "one"], by: ada) { job in
            #expect(try await self.job(service).state == .queued)
            try await job.step("looking", progress: 10)
            try await job.step("taking it", progress: 50, isFinal: true, detail: ["begun": true])
            let now = try await self.job(service)
            #expect(now.state == .running && now.progress == 50 && !now.canCancel && now.step == "taking it")
            return 7
        }
        #expect(value == 7)
        let job = try await job(service)
        #expect(job.state == .succeeded && job.progress == 100 && job.title == "snapshot one of web")
        #expect(job.detail == ["name": "one", "begun": true] && job.actor == "ada" && job.finishedAt != nil)
        #expect(
            try await service.store.lines(of: [job.id])[job.id]?.map(\.message) == ["looking", "taking it", "done"])
        let events = try await EventStore(database: database).events(after: 0, limit: 100)
        #expect(events.map(\.action) == ["create", "update", "update", "finish"])
        #expect(events.last?.message == "snapshot one of web is done")
    }

    @Test func `a failure is the job's end, in words for everybody`() async throws {
        let database = try await TestDatabase.make()
        let service = service(database)
        await #expect(throws: MachineError.self) {
            try await service.run(.destroyMachine, on: self.machine, by: self.ada) { _ in
                throw MachineError.hypervisor(reason: "no such pool")
            }
        }
        #expect(try await job(service).message == "the hypervisor could not do it: no such pool")
        await #expect(throws: Failure.self) {
            try await service.run(.destroyMachine, on: self.machine, by: self.ada) { _ in throw Failure() }
        }
        let failed = try await job(service)
        #expect(failed.state == .failed && failed.message == "the log of bayd says why")
    }

    @Test func `a job is called off until it has begun what cannot be taken back`() async throws {
        let database = try await TestDatabase.make()
        let (one, two) = (service(database, "a"), service(database, "b"))
        let begun = Gate()
        let running = Task {
            try await one.run(.changeHardware, on: self.machine, by: self.ada) { job in
                try await job.step("waiting")
                begun.open()
                await Gate().wait()
                try await job.step("doing it", isFinal: true)
            }
        }
        await begun.wait()
        let waiting = try await job(one)
        let eve = Caller(name: "eve", role: .user, userID: "u-eve")
        await #expect(throws: JobError.notFound) { try await two.cancel(waiting.id, by: eve) }
        // It is asked of another bayd, and the one that runs it hears at its next heartbeat.
        #expect(try await two.cancel(waiting.id, by: ada).isCancelRequested)
        try await one.beat()
        await #expect(throws: (any Error).self) { try await running.value }
        #expect(try await job(one).state == .cancelled)
        await #expect(throws: JobError.isOver(.cancelled)) { try await two.cancel(waiting.id, by: ada) }

        _ = try await one.run(.destroyMachine, on: machine, by: ada) { job in
            try await job.step("forgetting its domain", isFinal: true)
            await #expect(throws: JobError.tooLate(step: "forgetting its domain")) {
                try await one.cancel(job.id, by: self.ada)
            }
        }
        #expect(try await job(one).state == .succeeded)
    }

    @Test func `jobs beyond the turns wait, and can be called off before they begin`() async throws {
        let database = try await TestDatabase.make()
        let service = service(database)
        let go = Gate()
        let begun = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<JobService.slots {
                group.addTask {
                    try await service.run(.createSnapshot, on: self.machine(number), by: self.ada) { job in
                        try await job.step("at it")
                        begun.up()
                        await go.wait()
                    }
                }
            }
            try await eventually("all turns are taken") { begun.value == JobService.slots }
            let late = Task {
                try await service.run(.destroyMachine, on: self.machine, by: self.ada) { _ in
                    Issue.record("it was never its turn")
                }
            }
            try await eventually("one more waits") { try await self.job(service).kind == .destroyMachine }
            let waiting = try await job(service)
            #expect(waiting.state == .queued)
            _ = try await service.cancel(waiting.id, by: ada)
            await #expect(throws: CancellationError.self) { try await late.value }
            go.open()
            try await group.waitForAll()
        }
        let states = try await service.store.list(.init(), skip: 0, limit: 100, scope: .all).map(\.state)
        #expect(states.filter { $0 == .succeeded }.count == JobService.slots)
        #expect(states.filter { $0 == .cancelled }.count == 1)
    }

    @Test func `a job whose bayd is gone is settled by one other, and the dead one can change nothing`() async throws {
        let database = try await TestDatabase.make()
        let (dead, heirs) = (service(database, "dead"), ["b", "c"].map { service(database, $0) })
        let (begun, go) = (Gate(), Gate())
        let settled = Mutex<[Job.ID]>([])
        for heir in heirs {
            heir.settle(.destroyMachine) { job, _ in
                settled.withLock { $0.append(job.id) }
                return .succeeded("found done")
            }
        }
        let running = Task {
            try await dead.run(.destroyMachine, on: self.machine, by: self.ada) { job in
                try await job.step("forgetting its domain", isFinal: true)
                begun.open()
                await go.wait()
                try await job.step("deleting disks", isFinal: true)
                Issue.record("it went on with what another one has taken")
            }
        }
        await begun.wait()
        for heir in heirs { try await heir.settleExpired() }
        #expect(settled.withLock { $0.isEmpty }, "its lease has not run out")
        try await expire(database)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for heir in heirs { group.addTask { try await heir.settleExpired() } }
            try await group.waitForAll()
        }
        go.open()
        await #expect(throws: JobError.taken) { try await running.value }
        let job = try await job(dead)
        #expect(settled.withLock { $0 } == [job.id])
        #expect(job.state == .succeeded && job.message == "found done")
        let ends = try await EventStore(database: database).events(after: 0, limit: 100).filter {
            $0.action == "finish"
        }
        #expect(ends.count == 1)
    }

    @Test func `a machine has one job at a time, whichever bayd is asked`() async throws {
        let database = try await TestDatabase.make()
        let (one, two) = (service(database, "a"), service(database, "b"))
        try await one.run(.createSnapshot, on: machine, detail: ["name": "one"], by: ada) { _ in
            await #expect(throws: JobError.busy(with: "snapshot one of web")) {
                try await two.run(.destroyMachine, on: self.machine, by: self.ada) { _ in Issue.record("it began") }
            }
            try await two.run(.destroyMachine, on: self.machine(2), by: self.ada) { _ in }
        }
        try await two.run(.destroyMachine, on: machine, by: ada) { _ in }
        let states = try await one.store.list(.init(), skip: 0, limit: 10, scope: .all).map(\.state)
        #expect(states == [.succeeded, .succeeded, .succeeded])
    }

    @Test func `what never began is interrupted, and what cannot be told waits for an answer`() async throws {
        let database = try await TestDatabase.make()
        let heir = service(database)
        let answer = Mutex<JobService.Settlement?>(nil)
        heir.settle(.restoreSnapshot) { _, _ in
            guard let settlement = answer.withLock({ $0 }) else { throw LibvirtError.notConnected("down", call: "x") }
            return settlement
        }
        for (id, state) in [("queued", "queued"), ("running", "running")] {
            try await database.execute(
                """
                INSERT INTO job (id, kind, machine_id, machine_name, actor, state, owner, lease_until)
                VALUES (\(id), 'snapshot.restore', 'm', 'web', 'ada', \(state), 'dead', timezone('UTC', now()))
                """)
        }
        func state(_ id: String) async throws -> Job? {
            try await heir.store.find(Job.ID(id), scope: .all)
        }
        try await expire(database)
        try await heir.settleExpired()
        #expect(try await state("queued")?.state == .interrupted)
        #expect(try await state("running")?.state == .running, "libvirt cannot be asked")
        answer.withLock { $0 = .undecided("it is still at it") }
        try await expire(database)
        try await heir.settleExpired()
        #expect(try await state("running")?.state == .running)
        try await database.execute(
            "UPDATE job SET settling_since = settling_since - interval '10 minutes' WHERE finished_at IS NULL")
        try await expire(database)
        try await heir.settleExpired()
        #expect(try await state("running")?.state == .interrupted)
    }

    @Test func `a log keeps its newest lines, and old jobs go`() async throws {
        let database = try await TestDatabase.make()
        let service = service(database)
        try await service.run(.createSnapshot, on: machine, by: ada) { job in
            try await job.step("first")
            try await database.execute(
                """
                UPDATE job SET log = (SELECT array_agg('2026-01-01T00:00:00.000Z line ' || n)
                                        FROM generate_series(1, \(JobStore.maximumLines)) n)
                """)
            try await job.step("last")
        }
        let id = try await job(service).id
        let lines = try #require(try await service.store.lines(of: [id])[id])
        #expect(lines.count == JobStore.maximumLines)
        #expect(lines.first?.message == "line 3" && lines.suffix(2).map(\.message) == ["last", "done"])
        try await database.execute("UPDATE job SET finished_at = finished_at - interval '31 days'")
        #expect(try await OrphanCleanup(database: database).run() == "deleted: 1 old jobs")
    }
}

/// A number that tasks count up.
private final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func up() { number.withLock { $0 += 1 } }
}
