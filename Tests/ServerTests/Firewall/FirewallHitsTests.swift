import Core
import Postgres
import Server
import Testing

@Suite struct FirewallHitsTests {
    private static let web = FirewallRule.ID("web")

    private func filters(_ machines: [Machine], _ world: World) async throws -> [String] {
        var names: [String] = []
        for machine in machines {
            let set = try await world.services.firewall.set(of: .machine(machine.id), for: world.admin)
            names.append(try #require(set).filterName)
        }
        return names
    }

    /// Two machines of one department, whose rules are with libvirt.
    private func filtered(_ world: World) async throws -> (machines: [Machine], lab: FirewallOwner) {
        let machines = try await world.adopt("alpha", "beta")
        let lab = FirewallOwner.department(try #require(machines[0].departmentID))
        let rule = FirewallRuleDraft(name: "web", protocolName: "tcp", destination: .init(portStart: 80))
        _ = try await world.services.firewall.change(lab, FirewallChange(creates: [rule]), by: "ann")
        try await world.eventually("both are filtered") {
            let rows = try await world.services.database.rows(
                "SELECT 1 FROM firewall_machine WHERE made_at IS NOT NULL AND machine_id = ANY(\(machines.map(\.id.rawValue)))"
            )
            return rows.count == 2
        }
        return (machines, lab)
    }

    @Test func `hits of a machine are those of its filter, and a department's the sum over its machines`() async throws
    {
        try await World.with(hasFilters: true) { world in
            let (machines, lab) = try await filtered(world)
            let names = try await filters(machines, world)
            let book = try #require(world.book)
            book.count(
                .counted([
                    names[0]: [Self.web: RuleHits(packets: 3, bytes: 180)],
                    names[1]: [Self.web: RuleHits(packets: 4, bytes: 240)],
                    "somebody-else's": [Self.web: RuleHits(packets: 100, bytes: 100)],
                ]))
            let hits = world.services.firewallHits
            let looks = book.looks
            let one = try await hits.hits(of: .machine(machines[0].id), for: world.admin)
            #expect(one.rules == [Self.web: RuleHits(packets: 3, bytes: 180)])
            #expect(one.reason == nil && one.since != nil)
            let all = try await hits.hits(of: lab, for: world.admin)
            #expect(all.rules == [Self.web: RuleHits(packets: 7, bytes: 420)])
            // Whoever asks at the same moment shares a look.
            try await withThrowingTaskGroup(of: FirewallHits.self) { group in
                for _ in 0..<50 { group.addTask { try await hits.hits(of: lab, for: world.admin) } }
                for try await more in group { #expect(more.rules == all.rules) }
            }
            // One, or a second one where this machine took longer than an answer is good for.
            #expect((1...10).contains(book.looks - looks))
        }
    }

    @Test func `where nothing is counted it is said why, and no number is made up`() async throws {
        try await World.with(hasFilters: true) { world in
            let hits = world.services.firewallHits
            let book = try #require(world.book)
            let bare = try await world.adopt("gamma", into: "Bare")[0]
            func reason(_ owner: FirewallOwner) async throws -> String? {
                let found = try await hits.hits(of: owner, for: world.admin)
                #expect(found.rules.isEmpty && found.since == nil)
                return found.reason
            }
            #expect(try await reason(.machine(bare.id))?.contains("nobody has made rules") == true)
            let (machines, lab) = try await filtered(world)
            let machine = FirewallOwner.machine(machines[0].id)
            #expect(try await reason(machine) == "the demo's networks lead nowhere")
            book.count(.counted([:]))
            try await world.eventually("the machine is known not to run") {
                try await reason(machine) == "the machine does not run"
            }
            #expect(try await reason(lab) == "none of its machines runs")
            let names = try await filters(machines, world)
            book.count(.counted([names[0]: [:]]))
            try await world.eventually("the rules are known to be old") {
                try await reason(machine)?.contains("an older Bay") == true
            }
        }
    }

    @Test func `nobody learns of machines that are not his`() async throws {
        try await World.with(hasFilters: true) { world in
            let (machines, lab) = try await filtered(world)
            let stranger = Caller(name: "eve", role: .user, userID: "eve")
            for owner in [FirewallOwner.machine(machines[0].id), lab] {
                await #expect(throws: FirewallError.self) {
                    _ = try await world.services.firewallHits.hits(of: owner, for: stranger)
                }
            }
        }
    }
}
