import Core
import Testing

func firewallRule(
    _ name: String, _ action: FirewallRule.Action, _ direction: FirewallRule.Direction, _ match: PacketMatch,
    priority: Int = 500, states: Set<ConnectionState> = [], overrides: Bool = false,
    of origin: FirewallRule.Origin = .machine
) -> FirewallRule {
    FirewallRule(
        id: .init(name), name: name, action: action, direction: direction, priority: priority, match: match,
        states: states, overridesDepartment: overrides, origin: origin)
}

@Suite struct EffectiveRulesTests {
    private let peer = IPAddress("10.0.3.7")!
    private let machine = IPAddress("10.0.0.5")!
    private func tcp(_ port: Int) -> PacketMatch { PacketMatch(.tcp, destinationPorts: port...port) }
    private func arriving(_ port: Int, from address: IPAddress? = nil) -> Packet {
        Packet(.incoming, .tcp, from: address ?? peer, to: machine, sourcePort: 50_000, destinationPort: port)
    }

    @Test func `without rules a machine reaches out, is answered, and is not reached`() {
        let rules = EffectiveRules(department: [], machine: [])
        let out = Packet(.outgoing, .tcp, from: machine, to: peer, sourcePort: 40_000, destinationPort: 443)
        #expect(rules.verdict(forConnection: out).action == .accept)
        #expect(rules.verdict(for: out.reply).rule.id.rawValue == "policy-outgoing")
        #expect(rules.verdict(for: arriving(22)).action == .drop)
        #expect(rules.verdict(for: arriving(22)).rule.id.rawValue == "policy-incoming")
        // An answer to something that was never let in does not leave.
        #expect(rules.verdict(for: arriving(22).reply).action == .drop)
    }

