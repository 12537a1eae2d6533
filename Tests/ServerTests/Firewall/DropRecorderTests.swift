import Core
import Postgres
import Server
import Testing

@Suite struct DropRecorderTests {
    private static let on: DropLogSettings = {
        var settings = DropLogSettings()
        settings.isOn = true
        return settings
    }()

    private static let closed = FirewallRuleDraft(
        name: "no telnet", action: .drop, direction: .incoming, protocolName: "tcp",
        destination: .init(portStart: 23))

    /// A packet to a port of a machine behind `vnet0`.
    private static func notice(
        _ port: Int, _ rule: String, from last: UInt8 = 7, on interface: String = "vnet0"
    ) throws -> DropNotice {
        let bytes: [UInt8] =
            [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 3, last, 10, 0, 3, 9]
            + [0xC3, 0x50, UInt8(port >> 8), UInt8(port & 0xFF), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0]
        return DropNotice(
            place: DropPlace(direction: .incoming, interface: interface, rule: FirewallRule.ID(rule)),
            header: try #require(PacketHeader(bytes[...])))
    }

    /// A machine with a rule, which runs behind `vnet0`.
    private func filtered(_ world: World) async throws -> (machine: Machine, rule: FirewallRule.ID) {
        let machine = try await world.adopt("alpha")[0]
        let owner = FirewallOwner.machine(machine.id)
        let made = try await world.services.firewall.change(
            owner, FirewallChange(creates: [Self.closed]), by: "ann")
        let rule = try #require(made.created.first).id
        try #require(world.book).bind(["vnet0": made.set.filterName])
        // The next change of rules makes bayd look which interface is whose.
        let other = FirewallRuleDraft(name: "web", protocolName: "tcp", destination: .init(portStart: 80))
        _ = try await world.services.firewall.change(owner, FirewallChange(creates: [other]), by: "ann")
        try await world.eventually("drops are told of") { world.services.drops.current.reason == nil }
        #expect(world.book?.isTold == true)
        return (machine, rule)
    }

    private func rows(_ machine: Machine, _ world: World) async throws -> [BlockedConnection] {
        try await world.services.blocked.rows(of: .machine(machine.id), limit: 500, for: world.admin)
    }

    @Test func `what rules keep out becomes rows with the rule's name, and suggests a rule`() async throws {
        try await World.with(hasFilters: true, drops: Self.on) { world in
            let (machine, rule) = try await filtered(world)
            let book = try #require(world.book)
            // Which machine is behind the interface is known a moment later.
            try await world.eventually("the first packet is recorded") {
                book.drop(DropBatch(notices: [try Self.notice(23, rule.rawValue)]))
                return try await !rows(machine, world).isEmpty
            }
            let web = try Self.notice(443, "policy-incoming", from: 8)
            book.drop(DropBatch(notices: [web, web, web, try Self.notice(1, "gone", on: "vnet9")], lost: 5))
            try await world.eventually("all are recorded") {
                try await rows(machine, world).contains { $0.port == 443 && $0.attempts == 3 }
            }
            let found = try await rows(machine, world)
            #expect(Set(found.map(\.port)) == [23, 443])
            let telnet = try #require(found.first { $0.port == 23 })
            #expect(telnet.rule == rule && telnet.reason == "kept out by \"no telnet\"")
            #expect(telnet.source == "10.0.3.7" && telnet.destination == "10.0.3.9" && telnet.protocolName == "TCP")
            #expect(found.first { $0.port == 443 }?.reason == "kept out by \"Default for incoming\"")
            #expect(world.services.drops.current.lost == 5)
            let suggested = try await world.services.blocked.suggestions(for: .machine(machine.id), for: world.admin)
            #expect(suggested.suggestions.suggestions.first?.draft.name == "HTTPS from 10.0.3.8")
            // The same of the department, and nothing for a stranger.
            let lab = FirewallOwner.department(try #require(machine.departmentID))
            #expect(try await world.services.blocked.rows(of: lab, limit: 1, for: world.admin).count == 1)
            let stranger = Caller(name: "eve", role: .user, userID: "eve")
            await #expect(throws: FirewallError.self) {
                _ = try await world.services.blocked.rows(of: lab, limit: 1, for: stranger)
            }
        }
    }

    @Test func `a scan of all ports is sixty rows and a number`() async throws {
        try await World.with(hasFilters: true, drops: Self.on) { world in
            let (machine, _) = try await filtered(world)
            let book = try #require(world.book)
            try await world.eventually("the first packet is recorded") {
                book.drop(DropBatch(notices: [try Self.notice(1, "policy-incoming")]))
                return try await !rows(machine, world).isEmpty
            }
            for port in 2...65_535 { book.drop(DropBatch(notices: [try Self.notice(port, "policy-incoming")])) }
            try await world.eventually("all packets are seen") {
                world.services.drops.current.suppressed >= 65_535 - 2 * 60
            }
            try await world.eventually("the rows are written") { try await rows(machine, world).count >= 60 }
            // Sixty, and as many again if a minute went by meanwhile.
            #expect(try await rows(machine, world).count <= 120)
            let suggested = try await world.services.blocked.suggestions(for: .machine(machine.id), for: world.admin)
            #expect(suggested.suggestions.suggestions.isEmpty)
            #expect(suggested.suggestions.scanners.map(\.description) == ["10.0.3.7"])
        }
    }

    @Test func `switched off nothing is put into the host's tables, and it is said why nothing is recorded`()
        async throws
    {
        try await World.with(hasFilters: true) { world in
            #expect(world.services.drops.current.reason?.contains("log_drops") == true)
            #expect(world.book?.isTold == false)
        }
    }

    @Test func `old rows go, and of a machine all but the youngest`() async throws {
        try await World.with(hasFilters: true) { world in
            let machine = try await world.adopt("alpha")[0]
            try await world.services.database.execute(
                """
                INSERT INTO "BlockedConnection" (id, "machineId", port, protocol, "attemptTime", "blockReason")
                SELECT 'x' || n, \(machine.id.rawValue), 80, 'TCP',
                       timezone('UTC', now()) - make_interval(mins => CASE WHEN n > 10005 THEN 50000 ELSE n END / 10), 'r'
                  FROM generate_series(1, 10010) AS n
                """)
            let store = world.services.drops.store
            #expect(try await store.prune(olderThan: 3) == 10)
            #expect(try await store.prune(olderThan: 3) == 0)
            let left = try await store.database.row(
                "SELECT count(*) AS count, max(id) AS id FROM \"BlockedConnection\"")
            #expect(try left?.decode(Int64.self, "count") == 10_000)
        }
    }
}
