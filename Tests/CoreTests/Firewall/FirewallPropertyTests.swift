import Core
import Testing

/// The filter that libvirt gets does with every packet what the verdict says.
@Suite struct FirewallPropertyTests {
    @Test func `ten thousand random sets of rules decide as their filters do`() throws {
        var world = RandomFirewall(seed: 20_26)
        var decided: [FirewallRule.Action: Int] = [:]
        for round in 0..<10_000 {
            let rules = world.rules()
            let filter = FirewallFilter(name: "ibay-vm-1", rules: rules)
            // Read back from text, as libvirt does.
            let interpreter = FilterInterpreter(try XMLElement(parsing: filter.xml))
            for _ in 0..<4 {
                let packet = world.packet()
                let verdict = rules.verdict(for: packet)
                decided[verdict.action, default: 0] += 1
                let obeyed = interpreter.bridged(packet)
                // What the bridge drops is dropped before it could be rejected.
                let agrees =
                    obeyed == verdict.action.rawValue.lowercased() || (verdict.action == .reject && obeyed == "drop")
                guard agrees else {
                    Issue.record(
                        "round \(round): \(packet) is \(verdict.action) by \(verdict.rule), and the filter: \(obeyed)")
                    return
                }
                // Frames of the host itself meet the bridge alone: what it drops, the rules drop as well.
                if packet.direction == .incoming, interpreter.ethernet(packet) == "drop" {
                    #expect(verdict.action != .accept)
                }
            }
        }
        // The packets are such that each verdict is met often.
        #expect(decided.values.allSatisfy { $0 > 1_000 } && decided.count == 3)
    }

    @Test func `a rule that is called shadowed decides on no new packet`() {
        var world = RandomFirewall(seed: 7)
        for _ in 0..<2_000 {
            let rules = world.rules()
            for _ in 0..<10 {
                let packet = world.packet(state: .new)
                let verdict = rules.verdict(for: packet)
                if rules.shadowed[verdict.rule.id] != nil {
                    Issue.record("\(verdict.rule) decided on \(packet)")
                    return
                }
            }
        }
    }
}

/// Rules and packets out of few enough addresses and ports that they meet.
struct RandomFirewall {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64, so that a failure comes again.
    private mutating func number(below bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
    private mutating func one<Value>(of values: [Value]) -> Value { values[number(below: values.count)] }
    private mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? {
        number(below: 2) == 0 ? nil : value(&self)
    }

    private mutating func address(_ family: AddressFamily) -> IPAddress {
        let last = number(below: 4)
        return IPAddress(family == .ipv4 ? "10.0.\(last / 2).\(last + 1)" : "2001:db8:\(last / 2)::\(last + 1)")!
    }

    private mutating func ports() -> ClosedRange<Int> {
        let start = 20 + number(below: 6)
        return start...start + number(below: 3)
    }

    private mutating func match() -> PacketMatch {
        let transport = one(of: [FirewallProtocol.all, .tcp, .tcp, .udp, .udp, .icmp, .icmpv6, .esp])
        let family = transport.onlyFamily ?? one(of: AddressFamily.allCases)
        let prefixes = family == .ipv4 ? [0, 16, 24, 32] : [0, 32, 48, 128]
        func block(_ self: inout Self) -> AddressBlock {
            AddressBlock(of: self.address(family), prefix: self.one(of: prefixes))
        }
        let hasAddresses = number(below: 2) == 0
        return PacketMatch(
            transport, source: hasAddresses ? maybe(block) : nil, destination: hasAddresses ? maybe(block) : nil,
            sourcePorts: transport.hasPorts && number(below: 4) == 0 ? ports() : nil,
            destinationPorts: transport.hasPorts ? maybe { $0.ports() } : nil)
    }

    private mutating func rule(_ id: Int, of origin: FirewallRule.Origin) -> FirewallRule {
        firewallRule(
            "\(origin) \(id)", one(of: FirewallRule.Action.allCases), one(of: FirewallRule.Direction.allCases), match(),
            priority: 100 * number(below: 5), states: states(),
            overrides: origin == .machine && number(below: 4) == 0, of: origin)
    }

    private mutating func states() -> Set<ConnectionState> {
        guard number(below: 4) == 0 else { return [] }
        let tracked = ConnectionState.allCases.filter(ConnectionState.tracked.contains)
        return Set((0...number(below: 2)).map { _ in one(of: tracked) })
    }

    mutating func rules() -> EffectiveRules {
        let department = (0..<number(below: 6)).map { rule($0, of: .department) }
        let machine = (0..<number(below: 6)).map { rule($0, of: .machine) }
        return EffectiveRules(
            department: department, machine: machine,
            policy: FirewallPolicy(
                incoming: one(of: FirewallRule.Action.allCases), outgoing: one(of: FirewallRule.Action.allCases)))
    }

    mutating func packet(state given: ConnectionState? = nil) -> Packet {
        let transport = one(of: [FirewallProtocol.tcp, .tcp, .udp, .udp, .icmp, .icmpv6, .esp])
        let family = transport.onlyFamily ?? one(of: AddressFamily.allCases)
        let state = given ?? one(of: [.new, .new, .established, .established, .related, .invalid, .none])
        return Packet(
            one(of: [.incoming, .outgoing]), transport, from: address(family), to: address(family),
            sourcePort: transport.hasPorts ? 20 + number(below: 8) : nil,
            destinationPort: transport.hasPorts ? 20 + number(below: 8) : nil,
            messageType: transport == .icmp || transport == .icmpv6 ? one(of: [8, 128, 135, 143]) : nil,
            state: state, isReply: state == .established && number(below: 2) == 0)
    }
}
