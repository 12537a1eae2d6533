/// One direction of a rule, which is what packets are compared with and what filters are made of.
package struct FirewallHalf: Hashable, Sendable {
    package var rule: FirewallRule
    /// `incoming` or `outgoing`.
    package var direction: FirewallRule.Direction
    package var scope: Scope

    package enum Scope: Hashable, Sendable {
        /// Packets that begin a connection, those that go on in it, and the answers to them. What "accept" means: who is
        /// let in is also answered. When the rule goes, so do the connections that it let in.
        case connections
        /// Packets in this direction alone, in these states. What "drop" means, in all that are tracked: such packets do not
        /// pass.
        case packets(Set<ConnectionState>)
    }

    package init(_ rule: FirewallRule, _ direction: FirewallRule.Direction) {
        self.rule = rule
        self.direction = direction
        if !rule.states.isEmpty {
            scope = .packets(rule.states)
        } else if rule.action == .accept {
            scope = .connections
        } else {
            scope = .packets(ConnectionState.tracked)
        }
    }

    package static func halves(of rule: FirewallRule) -> [FirewallHalf] {
        rule.direction.single.map { FirewallHalf(rule, $0) }
    }

    /// The first thing that keeps the rule from being about the packet; nil when it is.
    package func difference(to packet: Packet) -> PacketDifference? {
        switch scope {
        case .connections:
            switch packet.state {
            case .new, .established: break
            case .related, .invalid, .none: return .state
            }
            if packet.state == .established, packet.isReply {
                guard packet.direction == direction.opposite else { return .direction }
                return rule.match.reversed.difference(to: packet)
            }
            guard packet.direction == direction else { return .direction }
            return rule.match.difference(to: packet)
        case .packets(let states):
            guard packet.direction == direction else { return .direction }
            if let difference = rule.match.difference(to: packet) { return difference }
            return states.contains(packet.state) ? nil : .state
        }
    }

    /// Whether nothing is left for `later` to decide: each connection it is about has been decided here.
    func shadows(_ later: FirewallHalf) -> Bool {
        guard direction == later.direction, rule.match.covers(later.rule.match) else { return false }
        // A rule without states is asked about a connection when it begins.
        let asked = later.rule.states.isEmpty ? [.new] : later.rule.states
        switch scope {
        case .connections: return asked.isSubset(of: [.new])
        case .packets(let states): return asked.isSubset(of: states)
        }
    }
}
