import Core
import JSON
import Postgres
import Server
import TestSupport
import Testing

/// Long operations on machines, as jobs: what they leave behind, and what becomes of them when their bayd is gone.
@Suite struct MachineJobTests {
    private func jobs(_ world: World) async throws -> [Job] {
        try await world.services.jobs.store.list(.init(), skip: 0, limit: 100, scope: .all)
    }

    /// A job as a bayd leaves it that was killed: begun, and its lease has run out.
    private func leave(
        _ kind: Job.Kind, of machine: Machine, _ detail: JSONObject, in world: World
    ) async throws -> Job.ID {
        let id = "left-\(kind.rawValue)"
        try await world.services.database.execute(
            """
            INSERT INTO job (id, kind, machine_id, machine_name, actor, state, step, detail, can_cancel, owner, lease_until)
            VALUES (\(id), \(kind.rawValue), \(machine.id.rawValue), \(machine.name), 'ada', 'running', 'at it', \(detail),
                    false, 'dead', timezone('UTC', now()) - interval '1 second')
            """)
        return Job.ID(id)
    }

    private func settled(_ id: Job.ID, _ world: World) async throws -> Job {
        try await world.eventually("\(id) is settled") {
            try await world.services.jobs.settleExpired()
            return try await world.services.jobs.store.find(id, scope: .all)?.state.isOver == true
        }
        return try #require(try await world.services.jobs.store.find(id, scope: .all))
    }

    @Test func `what takes long leaves a job with the same words as its answer`() async throws {
        try await World.with { world in
            let (machines, snapshots) = (world.services.machines, world.services.snapshots)
            let machine = try await world.adopt("alpha")[0]
            _ = try await snapshots.create("one", description: nil, of: machine.id, by: world.admin)
            try await snapshots.restore("one", of: machine.id, force: false, by: world.admin)
            try await snapshots.delete("one", of: machine.id, by: world.admin)
            await #expect(throws: SnapshotError.notFound("none")) {
                try await snapshots.restore("none", of: machine.id, force: false, by: world.admin)
            }
            let message = try await machines.destroy(machine.id, by: world.admin)
            let jobs = try await jobs(world).sorted { $0.createdAt < $1.createdAt }
            #expect(
                jobs.map(\.kind) == [
                    .createSnapshot, .restoreSnapshot, .deleteSnapshot, .restoreSnapshot, .destroyMachine,
                ])
            #expect(jobs.map(\.state) == [.succeeded, .succeeded, .succeeded, .failed, .succeeded])
            #expect(jobs[3].message == "snapshot \"none\" not found" && jobs[4].message == message)
            #expect(jobs.allSatisfy { $0.actor == world.admin.name && !$0.canCancel })
        }
    }

    @Test func `a destruction that had begun is finished by another bayd, and one that had not is not`() async throws {
        try await World.with { world in
            let services = world.services
            let machines = try await world.adopt("alpha", "beta", "gamma")
            let byName = Dictionary(machines.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            let (alpha, beta, gamma) = (byName["alpha"]!, byName["beta"]!, byName["gamma"]!)
            // The domain of alpha was forgotten before bayd died, beta's was to be, and gamma had not been begun.
            try await services.hypervisor.undefine(.name("alpha"))
            let first = try await settled(
                try await leave(.destroyMachine, of: alpha, ["begun": true], in: world), world)
            #expect(first.state == .succeeded && first.message == "alpha was destroyed")
            #expect(try await services.machines.store.find(alpha.id, scope: .all) == nil)
            #expect(try await world.actions(of: alpha.id).filter { $0 == "delete" }.count == 1)
            let actor = try await services.events.events(after: 0, limit: 1000).last { $0.action == "delete" }?.actor
            #expect(actor == "ada")

            try await services.database.execute("DELETE FROM job")
            let second = try await settled(
                try await leave(.destroyMachine, of: beta, ["begun": true], in: world), world)
            #expect(
                second.state == .interrupted && second.message == "beta still has its domain, and was not destroyed")
            #expect(try await services.hypervisor.domain(.name("beta")).state == .shutOff)

            try await services.database.execute("DELETE FROM job")
            let third = try await settled(try await leave(.destroyMachine, of: gamma, [:], in: world), world)
            #expect(third.state == .interrupted && third.message == "bayd ended before anything was done")
            #expect(try await services.machines.store.find(gamma.id, scope: .all) != nil)
        }
    }

    @Test func `a snapshot that libvirt has taken is told of, and one that it has not is not taken again`() async throws
    {
        try await World.with { world in
            let services = world.services
            let alpha = try await world.adopt("alpha")[0]
            _ = try await services.hypervisor.createSnapshot(of: .name("alpha"), name: "made", description: nil)
            let made = try await settled(
                try await leave(.createSnapshot, of: alpha, ["name": "made", "begun": true], in: world), world)
            #expect(made.state == .succeeded)
            let told = try await world.messages(of: alpha.id).filter { $0 == "snapshot made of alpha was taken" }
            #expect(told.count == 1)

            try await services.database.execute("DELETE FROM job")
            let missing = try await settled(
                try await leave(.createSnapshot, of: alpha, ["name": "missing", "begun": true], in: world), world)
            #expect(missing.state == .interrupted)
            #expect(try await services.hypervisor.snapshots(of: .name("alpha")).map(\.name) == ["made"])

            try await services.database.execute("DELETE FROM job")
            let gone = try await settled(
                try await leave(.deleteSnapshot, of: alpha, ["name": "other", "begun": true], in: world), world)
            #expect(gone.state == .succeeded)
        }
    }

    @Test func `a user sees the jobs of his machines and no others`() async throws {
        try await World.with { world in
            let services = world.services
            let (alpha, beta) = (try await world.adopt("alpha")[0], try await world.adopt("beta", into: "Other")[0])
            try await services.database.execute(
                """
                INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName")
                VALUES ('u', 'u@x.org', '', false, '', '')
                """)
            try await services.database.execute(
                "UPDATE \"Machine\" SET \"userId\" = 'u' WHERE id = \(alpha.id.rawValue)")
            for machine in [alpha, beta] {
                _ = try await services.snapshots.create("one", description: nil, of: machine.id, by: world.admin)
            }
            let user = Caller(name: "u", role: .user, userID: "u")
            let seen = try await services.jobs.store.list(.init(), skip: 0, limit: 10, scope: user.machineScope)
            #expect(seen.map(\.machineID) == [alpha.id])
            let other = try #require(try await jobs(world).first { $0.machineID == beta.id })
            #expect(try await services.jobs.store.find(other.id, scope: user.machineScope) == nil)
            await #expect(throws: JobError.notFound) { try await services.jobs.cancel(other.id, by: user) }
        }
    }
}
