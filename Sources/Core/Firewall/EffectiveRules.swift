/// The rules of one machine in the order in which they decide: the first that is about a packet has the last word.
///
/// This is the only place where the rules of a department and of a machine are put together. What is shown, the trace of a
/// packet and the filter that libvirt gets are all made of it.
package struct EffectiveRules: Equatable, Sendable {
    /// Department's and machine's rules in order.
    package let rules: [FirewallRule]
    package let policy: FirewallPolicy
    /// All that decides, from the rules of Bay's own to the policy.
    package let halves: [FirewallHalf]
    /// The rules that never decide, and the one that leaves each nothing to do. With two for an `INOUT` rule, the first is named.
    package let shadowed: [FirewallRule.ID: FirewallRule]

    /// - Parameters:
    ///   - department: the rules of the machine's department, and `machine` its own; each in the order it was made.
    package init(department: [FirewallRule], machine: [FirewallRule], policy: FirewallPolicy = FirewallPolicy()) {
        // Of equal rank, the department's come first, and of one set the older.
        let all = (department + machine).enumerated().sorted {
            ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
        }
        rules = all.map(\.element)
        self.policy = policy
        halves = (FirewallPolicy.base + rules + policy.rules).flatMap(FirewallHalf.halves)
        shadowed = Self.shadowed(in: halves)
    }

    private static func shadowed(in halves: [FirewallHalf]) -> [FirewallRule.ID: FirewallRule] {
        var shadows: [FirewallRule.ID: FirewallRule] = [:]
        var deciding: Set<FirewallRule.ID> = []
        for (index, half) in halves.enumerated() where half.rule.isSomebodys {
            if let earlier = halves[..<index].first(where: { $0.shadows(half) }) {
                shadows[half.rule.id] = shadows[half.rule.id] ?? earlier.rule
            } else {
                deciding.insert(half.rule.id)
            }
        }
        return shadows.filter { !deciding.contains($0.key) }
    }

    /// The rules in order without those of the department that an overriding rule of the machine leaves nothing to do.
    package var shown: [FirewallRule] {
        rules.filter { $0.origin != .department || shadowed[$0.id]?.overridesDepartment != true }
    }

    /// What happens to a packet, and why.
    package func verdict(for packet: Packet) -> FirewallVerdict {
        var trace: [FirewallVerdict.Step] = []
        for half in halves {
            let difference = half.difference(to: packet)
            trace.append(FirewallVerdict.Step(rule: half.rule, direction: half.direction, difference: difference))
            if difference == nil { return FirewallVerdict(action: half.rule.action, rule: half.rule, trace: trace) }
        }
        preconditionFailure("the last rule of the policy is about every packet")
    }
}

extension EffectiveRules {
    /// Whether a connection comes about: its first packet has to pass, and so has the answer to it.
    package func verdict(forConnection first: Packet) -> FirewallVerdict {
        let verdict = verdict(for: first)
        guard verdict.action == .accept else { return verdict }
        let answer = self.verdict(for: first.reply)
        return answer.action == .accept ? verdict : answer
    }

    /// Rules that keep answers from arriving, which few people mean who write "drop all that comes in": they drop, in every
    /// state, what comes from anywhere and goes to any port, before the machine's own connections are let out.
    package var silencing: [FirewallRule] {
        let letsOut = halves.firstIndex { half in
            half.direction == .outgoing && half.scope == .connections && half.rule.match == PacketMatch()
        }
        return halves[..<(letsOut ?? halves.endIndex)].filter { half in
            let match = half.rule.match
            return half.rule.isSomebodys && half.direction == .incoming && half.rule.states.isEmpty
                && half.rule.action != .accept && match.destinationPorts == nil && match.sourcePorts == nil
                && [.all, .tcp, .udp].contains(match.transport)
        }.map(\.rule)
    }
}

/// What happens to a packet, and which rules were asked.
package struct FirewallVerdict: Equatable, Sendable {
    package struct Step: Equatable, Sendable {
        package var rule: FirewallRule
        package var direction: FirewallRule.Direction
        /// Why the rule is not about the packet; nil for the one that decided.
        package var difference: PacketDifference?
    }

    package var action: FirewallRule.Action
    package var rule: FirewallRule
    package var trace: [Step]
}

extension FirewallRule {
    /// Where it stands among the rules of a machine, the lower first. Those that override a department's come before all.
    package var rank: Int { overridesDepartment ? priority - (FirewallRuleDraft.priorities.upperBound + 1) : priority }

    /// Whether people made it, and not Bay.
    package var isSomebodys: Bool { origin == .department || origin == .machine }
}
