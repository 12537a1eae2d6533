import Core
import JSON
import Postgres
import Server
import Testing

@Suite struct FirewallServiceTests {
    private static func allow(
        _ name: String, _ port: Int?, _ action: FirewallRule.Action = .accept, priority: Int = 500,
        overrides: Bool = false
    ) -> FirewallRuleDraft {
        FirewallRuleDraft(
            name: name, action: action, direction: .incoming, priority: priority, protocolName: "tcp",
            destination: .init(portStart: port), overridesDepartment: overrides)
    }

    private func events(_ world: World) async throws -> [EventRecord] {
        try await world.services.events.events(after: 0, limit: 1000).filter { $0.resource == "firewall" }
    }

    @Test func `a set is made with its first rule, and each change is an event`() async throws {
        try await World.with(hasFilters: true) { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let department = try #require(machine.departmentID)
            let owner = FirewallOwner.department(department)
            #expect(try await firewall.set(of: owner, for: world.admin) == nil)
            let made = try await firewall.change(
                owner, FirewallChange(creates: [Self.allow("SSH", 22)]), by: "ann")
            #expect(made.set.name == "Firewall rules for Lab" && made.set.filterName.hasPrefix("ibay-department-"))
            let id = try #require(made.created.first?.id)
            let changed = try await firewall.change(
                ruleOf: id, FirewallChange(updates: [.init(id) { $0.destination.portStart = 2222 }]), by: "ann")
            #expect(changed.updated.map(\.draft.destination.portStart) == [2222])
            // What changes nothing is no change.
            let same = try await firewall.change(ruleOf: id, FirewallChange(updates: [.init(id) { _ in }]), by: "ann")
            #expect(same.updated.isEmpty)
            let kept = try await firewall.set(of: owner, for: world.admin)
            #expect(kept?.rules.map(\.draft) == changed.updated.map(\.draft))
            _ = try await firewall.change(ruleOf: id, FirewallChange(deletes: [id]), by: "ben")
            #expect(try await firewall.set(of: owner, for: world.admin)?.rules == [])
            let told = try await events(world).filter { $0.data["ruleId"]?.string == id.rawValue }
            #expect(told.map(\.action) == ["create", "update", "delete"])
            #expect(told.map(\.actor) == ["ann", "ann", "ben"])
            #expect(told.first?.message == "rule \"SSH\" of department Lab was made")
            #expect(told.first?.data["departmentId"]?.string == department.rawValue)
            await #expect(throws: FirewallError.ruleNotFound) {
                try await firewall.change(ruleOf: id, FirewallChange(deletes: [id]), by: "ben")
            }
        }
    }

    @Test func `what is wrong and what conflicts is refused as a whole, in words that front ends know`() async throws {
        try await World.with(hasFilters: true) { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let lab = FirewallOwner.department(try #require(machine.departmentID))
            let own = FirewallOwner.machine(machine.id)
            _ = try await firewall.change(lab, FirewallChange(creates: [Self.allow("no web", 80, .drop)]), by: "ann")
            func message(_ owner: FirewallOwner, _ drafts: FirewallRuleDraft...) async -> String {
                do {
                    _ = try await firewall.change(owner, FirewallChange(creates: drafts), by: "ann")
                    return "done"
                } catch { return (error as? FirewallError)?.message ?? "\(error)" }
            }
            #expect(
                await message(lab, Self.allow("a", 81), Self.allow("b", 70000)).contains("Destination port start 70000")
            )
            #expect(
                await message(lab, Self.allow("a", 81, overrides: true))
                    == "overridesDept can only be used for VM rules")
            let conflict = await message(own, Self.allow("web", 80))
            #expect(conflict.contains("contradict") && conflict.contains("overridesDept=true"), "\(conflict)")
            // The way out that it names is one.
            #expect(await message(own, Self.allow("web", 80, overrides: true)) == "done")
            #expect(await message(.machine(Machine.ID("none")), Self.allow("a", 81)) == "VM not found")
            #expect(await message(.department(Department.ID("none")), Self.allow("a", 81)) == "Department not found")
            #expect(try await firewall.set(of: lab, for: world.admin)?.rules.count == 1)
            let effective = try await firewall.effective(machine.id, for: world.admin)
            #expect(effective.shown.map(\.draft.name) == ["web"])
            #expect(effective.rules.rules.map(\.name) == ["web", "no web"] && effective.conflicts.isEmpty)
        }
    }

    @Test func `of two who make contradicting rules at once one is refused`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let draft = Self.allow("rule \(number)", 80, number.isMultiple(of: 2) ? .accept : .drop)
                        return
                            (try? await firewall.change(
                                .machine(machine.id), FirewallChange(creates: [draft]), by: "ann")) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 1)
            #expect(try await firewall.set(of: .machine(machine.id), for: world.admin)?.rules.count == 1)
        }
    }

    @Test func `a preview tells what a change would do, and does nothing`() async throws {
        try await World.with(hasFilters: true) { world in
            let firewall = world.services.firewall
            let machines = try await world.adopt("alpha", "beta")
            let lab = FirewallOwner.department(try #require(machines[0].departmentID))
            _ = try await firewall.change(
                .machine(machines[0].id), FirewallChange(creates: [Self.allow("web", 80)]), by: "ann")
            let change = FirewallChange(creates: [Self.allow("nothing", nil, .drop, priority: 100)])
            let preview = try await firewall.preview(lab, change, for: world.admin)
            #expect(preview.findings.isEmpty && preview.conflicts.isEmpty && preview.machineCount == 2)
            #expect(preview.machines.map(\.name) == ["alpha", "beta"])
            #expect(preview.machines.map(\.isFirst) == [false, true])
            #expect(preview.machines.map { $0.appearing.map(\.draft.name) } == [["nothing"], ["nothing"]])
            #expect(preview.machines.map { $0.shadowed.map(\.draft.name) } == [["web"], []])
            #expect(preview.silencing.map(\.draft.name) == ["nothing"])
            let wrong = try await firewall.preview(
                lab, FirewallChange(creates: [Self.allow("", 80)]), for: world.admin)
            #expect(wrong.findings == ["the rule's name is empty"] && wrong.machines.isEmpty)
            #expect(try await firewall.set(of: lab, for: world.admin) == nil)
        }
    }

    @Test func `an owner sees the rules of his machine and its department, a stranger none`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let lab = FirewallOwner.department(try #require(machine.departmentID))
            try await world.services.database.execute(
                """
                INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName")
                VALUES ('ada', 'ada@x.org', '', false, 'a', 'a')
                """)
            _ = try await world.services.machines.assign(machine.id, to: User.ID("ada"), by: world.admin)
            _ = try await firewall.change(lab, FirewallChange(creates: [Self.allow("SSH", 22)]), by: "ann")
            let (ada, eve) = (
                Caller(name: "ada", role: .user, userID: "ada"), Caller(name: "eve", role: .user, userID: "eve")
            )
            #expect(try await firewall.set(of: lab, for: ada)?.rules.count == 1)
            #expect(try await firewall.effective(machine.id, for: ada).departmentRules.count == 1)
            await #expect(throws: FirewallError.departmentNotFound) { try await firewall.set(of: lab, for: eve) }
            await #expect(throws: FirewallError.machineNotFound) {
                try await firewall.effective(machine.id, for: eve)
            }
        }
    }

    @Test func `a verdict is asked for the answer, too, and tells which rule decides`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            _ = try await firewall.change(
                .machine(machine.id), FirewallChange(creates: [Self.allow("web", 443)]), by: "ann")
            func ask(_ port: Int) async throws -> FirewallAnswer {
                try await firewall.verdict(
                    FirewallQuestion(
                        direction: .incoming, source: .init(portStart: 50000, address: "10.0.3.7"),
                        destination: .init(portStart: port)), on: machine.id, for: world.admin)
            }
            let (open, closed) = (try await ask(443), try await ask(80))
            #expect(open.deciding.action == .accept && open.deciding.rule.name == "web")
            #expect(closed.deciding.action == .drop && closed.deciding.rule.origin == .policy)
            #expect(closed.verdict.trace.contains { $0.rule.name == "web" && $0.difference == .destinationPort })
            await #expect(throws: FirewallError.self) {
                try await firewall.verdict(
                    FirewallQuestion(direction: .both, protocolName: "x"), on: machine.id, for: world.admin)
            }
        }
    }

    @Test func `templates are added as a whole, and what is said already is left out`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            for template in FirewallTemplate.all {
                let department = try await world.services.departments.create(named: template.id, by: "ann")
                let owner = FirewallOwner.department(department.id)
                let made = try await firewall.apply(
                    presets: ["ssh"], template: template.id, to: owner, confirmWithin: nil, by: "ann")
                #expect(made.created.count >= template.rules.count, "\(template.id)")
                let again = try await firewall.apply(
                    presets: ["ssh"], template: template.id, to: owner, confirmWithin: nil, by: "ann")
                #expect(again.created.isEmpty && again.set.rules.count == made.created.count, "\(template.id)")
            }
            await #expect(throws: FirewallError.unknownPreset("gopher")) {
                try await firewall.apply(
                    presets: ["gopher"], template: nil, to: .department(Department.ID("x")), confirmWithin: nil,
                    by: "ann")
            }
        }
    }

    @Test func `what is exported is imported the same`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            let (one, two) = (
                try await world.services.departments.create(named: "one", by: "ann"),
                try await world.services.departments.create(named: "two", by: "ann")
            )
            var settings = FirewallSettings()
            settings.policy.outgoing = .reject
            settings.guardsAddresses = false
            var detailed = Self.allow("detailed", 8000)
            detailed.destination.portEnd = 8080
            detailed.source = .init(address: "2001:db8::", mask: "32")
            detailed.connectionState = ["new": true, "invalid": false]
            detailed.description = "of a test"
            _ = try await firewall.change(
                .department(one.id), FirewallChange(creates: [Self.allow("SSH", 22), detailed], settings: settings),
                by: "ann")
            let json = try await firewall.export(.department(one.id), for: world.admin)
            let made = try await firewall.importing(
                json, to: .department(two.id), replacesAll: true, confirmWithin: nil, by: "ann")
            #expect(made.set.rules.map(\.draft) == [Self.allow("SSH", 22), detailed])
            #expect(try await firewall.export(.department(two.id), for: world.admin) == json)
            let wrong = await #expect(throws: FirewallError.self) {
                try await firewall.importing(
                    ["rules": [["name": "x", "priority": "high", "port": 1]]], to: .department(two.id),
                    replacesAll: true, confirmWithin: nil, by: "ann")
            }
            #expect(
                wrong?.message
                    == "rule 1: priority is \"high\" and not a whole number; rule 1: \"port\" is not known")
        }
    }
}
