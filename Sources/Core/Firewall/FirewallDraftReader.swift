/// Reads a draft of a rule part by part, and goes on after each mistake so that all of them are told together.
struct FirewallDraftReader {
    private(set) var findings: [String] = []

    mutating func read(
        _ draft: FirewallRuleDraft, id: FirewallRule.ID, of owner: FirewallRule.Origin
    ) -> FirewallRule {
        let name = take(NameRule.check(draft.name, of: "rule")) ?? ""
        let description = take(TextRule.check(draft.description ?? "", of: "the description")) ?? nil
        if !FirewallRuleDraft.priorities.contains(draft.priority) {
            let range = FirewallRuleDraft.priorities
            findings.append("Priority \(draft.priority) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        if draft.overridesDepartment, owner != .machine {
            findings.append("overridesDept can only be used for VM rules")
        }
        return FirewallRule(
            id: id, name: name, description: description, action: draft.action, direction: draft.direction,
            priority: draft.priority, match: match(draft), states: states(draft.connectionState),
            overridesDepartment: draft.overridesDepartment, origin: owner)
    }

    private mutating func take<Value>(_ result: Result<Value, NameProblem>) -> Value? {
        switch result {
        case .success(let value): return value
        case .failure(let problem):
            findings.append(problem.message)
            return nil
        }
    }

    private mutating func match(_ draft: FirewallRuleDraft) -> PacketMatch {
        // An empty name is what forms send for "none chosen".
        let written = draft.protocolName.isEmpty ? "all" : draft.protocolName.lowercased()
        let transport = FirewallProtocol(rawValue: written)
        if transport == nil {
            let known = FirewallProtocol.allCases.map(\.rawValue).joined(separator: ", ")
            findings.append("Protocol \"\(draft.protocolName)\" is not known: use \(known)")
        }
        let match = PacketMatch(
            transport ?? .all, source: block(draft.source, "Source"),
            destination: block(draft.destination, "Destination"),
            sourcePorts: ports(draft.source, "Source"), destinationPorts: ports(draft.destination, "Destination"))
        if let transport, !transport.hasPorts, draft.source.portStart != nil || draft.destination.portStart != nil {
            findings.append("Protocol \"\(transport.rawValue)\" has no ports")
        }
        if let source = match.source, let destination = match.destination, source.family != destination.family {
            findings.append(
                "Source IP address \(source) is \(source.family.rawValue) and destination IP address \(destination) is "
                    + "\(destination.family.rawValue): no packet has both")
        } else if let transport, let family = transport.onlyFamily,
            let address = match.source ?? match.destination, address.family != family
        {
            findings.append("Protocol \"\(transport.rawValue)\" is of \(family.rawValue) and \(address) is not")
        }
        return match
    }

    private mutating func ports(_ peer: FirewallRuleDraft.Peer, _ side: String) -> ClosedRange<Int>? {
        let allowed = FirewallRuleDraft.ports
        for (what, port) in [("start", peer.portStart), ("end", peer.portEnd)] {
            if let port, !allowed.contains(port) {
                findings.append(
                    "\(side) port \(what) \(port) is not between \(allowed.lowerBound) and \(allowed.upperBound)")
            }
        }
        guard let start = peer.portStart else {
            if let end = peer.portEnd { findings.append("\(side) port end \(end) has no start") }
            return nil
        }
        let end = peer.portEnd ?? start
        guard start <= end else {
            findings.append("\(side) port range \(start)-\(end) ends before it begins")
            return nil
        }
        return start...end
    }

    private mutating func block(_ peer: FirewallRuleDraft.Peer, _ side: String) -> AddressBlock? {
        // Forms send empty texts for what was left out.
        let mask = peer.mask.flatMap { $0.isEmpty ? nil : $0 }
        guard let text = peer.address, !text.isEmpty else {
            if let mask { findings.append("\(side) IP mask \"\(mask)\" has no address") }
            return nil
        }
        guard let address = IPAddress(text) else {
            findings.append("\(side) IP address \"\(text)\" is neither an IPv4 nor an IPv6 address")
            return nil
        }
        guard let mask else { return AddressBlock(of: address) }
        let bits = AddressBlock.length(address.family)
        guard mask.utf8.count <= 3, mask.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let prefix = Int(mask),
            prefix <= bits
        else {
            findings.append(
                "\(side) IP mask \"\(mask)\" is not a CIDR prefix length of 0 to \(bits): 24 stands for 255.255.255.0")
            return nil
        }
        return AddressBlock(of: address, prefix: prefix)
    }

    private mutating func states(_ named: [String: Bool]) -> Set<ConnectionState> {
        var states: Set<ConnectionState> = []
        for (name, isMeant) in named.sorted(by: { $0.key < $1.key }) {
            guard let state = ConnectionState(rawValue: name.uppercased()), state != .none else {
                findings.append("Connection state \"\(name)\" is not known: use new, established, related, invalid")
                continue
            }
            if isMeant { states.insert(state) }
        }
        return states
    }
}
