/// Two rules of which one makes the other pointless, or whose order nobody has decided.
package struct FirewallConflict: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// The same packets, and another thing to do with them.
        case contradictory = "CONTRADICTORY"
        /// The same packets and the same thing to do.
        case duplicate = "DUPLICATE"
        case portOverlap = "PORT_OVERLAP"
        /// Different things to do with packets that both are about, at the same priority.
        case priority = "PRIORITY_CONFLICT"
    }

    package var kind: Kind
    package var first: FirewallRule
    package var second: FirewallRule
    /// Front ends look for `Port overlap:`, `Priority `, `overridesDept=true` and `consolidating` in it.
    package var message: String
}

extension FirewallConflict {
    /// Every conflict between two of these rules, which are a department's, a machine's, or both.
    package static func all(in rules: [FirewallRule]) -> [FirewallConflict] {
        rules.indices.flatMap { later in
            rules[..<later].compactMap { conflict(between: $0, and: rules[later]) }
        }
    }

    /// The conflicts that a rule would bring into a list; `rule` replaces the one of its id.
    package static func with(_ rule: FirewallRule, in rules: [FirewallRule]) -> [FirewallConflict] {
        rules.filter { $0.id != rule.id }.compactMap { conflict(between: $0, and: rule) }
    }

    /// Rules of different priority may well disagree: "this address may, all others may not" is how rules are meant to be
    /// written. What is told is a rule that can never decide, an order that nobody chose, and the same said twice.
    static func conflict(between one: FirewallRule, and other: FirewallRule) -> FirewallConflict? {
        guard one.direction.overlaps(other.direction), one.match.intersects(other.match),
            one.states.isEmpty || other.states.isEmpty || !one.states.isDisjoint(with: other.states)
        else { return nil }
        let isSame = one.match == other.match && one.direction == other.direction && one.states == other.states
        if one.action == other.action {
            // A machine may say again what its department says: it then stays so when the department's rule goes.
            guard one.origin == other.origin else { return nil }
            if isSame { return FirewallConflict(.duplicate, one, other) }
            return one.match.differsInPortsOnly(from: other.match) && one.states == other.states
                ? FirewallConflict(.portOverlap, one, other) : nil
        }
        if one.rank == other.rank {
            let havePorts = one.match.transport == other.match.transport && one.match.transport.hasPorts
            return FirewallConflict(isSame ? .contradictory : havePorts ? .portOverlap : .priority, one, other)
        }
        let (earlier, later) = one.rank < other.rank ? (one, other) : (other, one)
        // That is what overriding is for.
        if earlier.overridesDepartment, later.origin == .department { return nil }
        let isDead = FirewallHalf.halves(of: later).allSatisfy { half in
            FirewallHalf.halves(of: earlier).contains { $0.shadows(half) }
        }
        guard isDead else { return nil }
        let havePorts = one.match.transport == other.match.transport && one.match.transport.hasPorts
        return FirewallConflict(isSame || !havePorts ? .contradictory : .portOverlap, one, other)
    }

    private init(_ kind: Kind, _ first: FirewallRule, _ second: FirewallRule) {
        self.kind = kind
        self.first = first
        self.second = second
        message = FirewallConflictWords(first, second).message(kind)
    }
}

extension PacketMatch {
    /// Whether the two would be one rule if their ranges of destination ports were put together.
    fileprivate func differsInPortsOnly(from other: PacketMatch) -> Bool {
        var same = other
        same.destinationPorts = destinationPorts
        return transport.hasPorts && same == self
    }
}
