import Core
import JSON
import Postgres
import Server
import Testing

@Suite struct FirewallTrialTests {
    private static func rule(_ name: String, _ port: Int) -> FirewallRuleDraft {
        FirewallRuleDraft(
            name: name, direction: .incoming, protocolName: "tcp", destination: .init(portStart: port))
    }

    private func names(_ owner: FirewallOwner, _ world: World) async throws -> [String] {
        (try await world.services.firewall.set(of: owner, for: world.admin)?.rules ?? []).map(\.draft.name)
    }

    /// Its time is over at once.
    private func expire(_ trial: FirewallTrial, _ world: World) async throws {
        try await world.services.database.execute(
            "UPDATE firewall_trial SET expires_at = timezone('UTC', clock_timestamp()) WHERE id = \(trial.id)")
    }

    @Test func `rules that nobody confirms go back by themselves, as they were`() async throws {
        try await World.with(hasFilters: true) { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let lab = FirewallOwner.department(try #require(machine.departmentID))
            let before = try await firewall.change(
                lab, FirewallChange(creates: [Self.rule("SSH", 22), Self.rule("web", 80)]), by: "ann")
            var settings = FirewallSettings()
            settings.policy.incoming = .reject
            let changed = try await firewall.change(
                lab,
                FirewallChange(
                    creates: [Self.rule("RDP", 3389)],
                    updates: [.init(before.created[1].id) { $0.name = "site" }], deletes: [before.created[0].id],
                    settings: settings), confirmWithin: 5, by: "ann")
            let trial = try #require(changed.trial)
            #expect((1...5).contains(trial.secondsLeft))
            #expect(try await names(lab, world) == ["site", "RDP"])
            try await expire(trial, world)
            // Whatever wakes the one who looks after it.
            _ = try await firewall.change(.machine(machine.id), FirewallChange(), by: "ann")
            try await world.eventually("they went back") { try await names(lab, world) == ["SSH", "web"] }
            let now = try await firewall.set(of: lab, for: world.admin)
            #expect(now?.rules.map(\.id) == before.created.map(\.id))
            #expect(now?.rules.map(\.createdAt) == before.created.map(\.createdAt))
            let exported = try await firewall.export(lab, for: world.admin)
            #expect(exported["policy"]?["incoming"] == "DROP")
            #expect(try await firewall.trials().isEmpty)
            let actions = try await world.services.events.events(after: 0, limit: 1000).filter {
                $0.resource == "firewall" && $0.resourceID == lab.id
            }.map(\.action)
            #expect(actions.contains("await") && actions.last == "revert")
        }
    }

    @Test func `a confirmed change stays, and is confirmed once`() async throws {
        try await World.with(hasFilters: true) { world in
            let firewall = world.services.firewall
            let machine = try await world.adopt("alpha")[0]
            let owner = FirewallOwner.machine(machine.id)
            let changed = try await firewall.change(
                owner, FirewallChange(creates: [Self.rule("SSH", 22)]), confirmWithin: 3600, by: "ann")
            let trial = try #require(changed.trial)
            // Somebody else's changes would go back with it.
            await #expect(throws: FirewallError.awaitsConfirmation) {
                try await firewall.change(owner, FirewallChange(creates: [Self.rule("web", 80)]), by: "ben")
            }
            _ = try await firewall.confirm(trial.id, by: "ann")
            await #expect(throws: FirewallError.confirmationNotFound) {
                try await firewall.confirm(trial.id, by: "ann")
            }
            await #expect(throws: FirewallError.confirmationNotFound) { try await firewall.revert(trial.id, by: "ann") }
            #expect(try await names(owner, world) == ["SSH"])
            _ = try await firewall.change(owner, FirewallChange(creates: [Self.rule("web", 80)]), by: "ben")
        }
    }

    @Test func `a change is taken back on request, with all that its author did since`() async throws {
        try await World.with { world in
            let firewall = world.services.firewall
            let department = try await world.services.departments.create(named: "Office", by: "ann")
            let owner = FirewallOwner.department(department.id)
            let changed = try await firewall.change(
                owner, FirewallChange(creates: [Self.rule("SSH", 22)]), confirmWithin: 60, by: "ann")
            _ = try await firewall.change(owner, FirewallChange(creates: [Self.rule("web", 80)]), by: "ann")
            _ = try await firewall.revert(try #require(changed.trial).id, by: "ann")
            #expect(try await names(owner, world) == [])
            await #expect(throws: FirewallError.self) {
                try await firewall.change(owner, FirewallChange(), confirmWithin: 1, by: "ann")
            }
        }
    }
}
