import Core
import Testing

@Suite struct FirewallSuggestionTests {
    private static let policy = FirewallRule.ID("policy-incoming")

    private static func group(
        _ port: Int, from source: String, _ attempts: Int = 10, _ transport: FirewallProtocol = .tcp,
        by rule: FirewallRule.ID = policy
    ) -> BlockedGroup {
        BlockedGroup(transport: transport, port: port, source: IPAddress(source)!, rule: rule, attempts: attempts)
    }

    private static func suggest(
        _ groups: [BlockedGroup], rules: [FirewallRule] = [], policy: FirewallPolicy = FirewallPolicy()
    ) -> FirewallSuggestions {
        FirewallSuggestions(groups, rules: EffectiveRules(department: [], machine: rules, policy: policy))
    }

    @Test func `many addresses of a network become a rule for the network, with the service's name`() throws {
        let groups = (1...12).map { Self.group(443, from: "10.0.3.\($0)", 20) }
        let found = Self.suggest(groups).suggestions
        let one = try #require(found.first)
        #expect(found.count == 1)
        #expect(one.words == "12 addresses of 10.0.3.0/24 tried 443/tcp 240 times: allow HTTPS from 10.0.3.0/24")
        #expect(one.draft.line == "in accept tcp 443 from 10.0.3.0/24 name \"HTTPS from 10.0.3.0/24\"")
        #expect(one.draft.findings(of: .machine).isEmpty)
        #expect(one.addresses == 12 && one.attempts == 240 && one.deniedBy == nil)
    }

    @Test func `one address is let in alone, and those of many networks together`() {
        #expect(
            Self.suggest([Self.group(8443, from: "10.0.3.7")]).suggestions.map(\.words) == [
                "10.0.3.7 tried 8443/tcp 10 times: allow tcp 8443 from 10.0.3.7"
            ])
        #expect(
            Self.suggest([Self.group(22, from: "2001:db8::1"), Self.group(22, from: "2001:db8::2")]).suggestions
                .map(\.words) == ["2 addresses of 2001:db8::/64 tried 22/tcp 20 times: allow SSH from 2001:db8::/64"])
        let everywhere = (1...4).map { Self.group(80, from: "10.\($0).0.1") }
        #expect(
            Self.suggest(everywhere).suggestions.map(\.words) == ["4 addresses tried 80/tcp 40 times: allow HTTP"])
    }

    @Test func `who looks for open ports is named, and nothing is suggested for it`() {
        let scan = (1...30).map { Self.group($0, from: "10.9.9.9", 100) }
        let found = Self.suggest(scan + [Self.group(443, from: "10.0.3.7")])
        #expect(found.scanners.map(\.description) == ["10.9.9.9"])
        #expect(found.suggestions.map(\.draft.name) == ["HTTPS from 10.0.3.7"])
    }

    @Test func `what somebody forbids comes last and says so, and its rule would come before that one`() throws {
        let closed = firewallRule(
            "closed", .drop, .incoming, PacketMatch(.tcp, destinationPorts: 23...23))
        let found = Self.suggest(
            [Self.group(23, from: "10.0.3.7", 900, by: closed.id), Self.group(443, from: "10.0.3.7", 3)],
            rules: [closed]
        ).suggestions
        #expect(found.map(\.deniedBy) == [nil, closed.name])
        let denied = try #require(found.last)
        #expect(denied.draft.priority == closed.priority - 1)
        #expect(denied.words.contains("which \"\(closed.name)\" forbids"))
    }

    @Test func `what the rules let in meanwhile, a packet or two, and what has no ports suggest nothing`() {
        let open = firewallRule("open", .accept, .incoming, PacketMatch(.tcp, destinationPorts: 443...443))
        #expect(Self.suggest([Self.group(443, from: "10.0.3.7")], rules: [open]).suggestions.isEmpty)
        #expect(Self.suggest([Self.group(443, from: "10.0.3.7", 2)]).suggestions.isEmpty)
        #expect(Self.suggest([Self.group(0, from: "10.0.3.7", 10, .icmp)]).suggestions.isEmpty)
        #expect(
            Self.suggest([Self.group(443, from: "10.0.3.7")], policy: FirewallPolicy(incoming: .accept)).suggestions
                .isEmpty)
    }

    @Test func `there are few of them, those that most addresses want first`() {
        let groups = (1...40).flatMap { port in
            (1...(port % 7 + 1)).map { Self.group(2000 + port, from: "10.0.\(port).\($0)") }
        }
        let found = Self.suggest(groups).suggestions
        #expect(found.count == 10)
        #expect(found.map(\.addresses) == found.map(\.addresses).sorted(by: >))
    }
}
