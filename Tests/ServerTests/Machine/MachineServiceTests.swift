import Core
import Server
import Testing

@Suite struct MachineServiceTests {
    @Test func `a domain is adopted once, and stays what it is`() async throws {
        try await World.with { world in
            let uuid = try world.domain("alpha")
            let machine = try #require(try await world.adopt("alpha").first)
            #expect(machine.name == "alpha" && machine.status == .off && machine.cpuCores == 2 && machine.ramGB == 1)
            let again = try await world.services.adoption.adopt(
                [uuid, "no-such-domain"], into: machine.departmentID!, by: world.admin)
            #expect(again.map(\.message) == ["adopted already", "no such domain on this host"])
            #expect(world.services.index.unmanaged(after: "", limit: 10).count == 2)
            #expect(try await world.actions(of: machine.id) == ["create"])
        }
    }

    @Test func `power actions do what they say and leave their events`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            let id = try await world.adopt("alpha")[0].id
            for (action, status) in [
                (MachineAction.start, MachineStatus.running), (.suspend, .suspended), (.resume, .running),
                (.restart, .running), (.shutdown, .off), (.start, .running), (.stop, .off),
            ] {
                let outcome = try await machines.perform(action, on: id, for: world.admin)
                #expect(outcome.machine.status == status, "\(action)")
                #expect(try await machines.find(id, for: world.admin).status == status, "\(action)")
            }
            let actions = try await world.actions(of: id).filter {
                MachineAction.allCases.map(\.eventAction).contains($0)
            }
            #expect(
                actions == [
                    "power_on", "suspend", "resume", "restart", "power_off", "power_on", "force_power_off",
                ])
        }
    }

    @Test func `what is so already is an answer and what cannot be is refused`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            let id = try await world.adopt("alpha")[0].id
            let outcome = try await machines.perform(.stop, on: id, for: world.admin)
            #expect(outcome.message == "alpha is already off")
            await #expect(throws: MachineError.refused(.reset, because: "it is off, not running")) {
                try await machines.perform(.reset, on: id, for: world.admin)
            }
            let stranger = Machine.ID(try world.domain("beta"))
            await #expect(throws: MachineError.refused(.start, because: "not adopted yet: adopt it first")) {
                try await machines.perform(.start, on: stranger, for: world.admin)
            }
            await #expect(throws: MachineError.notFound) {
                try await machines.perform(.start, on: .init("none"), for: world.admin)
            }
        }
    }

    @Test func `somebody else's machine is not found`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id
            let stranger = Caller(name: "eve", role: .user, userID: "eve")
            await #expect(throws: MachineError.notFound) {
                try await world.services.machines.perform(.start, on: id, for: stranger)
            }
            #expect(try await world.services.machines.find(id, for: world.admin).status == .off)
        }
    }

    @Test func `of many who start a machine at once each gets an answer and libvirt one call`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do {
                            return try await world.services.machines.perform(.start, on: id, for: world.admin).message
                        } catch {
                            return (error as? MachineError)?.message ?? "\(error)"
                        }
                    }
                }
                return await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(answers.filter { $0 == "alpha was started" }.count == 1)
            #expect(answers.allSatisfy { $0.contains("alpha") || $0.contains("busy with another operation (start)") })
            try await world.eventually("libvirt's event is recorded") {
                try await world.actions(of: id).filter { $0 == "started" }.count == 1
            }
        }
    }

    @Test func `what libvirt does by itself is recorded`() async throws {
        try await World.with { world in
            let machine = try await world.adopt("alpha")[0]
            let key = DomainKey.name("alpha")
            try await world.services.hypervisor.start(key)
            try await world.eventually("the machine runs") {
                try await world.services.machines.find(machine.id, for: world.admin).status == .running
            }
            let beta = Machine.ID(try world.domain("beta"))
            try await world.services.hypervisor.start(.name("beta"))
            try await world.eventually("the unmanaged domain's event") {
                try await world.actions(of: beta) == ["started"]
            }
            #expect(world.services.index.unmanaged(beta)?.status == .running)
            let event = try #require(try await world.services.events.events(before: nil, limit: 1).first)
            #expect(event.actor == "libvirt" && event.message.hasPrefix("beta started"))
        }
    }

    @Test func `a machine is renamed and moved, with checks`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            let adopted = try await world.adopt("alpha", "beta")
            let alpha = try #require(adopted.first { $0.name == "alpha" })
            #expect(try await machines.rename(alpha.id, to: " Front desk ", by: world.admin).name == "Front desk")
            await #expect(throws: MachineError.invalid("a machine named \"beta\" exists already")) {
                try await machines.rename(alpha.id, to: "beta", by: world.admin)
            }
            let other = try await world.services.departments.create(named: "Other", by: "x")
            #expect(try await machines.move(alpha.id, to: other.id, by: world.admin).departmentID == other.id)
            await #expect(throws: MachineError.departmentNotFound) {
                try await machines.move(alpha.id, to: .init("none"), by: world.admin)
            }
        }
    }

    @Test func `a machine is given to a user, and to nobody`() async throws {
        try await World.with(bcryptCost: 4) { world in
            let machines = world.services.machines
            let id = try await world.adopt("alpha")[0].id
            let user = try await world.services.users.create(
                User(id: User.ID(""), email: "ada@example.org", firstName: "Ada", lastName: ""),
                password: "correct horse", by: world.admin)
            #expect(try await machines.assign(id, to: user.id, by: world.admin).userID == user.id.rawValue)
            let ada = Caller(name: user.email, role: .user, userID: user.id.rawValue)
            #expect(try await machines.find(id, for: ada).name == "alpha")
            #expect(try await machines.assign(id, to: nil, by: world.admin).userID == nil)
            await #expect(throws: MachineError.notFound) { try await machines.find(id, for: ada) }
            _ = try await world.services.users.setDeleted(true, user.id, by: world.admin)
            for nobody in [user.id, User.ID("none"), User.ID("")] {
                await #expect(throws: MachineError.userNotFound) {
                    try await machines.assign(id, to: nobody, by: world.admin)
                }
            }
            #expect(try await world.actions(of: id).filter { $0 == "update" }.count == 2)
        }
    }

    @Test func `pages by id hold every machine once`() async throws {
        try await World.with(domains: (0..<25).map { "vm\($0)" }) { world in
            let names = (0..<25).map { "vm\($0)" }
            let department = try await world.services.departments.create(named: "Lab", by: "x")
            let uuids = try names.map(world.domain)
            _ = try await world.services.adoption.adopt(uuids, into: department.id, by: world.admin)
            var seen: [Machine] = []
            var cursor = ""
            while true {
                let page = try await world.services.machines.store.page(after: cursor, limit: 7, scope: .all)
                seen += page
                guard let last = page.last else { break }
                cursor = last.id.rawValue
            }
            #expect(Set(seen.map(\.name)) == Set(names) && seen.count == 25)
        }
    }
}

