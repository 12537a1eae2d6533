/// A packet that somebody asks about, as it travels.
package struct FirewallQuestion: Equatable, Sendable {
    package var direction: FirewallRule.Direction
    package var protocolName: String
    package var source: FirewallRuleDraft.Peer
    package var destination: FirewallRuleDraft.Peer
    package var state: ConnectionState
    package var isReply: Bool
    /// Whether the answer to it matters, too.
    package var asksConnection: Bool

    package init(
        direction: FirewallRule.Direction, protocolName: String = "tcp", source: FirewallRuleDraft.Peer = .init(),
        destination: FirewallRuleDraft.Peer = .init(), state: ConnectionState = .new, isReply: Bool = false,
        asksConnection: Bool = true
    ) {
        self.direction = direction
        self.protocolName = protocolName
        self.source = source
        self.destination = destination
        self.state = state
        self.isReply = isReply
        self.asksConnection = asksConnection
    }

    /// A port that no rule is likely to name.
    private static let anyPort = 49_999

    /// The packet, or everything that is wrong with it at once. What is left out of the machine's side is the machine's.
    package func packet(machineAddress: String?) throws(FirewallError) -> Packet {
        var findings: [String] = []
        if direction == .both { findings.append("a packet comes IN or goes OUT") }
        let transport = FirewallProtocol(rawValue: protocolName.lowercased())
        if transport == nil || transport == .all {
            let known = FirewallProtocol.allCases.filter { $0 != .all }.map(\.rawValue).joined(separator: ", ")
            findings.append("Protocol \"\(protocolName)\" is not one of \(known)")
        }
        func address(_ peer: FirewallRuleDraft.Peer, _ side: String) -> IPAddress? {
            guard let text = peer.address, !text.isEmpty else { return nil }
            let address = IPAddress(text)
            if address == nil { findings.append("\(side) IP address \"\(text)\" is neither IPv4 nor IPv6") }
            return address
        }
        var from = address(source, "Source")
        var to = address(destination, "Destination")
        func port(_ peer: FirewallRuleDraft.Peer, _ side: String) -> Int? {
            guard let port = peer.portStart else { return nil }
            if !FirewallRuleDraft.ports.contains(port) { findings.append("\(side) port \(port) is not 1 to 65535") }
            return port
        }
        var sourcePort = port(source, "Source")
        let destinationPort = port(destination, "Destination")
        guard findings.isEmpty, let transport else { throw .invalid(FirewallFindings(messages: findings)) }

        let family = from?.family ?? to?.family ?? transport.onlyFamily ?? .ipv4
        let own = machineAddress.flatMap(IPAddress.init).flatMap { $0.family == family ? $0 : nil }
        let nobody = family == .ipv4 ? IPAddress.v4(IPv4Address(value: 0)) : .v6(IPv6Address(value: 0))
        if direction == .incoming { to = to ?? own } else { from = from ?? own }
        let (begin, end) = (from ?? nobody, to ?? nobody)
        if begin.family != end.family { findings.append("\(begin) and \(end) are not of one family") }
        if let only = transport.onlyFamily, only != begin.family {
            findings.append("Protocol \"\(transport.rawValue)\" is of \(only.rawValue)")
        }
        if transport.hasPorts {
            if destinationPort == nil { findings.append("Destination port is missing") }
            sourcePort = sourcePort ?? Self.anyPort
        } else if sourcePort != nil || destinationPort != nil {
            findings.append("Protocol \"\(transport.rawValue)\" has no ports")
        }
        if !findings.isEmpty { throw .invalid(FirewallFindings(messages: findings)) }
        return Packet(
            direction, transport, from: begin, to: end, sourcePort: sourcePort, destinationPort: destinationPort,
            messageType: nil, state: state, isReply: isReply)
    }
}

/// What happens to a packet, and to the answer to it.
package struct FirewallAnswer: Equatable, Sendable {
    package var effective: EffectiveRules
    package var packet: Packet
    package var verdict: FirewallVerdict
    /// What happens to the answer, where the packet begins a connection and passes.
    package var answer: FirewallVerdict?
    package var state: MachineFirewall.State

    package init(
        effective: EffectiveRules, packet: Packet, verdict: FirewallVerdict, answer: FirewallVerdict?,
        state: MachineFirewall.State
    ) {
        self.effective = effective
        self.packet = packet
        self.verdict = verdict
        self.answer = answer
        self.state = state
    }

    /// The one that decides in the end.
    package var deciding: FirewallVerdict {
        guard let answer, answer.action != .accept else { return verdict }
        return answer
    }

    /// One sentence.
    package var words: String {
        let rule = "\"\(deciding.rule.name)\" (\(deciding.rule.origin.words))"
        let what = deciding == verdict ? "it" : "it is let through, but the answer to it"
        let ending =
            switch deciding.action {
            case .accept: "let through by \(rule)"
            case .drop: "dropped by \(rule)"
            case .reject: "rejected by \(rule)"
            }
        let now = state == .none ? "; but nothing is filtered yet, because nobody has made rules" : ""
        return "\(what) is \(ending)\(now)"
    }
}

extension FirewallRule.Origin {
    package var words: String {
        switch self {
        case .base: "what every network needs"
        case .department: "of the department"
        case .machine: "of the machine"
        case .policy: "default"
        }
    }
}
