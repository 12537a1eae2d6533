import Core
import Testing

@Suite struct FirewallFilterTests {
    private func lines(_ rules: [FirewallRule], policy: FirewallPolicy = FirewallPolicy()) -> [String] {
        FirewallFilter(name: "ibay-vm-1", rules: EffectiveRules(department: [], machine: rules, policy: policy))
            .element.all("rule").map(\.xml)
    }
    /// Only what the rules themselves became.
    private func own(_ rules: [FirewallRule]) -> [String] {
        let bare = lines([])
        return lines(rules).map(withoutPriority).filter { !bare.map(withoutPriority).contains($0) }
    }
    private func withoutPriority(_ line: String) -> String {
        guard let start = line.firstRange(of: " priority='") else { return line }
        let end = line[start.upperBound...].firstIndex(of: "'")!
        return String(line[..<start.lowerBound] + line[line.index(after: end)...])
    }

    @Test func `a filter has its name, its uuid and what it refers to, in this order`() {
        let filter = FirewallFilter(
            name: "ibay-vm-3b32b2dc", uuid: "u", references: ["no-mac-spoofing"],
            rules: EffectiveRules(department: [], machine: []))
        #expect(
            filter.xml.hasPrefix(
                "<filter name='ibay-vm-3b32b2dc' chain='root'><uuid>u</uuid><filterref filter='no-mac-spoofing'/><rule "
            ))
    }

    @Test func `accept is written without a state, for both families`() {
        #expect(
            own([firewallRule("a", .accept, .incoming, PacketMatch(.tcp, destinationPorts: 80...90))]) == [
                "<rule action='accept' direction='in'><tcp dstportstart='80' dstportend='90' comment='ibay:a'/></rule>",
                "<rule action='accept' direction='in'><tcp-ipv6 dstportstart='80' dstportend='90' comment='ibay:a'/></rule>",
            ])
    }

    @Test func `an address chooses the family`() {
        let block = AddressBlock(of: IPAddress("2001:db8::")!, prefix: 32)
        #expect(
            own([firewallRule("a", .accept, .outgoing, PacketMatch(.all, destination: block))]) == [
                "<rule action='accept' direction='out'><all-ipv6 dstipaddr='2001:db8::' dstipmask='32' comment='ibay:a'/>"
                    + "</rule>"
            ])
    }

    @Test func `drop is written with every state, and once more for the bridge`() {
        let block = AddressBlock(of: IPAddress("10.1.2.3")!)
        #expect(
            own([firewallRule("a", .drop, .incoming, PacketMatch(.udp, source: block, destinationPorts: 53...53))])
                .filter { $0.contains("10.1.2.3") } == [
                    "<rule action='drop' direction='in'><ip protocol='udp' srcipaddr='10.1.2.3' srcipmask='32' "
                        + "dstportstart='53' dstportend='53'/></rule>",
                    "<rule action='drop' direction='in'><udp srcipaddr='10.1.2.3' srcipmask='32' dstportstart='53' "
                        + "dstportend='53' comment='ibay:a' state='NEW,ESTABLISHED,RELATED,INVALID'/></rule>",
                ])
    }

    @Test func `states stand on the element of the protocol`() {
        #expect(
            own([firewallRule("a", .drop, .incoming, PacketMatch(.icmp), states: [.new])]) == [
                "<rule action='drop' direction='in'><icmp comment='ibay:a' state='NEW'/></rule>"
            ])
    }

    @Test func `the policy ends every filter, and drops what is left`() {
        let bare = lines([])
        #expect(
            bare.suffix(2).map(withoutPriority) == [
                "<rule action='drop' direction='out'><all comment='ibay:policy-rest'/></rule>",
                "<rule action='drop' direction='out'><all-ipv6 comment='ibay:policy-rest'/></rule>",
            ])
        #expect(bare.count(where: { $0.contains("<ip") }) == 0)
        let priorities = bare.compactMap { line in line.split(separator: "'").dropFirst(5).first.flatMap { Int($0) } }
        #expect(priorities.count == bare.count)
        #expect(priorities == priorities.sorted())
    }

    @Test func `a rule is marked by its id, unless that could mean something to another program`() {
        #expect(FirewallMark.text(of: FirewallRule.ID("3f2a-b")) == "ibay:3f2a-b")
        for id in ["", "a b", "a\"b", "a\nb", "ü", String(repeating: "a", count: 41)] {
            #expect(FirewallMark.text(of: FirewallRule.ID(id)) == nil)
        }
        #expect(FirewallMark.rule(in: "ibay:3f2a-b") == FirewallRule.ID("3f2a-b"))
        #expect(FirewallMark.rule(in: "bay-guard-12") == nil)
        #expect(FirewallMark.rule(in: "ibay:") == nil)
    }

    @Test func `the largest sets fit into libvirt's priorities`() {
        let rules = (0..<FirewallFilter.maximumRules).map { number in
            firewallRule("\(number)", .accept, .both, PacketMatch(.tcp, destinationPorts: number + 1...number + 1))
        }
        let filter = FirewallFilter(
            name: "ibay-vm-1",
            rules: EffectiveRules(
                department: rules.map {
                    var rule = $0; rule.origin = .department; return rule
                }, machine: rules))
        let highest = filter.element.all("rule").compactMap { $0[attribute: "priority"].flatMap { Int($0) } }.max()
        #expect((highest ?? .max) <= 1000)
    }
}