@Suite struct SnapshotServiceTests {
    @Test func `a snapshot is taken, listed, restored and deleted`() async throws {
        try await World.with { world in
            let snapshots = world.services.snapshots
            let id = try await world.adopt("alpha")[0].id
            _ = try await world.services.machines.perform(.start, on: id, for: world.admin)
            let first = try await snapshots.create("first", description: "before <all>", of: id, by: world.admin)
            #expect(first.description == "before <all>")
            _ = try await snapshots.create("second", description: nil, of: id, by: world.admin)
            #expect(Set(try await snapshots.list(of: id, for: world.admin).map(\.name)) == ["first", "second"])
            #expect(try await snapshots.current(of: id, for: world.admin)?.name == "second")
            await #expect(throws: SnapshotError.alreadyExists("first")) {
                try await snapshots.create("first", description: nil, of: id, by: world.admin)
            }
            await #expect(throws: SnapshotError.self) {
                try await snapshots.restore("first", of: id, force: false, by: world.admin)
            }
            await #expect(throws: SnapshotError.notFound("none")) {
                try await snapshots.restore("none", of: id, force: true, by: world.admin)
            }
            try await snapshots.restore("first", of: id, force: true, by: world.admin)
            #expect(try await snapshots.current(of: id, for: world.admin)?.name == "first")
            try await snapshots.delete("second", of: id, by: world.admin)
            #expect(try await snapshots.list(of: id, for: world.admin).map(\.name) == ["first"])
            let events = try await world.actions(of: id).suffix(4)
            #expect(events.contains("restore") && events.contains("delete"))
        }
    }

    @Test func `a stranger sees no snapshots`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id
            await #expect(throws: SnapshotError.machineNotFound) {
                try await world.services.snapshots.list(of: id, for: Caller(name: "eve", role: .user))
            }
        }
    }
}
