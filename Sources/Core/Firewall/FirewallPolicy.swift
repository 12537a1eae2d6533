/// What happens to packets that no rule is about.
package struct FirewallPolicy: Hashable, Sendable {
    package var incoming: FirewallRule.Action
    package var outgoing: FirewallRule.Action

    package init(incoming: FirewallRule.Action = .drop, outgoing: FirewallRule.Action = .accept) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// The last rules of every machine. Answers to what was let out are part of what "accept" means.
    package var rules: [FirewallRule] {
        let directions = [
            rule("incoming", "Default for incoming", incoming, .incoming),
            rule("outgoing", "Default for outgoing", outgoing, .outgoing),
        ]
        // The answers to what is let through come first, or the other direction's rule would drop them.
        return [rule("related", "Related to a connection", .accept, .both, states: [.related])]
            + directions.filter { $0.action == .accept } + directions.filter { $0.action != .accept }
            // What belongs to no connection passes under no policy.
            + [rule("rest", "Everything else", .drop, .both, states: Set(ConnectionState.allCases))]
    }

    private func rule(
        _ id: String, _ name: String, _ action: FirewallRule.Action, _ direction: FirewallRule.Direction,
        states: Set<ConnectionState> = []
    ) -> FirewallRule {
        FirewallRule(
            id: FirewallRule.ID("policy-" + id), name: name, action: action, direction: direction, priority: 1000,
            states: states, origin: .policy)
    }

    /// The first rules of every machine: without an address and neighbours no rule below means anything.
    /// Sources: RFC 2131 (DHCP), RFC 8415 (DHCPv6), RFC 4861 and RFC 3810 (IPv6 neighbours and groups).
    package static let base: [FirewallRule] = {
        func rule(
            _ id: String, _ name: String, _ direction: FirewallRule.Direction, _ match: PacketMatch,
            _ states: Set<ConnectionState>
        ) -> FirewallRule {
            FirewallRule(
                id: FirewallRule.ID("base-" + id), name: name, action: .accept, direction: direction, priority: 0,
                match: match, states: states, origin: .base)
        }
        let anyIPv4 = AddressBlock(of: .v4(IPv4Address(value: 0)), prefix: 0)
        let anyIPv6 = AddressBlock(of: .v6(IPv6Address(value: 0)), prefix: 0)
        func dhcp(_ family: AddressBlock, client: Int, server: Int) -> PacketMatch {
            PacketMatch(
                .udp, source: family, destination: family, sourcePorts: client...client,
                destinationPorts: server...server)
        }
        let tracked: Set<ConnectionState> = [.new, .established]
        let request = dhcp(anyIPv4, client: 68, server: 67)
        let requestV6 = dhcp(anyIPv6, client: 546, server: 547)
        return [
            rule("dhcp-request", "DHCP request", .outgoing, request, tracked),
            rule("dhcp-answer", "DHCP answer", .incoming, request.reversed, tracked),
            rule("dhcpv6-request", "DHCPv6 request", .outgoing, requestV6, tracked),
            rule("dhcpv6-answer", "DHCPv6 answer", .incoming, requestV6.reversed, tracked),
            // 130 to 132 and 143 are about groups, 133 to 137 about routers and neighbours; the host tracks none of them.
            rule(
                "neighbours", "IPv6 neighbours", .both, PacketMatch(.icmpv6, messageTypes: 130...137),
                Set(ConnectionState.allCases)),
            rule(
                "groups", "IPv6 groups", .both, PacketMatch(.icmpv6, messageTypes: 143...143),
                Set(ConnectionState.allCases)),
        ]
    }()
}
