import Core
import JSON
import TestSupport
import Testing

/// Packets that are really sent, between two guests and the host, and what the rules say about them.
@Suite(.serialized, .enabled(if: PacketWorld.isPossible, "this kernel's bridges do not ask iptables (br_netfilter)"))
struct PacketTests {
    @Test func `packets fare as their verdict says, and while rules change nothing passes that neither lets in`()
        async throws
    {
        let cases = (PacketScenario.all + [.elsewhere]).reduce(0) { $0 + $1.cases.count }
        #expect(cases >= 40)
        // One world for all, since guests take their time to boot, and twenty changes of rules in sum.
        try await PacketWorld.with { world in
            try await counts(world)
            let changes = try await table(world)
            try await connections(world, changes)
            try await datagrams(world)
        }
    }

    /// What is counted and recorded of a packet names the very rule that its verdict names.
    private func counts(_ world: PacketWorld) async throws {
        try await world.apply([
            .rule("web", .accept, .incoming, "tcp", 2201...2201), .rule("closed", .drop, .incoming, "tcp", 2203...2203),
        ])
        var ports = 19_000
        for family in AddressFamily.allCases {
            for (port, fate) in [(2201, PacketFate.open), (2202, .silent), (2203, .silent)] {
                ports += 100
                try await world.checkCounts(
                    PacketCase(.peer, .machine, "tcp", port, over: family, is: fate, by: ""), from: ports)
            }
            // No table that knows connections sees what the host sends; the machine's answer is what is held back.
            try await world.checkRecord(
                PacketCase(.host, .machine, "tcp", 2202, over: family, is: .silent, by: ""), from: ports + 50)
        }
        // Rules that log are no drift.
        try await world.inspect()
        #expect(try await world.bench.state(world.client) == "APPLIED")
    }

    /// Sends every packet of the table. Returns how often rules changed while closed ports were hammered.
    private func table(_ world: PacketWorld) async throws -> Int {
        var ports = 20_000
        var before: PacketScenario?
        var hammers: Hammers?
        var changes = 0
        for scenario in PacketScenario.all {
            // Under a policy that lets in no port is closed.
            if scenario.incoming == .accept {
                try await hammers?.end()
                hammers = nil
            }
            let isSame =
                before?.department == scenario.department && before?.incoming == scenario.incoming
                && before?.outgoing == scenario.outgoing
            try await world.apply(scenario, departmentToo: !isSame)
            if hammers != nil { changes += 1 }
            if before == nil { hammers = try await Hammers.begin(world, [("tcp", 2220), ("udp", 2306)]) }
            before = scenario
            try await world.check(scenario, &ports)
        }
        try await move(world, to: .elsewhere, &ports)
        return changes
    }

    /// Another department has other rules, and they hold for who comes.
    private func move(_ world: PacketWorld, to scenario: PacketScenario, _ ports: inout Int) async throws {
        let made = try await world.client.ask("mutation { createDepartment(name: \"Elsewhere\") { id } }")
        let department = try #require(made["createDepartment"]?["id"]?.string)
        try await world.apply([])
        var elsewhere = world
        elsewhere.department = department
        // Rules of a department without machines have nowhere to go yet.
        try await elsewhere.apply(scenario)
        _ = try await world.client.ask(
            "mutation ($d: String!, $id: String!) { moveMachine(departmentId: $d, id: $id) { id } }",
            ["d": .string(department), "id": .string(world.bench.machine)])
        try await world.waitUntilApplied()
        try await world.check(scenario, &ports)
    }

    /// Connections that are there before the rules change, among twenty changes while closed ports are hammered.
    private func connections(_ world: PacketWorld, _ before: Int) async throws {
        let web = FirewallRuleDraft.rule("web", .accept, .incoming, "tcp", 2201...2201)
        func other(_ number: Int) -> FirewallRuleDraft {
            .rule("other \(number)", .accept, .incoming, "tcp", (2210 + number % 2)...(2210 + number % 2))
        }
        let (machine, peer, host) = (try world.probe(.machine), try world.probe(.peer), try world.probe(.host))
        func address(_ party: PacketParty) -> String { party.address(.ipv4) }
        try await world.apply([web])
        let hammers = try await Hammers.begin(world, [("tcp", 2205), ("udp", 2305), ("icmp", 0)])
        #expect(try await peer.hold("in", from: address(.peer), 4444, to: address(.machine), 2201) == .open)
        #expect(try await host.hold("in", from: address(.host), 4444, to: address(.machine), 2201) == .open)
        #expect(try await machine.hold("out", from: address(.machine), 4444, to: address(.peer), 2202) == .open)
        // When the rule goes, so do the connections that it let in, and no others.
        try await world.apply([other(0)])
        #expect(try await peer.talk("in", milliseconds: 1500) == .silent)
        #expect(try await host.talk("in", milliseconds: 1500) == .silent)
        #expect(try await machine.talk("out", milliseconds: 20_000) == .open)
        // When it comes back they go on: neither side knew of anything.
        try await world.apply([web])
        #expect(try await peer.talk("in", milliseconds: 60_000) == .open)
        #expect(try await host.talk("in", milliseconds: 60_000) == .open)
        // "Drop" is about packets, in every state: here the answers.
        try await world.apply([.rule("no answers", .drop, .incoming, sourcePorts: 2202...2202, priority: 100)])
        #expect(try await machine.talk("out", milliseconds: 1500) == .silent)
        try await world.apply([other(0)])
        #expect(try await machine.talk("out", milliseconds: 60_000) == .open)
        // A connection that broke off while its rule was gone does not keep its ports from being used again.
        #expect(try await peer.talk("in", milliseconds: 1500) == .silent)
        _ = try await peer.stop("in")
        try await world.apply([web])
        let again = PacketCase(.peer, .machine, "tcp", 2201, from: 4444, is: .open, by: "web")
        #expect(try await peer.ask([PacketWorld.question(again, 4444)]) == [.open])
        for number in (before + 5)..<20 { try await world.apply([other(number)]) }
        try await hammers.end()
    }

    /// What comes back of a datagram to a port that only the policy closes.
    private func datagrams(_ world: PacketWorld) async throws {
        for family in AddressFamily.allCases {
            let (nobody, somebody) = (2399, 2305)
            func fates(_ party: PacketParty) async throws -> [PacketFate] {
                try await world.probe(party).ask(
                    [nobody, somebody].map { port in
                        PacketWorld.question(
                            PacketCase(party, .machine, "udp", port, over: family, is: .silent, by: ""), 0)
                    })
            }
            #expect(try await fates(.peer) == [.silent, .silent])
            // The host's own arrive, since the bridge knows no connections. Nothing but the word that nobody listens comes
            // back, which is related to what the host began: whoever does listen cannot answer.
            #expect(try await fates(.host) == [.refused, .silent])
        }
    }
}

/// Those who try closed ports again and again.
private struct Hammers {
    private var running: [(probe: PacketProbe, id: String)] = []

    static func begin(_ world: PacketWorld, _ ports: [(transport: String, port: Int)]) async throws -> Hammers {
        var hammers = Hammers()
        for party in [PacketParty.peer, .host] {
            let probe = try world.probe(party)
            for (transport, port) in ports {
                try await probe.hammer(transport, transport, to: PacketParty.machine.address(.ipv4), port)
                hammers.running.append((probe, transport))
            }
        }
        return hammers
    }

    /// None of them may have come through.
    func end() async throws {
        for (probe, id) in running {
            let (tries, opened) = try await probe.stop(id)
            #expect(tries > 500 && opened == 0, "\(id) from \(probe.name): \(opened) of \(tries) came through")
        }
    }
}
