import Core
import Testing

@Suite struct FirewallConflictTests {
    private func tcp(_ ports: ClosedRange<Int>?, from block: AddressBlock? = nil) -> PacketMatch {
        PacketMatch(.tcp, source: block, destinationPorts: ports)
    }
    private func kinds(_ rules: FirewallRule...) -> [FirewallConflict.Kind] {
        FirewallConflict.all(in: rules).map(\.kind)
    }
    private let block = AddressBlock(of: IPAddress("10.0.0.0")!, prefix: 8)

    @Test func `the same said twice is a duplicate whatever the priorities`() {
        let conflicts = FirewallConflict.all(in: [
            firewallRule("a", .accept, .incoming, tcp(22...22), priority: 1),
            firewallRule("b", .accept, .incoming, tcp(22...22), priority: 2),
        ])
        #expect(conflicts.map(\.kind) == [.duplicate])
        #expect(conflicts.first?.message == "\"b\" says the same as \"a\": one of them is enough")
    }

    @Test func `overlapping ranges that say the same are to be put together`() {
        let message = FirewallConflict.all(in: [
            firewallRule("a", .accept, .incoming, tcp(100...200)),
            firewallRule("b", .accept, .incoming, tcp(150...250)),
        ]).first?.message
        #expect(
            message
                == "Port overlap: \"a\" (ACCEPT ports 100-200) and \"b\" (ACCEPT ports 150-250) meet at ports 150-200 of tcp "
                + "(IN): consider consolidating them into one rule")
        #expect(
            kinds(firewallRule("a", .accept, .both, tcp(nil)), firewallRule("b", .accept, .both, tcp(22...22)))
                == [.portOverlap])
    }

    @Test func `INOUT meets IN, and the way out for a machine is to override`() {
        let department = firewallRule(
            "dns", .accept, .both, PacketMatch(.udp, destinationPorts: 53...53), of: .department)
        let machine = firewallRule("no dns", .drop, .incoming, PacketMatch(.udp, destinationPorts: 53...53))
        let conflict = FirewallConflict.all(in: [department, machine]).first
        #expect(conflict?.kind == .portOverlap)
        #expect(conflict?.message.hasPrefix("Port overlap: ") == true)
        #expect(conflict?.message.contains("(INOUT includes IN)") == true)
        #expect(conflict?.message.contains("overridesDept=true") == true)
        var overriding = machine
        overriding.overridesDepartment = true
        #expect(FirewallConflict.all(in: [department, overriding]).isEmpty)
    }

    @Test func `rules that cannot meet are no conflict`() {
        #expect(
            kinds(
                firewallRule("in", .accept, .incoming, tcp(22...22)),
                firewallRule("out", .drop, .outgoing, tcp(22...22))
            ).isEmpty)
        #expect(
            kinds(
                firewallRule("tcp", .accept, .incoming, tcp(22...22)),
                firewallRule("udp", .drop, .incoming, PacketMatch(.udp, destinationPorts: 22...22))
            ).isEmpty)
        let other = AddressBlock(of: IPAddress("192.168.0.0")!, prefix: 16)
        #expect(
            kinds(
                firewallRule("a", .accept, .incoming, tcp(22...22, from: block)),
                firewallRule("b", .drop, .incoming, tcp(22...22, from: other))
            ).isEmpty)
        #expect(
            kinds(
                firewallRule("new", .drop, .incoming, tcp(22...22), states: [.new]),
                firewallRule("est", .accept, .incoming, tcp(22...22), states: [.established])
            ).isEmpty)
    }

    @Test func `a contradiction is one at any priority, since one of the two is dead`() {
        let drop = firewallRule("drop", .drop, .incoming, tcp(22...22), priority: 100)
        let accept = firewallRule("accept", .accept, .incoming, tcp(22...22), priority: 500)
        #expect(kinds(drop, accept) == [.contradictory])
        var same = accept
        same.priority = 100
        #expect(kinds(drop, same) == [.contradictory])
    }

    @Test func `an order that nobody chose is told`() {
        let accept = firewallRule("web", .accept, .outgoing, PacketMatch(.all, destination: block))
        let drop = firewallRule("udp", .drop, .outgoing, PacketMatch(.udp))
        let conflict = FirewallConflict.all(in: [accept, drop]).first
        #expect(conflict?.kind == .priority)
        #expect(conflict?.message.hasPrefix("Priority 500 is that of both ") == true)
        var later = drop
        later.priority = 501
        #expect(FirewallConflict.all(in: [accept, later]).isEmpty)
    }

    @Test func `a machine may repeat its department`() {
        #expect(
            kinds(
                firewallRule("d", .accept, .incoming, tcp(22...22), of: .department),
                firewallRule("m", .accept, .incoming, tcp(22...22))
            ).isEmpty)
    }

    @Test func `a change of a rule is compared with the others`() {
        let one = firewallRule("one", .accept, .incoming, tcp(22...22))
        var changed = one
        changed.action = .drop
        #expect(FirewallConflict.with(changed, in: [one]).isEmpty)
        #expect(
            FirewallConflict.with(changed, in: [one, firewallRule("two", .accept, .incoming, tcp(22...22))]).count == 1)
    }

    @Test func `the templates of the front end are without conflicts`() {
        // desktop-basic: its catch-all is wider, later, and says the same as the others.
        let rules = [
            firewallRule("https", .accept, .both, tcp(443...443)), firewallRule("http", .accept, .both, tcp(80...80)),
            firewallRule("dns", .accept, .both, PacketMatch(.udp, destinationPorts: 53...53)),
            firewallRule("dns tcp", .accept, .both, tcp(53...53)),
            firewallRule("rdp", .accept, .incoming, tcp(3389...3389)),
            firewallRule("smb", .accept, .both, tcp(445...445)),
            firewallRule("out", .accept, .outgoing, PacketMatch(), priority: 900),
        ]
        #expect(FirewallConflict.all(in: rules).isEmpty)
    }
}