    @Test func `addresses and neighbours are found under every policy`() {
        let rules = EffectiveRules(
            department: [firewallRule("none", .drop, .both, PacketMatch(), priority: 0, of: .department)], machine: [],
            policy: FirewallPolicy(incoming: .drop, outgoing: .drop))
        let discover = Packet(
            .outgoing, .udp, from: IPAddress("0.0.0.0")!, to: IPAddress("255.255.255.255")!, sourcePort: 68,
            destinationPort: 67)
        let offer = Packet(.incoming, .udp, from: peer, to: machine, sourcePort: 67, destinationPort: 68)
        let solicitation = Packet(
            .incoming, .icmpv6, from: IPAddress("fe80::1")!, to: IPAddress("ff02::1:ff00:5")!, messageType: 135,
            state: .none)
        for packet in [discover, offer, solicitation] { #expect(rules.verdict(for: packet).rule.origin == .base) }
    }

    @Test func `the lower priority decides, and the department's where they are equal`() {
        let department = firewallRule("no", .drop, .incoming, tcp(22), of: .department)
        #expect(
            EffectiveRules(
                department: [department], machine: [firewallRule("yes", .accept, .incoming, tcp(22), priority: 499)]
            )
            .verdict(for: arriving(22)).action == .accept)
        #expect(
            EffectiveRules(department: [department], machine: [firewallRule("yes", .accept, .incoming, tcp(22))])
                .verdict(for: arriving(22)).action == .drop)
    }

    @Test func `a rule that overrides decides before its department whatever the priorities`() {
        let department = firewallRule("no", .drop, .both, tcp(22), priority: 0, of: .department)
        let machine = firewallRule("yes", .accept, .incoming, tcp(22), priority: 1000, overrides: true)
        let rules = EffectiveRules(department: [department], machine: [machine])
        #expect(rules.verdict(for: arriving(22)).rule == machine)
        // The department's rule still decides on what leaves, so it is shown.
        #expect(rules.shown == [machine, department])
        var incoming = department
        incoming.direction = .incoming
        #expect(EffectiveRules(department: [incoming], machine: [machine]).shown == [machine])
    }

    @Test func `a narrow rule before a wide one is no conflict and decides`() {
        let office = PacketMatch(.tcp, source: AddressBlock(of: peer, prefix: 24), destinationPorts: 22...22)
        let narrow = firewallRule("office", .accept, .incoming, office, priority: 100)
        let wide = firewallRule("others", .reject, .incoming, tcp(22), priority: 200)
        let rules = EffectiveRules(department: [], machine: [wide, narrow])
        #expect(rules.verdict(for: arriving(22)).rule == narrow)
        #expect(rules.verdict(for: arriving(22, from: IPAddress("10.0.4.1"))).rule == wide)
        #expect(FirewallConflict.all(in: [wide, narrow]).isEmpty)
        #expect(rules.shadowed.isEmpty)
    }

    @Test func `a rule that never decides is named with the one that leaves it nothing`() {
        let wide = firewallRule("all", .accept, .both, PacketMatch(.tcp), priority: 100)
        let dead = firewallRule("dead", .drop, .incoming, tcp(23), priority: 200)
        let alive = firewallRule("alive", .drop, .incoming, PacketMatch(.udp, destinationPorts: 23...23), priority: 300)
        #expect(EffectiveRules(department: [], machine: [wide, dead, alive]).shadowed == [dead.id: wide])
        // Two rules that leave each half of a third nothing to do.
        let incoming = firewallRule("in", .accept, .incoming, tcp(23), priority: 1)
        let outgoing = firewallRule("out", .accept, .outgoing, tcp(23), priority: 2)
        let both = firewallRule("both", .drop, .both, tcp(23), priority: 3)
        #expect(EffectiveRules(department: [], machine: [incoming, outgoing, both]).shadowed == [both.id: incoming])
        #expect(EffectiveRules(department: [], machine: [incoming, both]).shadowed.isEmpty)
    }

    @Test func `when the rule goes, the connections go that it let in`() {
        let rule = firewallRule("ssh", .accept, .incoming, tcp(22))
        var packet = arriving(22)
        packet.state = .established
        #expect(EffectiveRules(department: [], machine: [rule]).verdict(for: packet).action == .accept)
        #expect(EffectiveRules(department: [], machine: []).verdict(for: packet).action == .drop)
    }

    @Test func `a rule with states is about packets in them alone`() {
        let rule = firewallRule("new", .drop, .incoming, tcp(22), priority: 1, states: [.new])
        let open = firewallRule("open", .accept, .incoming, tcp(22), priority: 2)
        let rules = EffectiveRules(department: [], machine: [rule, open])
        var packet = arriving(22)
        #expect(rules.verdict(for: packet).rule == rule)
        packet.state = .established
        #expect(rules.verdict(for: packet).rule == open)
    }

    @Test func `the trace says of each rule asked why it is not about the packet`() throws {
        let web = firewallRule("web", .accept, .incoming, tcp(443), priority: 1)
        let mail = firewallRule("mail", .accept, .incoming, PacketMatch(.udp), priority: 2)
        let verdict = EffectiveRules(department: [], machine: [web, mail]).verdict(for: arriving(80))
        let mine = verdict.trace.filter(\.rule.isSomebodys)
        #expect(mine.map(\.difference) == [.destinationPort, .transport])
        #expect(verdict.trace.last?.difference == nil)
        #expect(verdict.trace.last?.rule == verdict.rule)
    }

    @Test func `a rule that silences the machine's own connections is told`() {
        let deny = firewallRule("deny", .drop, .incoming, PacketMatch(), priority: 100)
        #expect(EffectiveRules(department: [], machine: [deny]).silencing == [deny])
        let out = Packet(.outgoing, .tcp, from: machine, to: peer, sourcePort: 40_000, destinationPort: 443)
        let verdict = EffectiveRules(department: [], machine: [deny]).verdict(forConnection: out)
        #expect(verdict.action == .drop)
        #expect(verdict.rule == deny)
        let letOut = firewallRule("out", .accept, .outgoing, PacketMatch(), priority: 50)
        #expect(EffectiveRules(department: [], machine: [letOut, deny]).silencing.isEmpty)
        var newOnly = deny
        newOnly.states = [.new]
        #expect(EffectiveRules(department: [], machine: [newOnly]).silencing.isEmpty)
    }
}
