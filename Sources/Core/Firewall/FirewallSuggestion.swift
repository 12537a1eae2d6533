/// Blocked connections of one kind, as many as there were.
package struct BlockedGroup: Equatable, Sendable {
    package var transport: FirewallProtocol
    package var port: Int
    package var source: IPAddress
    package var rule: FirewallRule.ID?
    package var attempts: Int

    package init(
        transport: FirewallProtocol, port: Int, source: IPAddress, rule: FirewallRule.ID?, attempts: Int
    ) {
        self.transport = transport
        self.port = port
        self.source = source
        self.rule = rule
        self.attempts = attempts
    }
}

/// A rule that would let in what was kept out. Somebody has to want it.
package struct FirewallSuggestion: Equatable, Sendable {
    package var draft: FirewallRuleDraft
    /// From how many addresses it came, and how often.
    package var addresses: Int
    package var attempts: Int
    /// The name of a rule of somebody's that keeps it out: it is meant to be kept out.
    package var deniedBy: String?
    /// One sentence.
    package var words: String

    package init(draft: FirewallRuleDraft, addresses: Int, attempts: Int, deniedBy: String?, words: String) {
        self.draft = draft
        self.addresses = addresses
        self.attempts = attempts
        self.deniedBy = deniedBy
        self.words = words
    }
}

/// What blocked connections suggest: of the attempts to reach a machine those that look as if somebody needs them.
package struct FirewallSuggestions: Equatable, Sendable {
    package enum Limit {
        /// Who tries more ports than this looks for open doors.
        package static let portsOfSource = 10
        /// A packet or two may be a mistake.
        package static let attempts = 3
        package static let suggestions = 10
        /// From so many networks it comes from everywhere.
        package static let networks = 3
    }

    package private(set) var suggestions: [FirewallSuggestion] = []
    /// Addresses that tried too many ports for anything to be suggested.
    package private(set) var scanners: [IPAddress] = []

    /// - Parameter rules: those that decide now: what they let in meanwhile is not suggested.
    package init(_ groups: [BlockedGroup], rules: EffectiveRules) {
        struct Door: Hashable {
            var transport: FirewallProtocol
            var port: Int
        }
        var doors: [IPAddress: Set<Door>] = [:]
        for group in groups {
            doors[group.source, default: []].insert(Door(transport: group.transport, port: group.port))
        }
        let scanning = Set(doors.filter { $0.value.count > Limit.portsOfSource }.keys)
        scanners = scanning.sorted { $0.description < $1.description }
        var wanted: [Door: [BlockedGroup]] = [:]
        for group in groups where group.transport.hasPorts && group.port > 0 && !scanning.contains(group.source) {
            if Self.lets(group, in: rules) { continue }
            wanted[Door(transport: group.transport, port: group.port), default: []].append(group)
        }
        let all = wanted.values.flatMap { Self.suggestions(for: $0, rules) }
        suggestions = Array(all.sorted(by: Self.comesFirst).prefix(Limit.suggestions))
    }

    private static func lets(_ group: BlockedGroup, in rules: EffectiveRules) -> Bool {
        let nobody: IPAddress =
            group.source.family == .ipv4 ? .v4(IPv4Address(value: 0)) : .v6(IPv6Address(value: 0))
        let first = Packet(
            .incoming, group.transport, from: group.source, to: nobody, sourcePort: 49_999,
            destinationPort: group.port)
        return rules.verdict(forConnection: first).action == .accept
    }

    private static func comesFirst(_ one: FirewallSuggestion, _ other: FirewallSuggestion) -> Bool {
        // What somebody forbids comes last.
        if (one.deniedBy == nil) != (other.deniedBy == nil) { return one.deniedBy == nil }
        return (one.addresses, one.attempts, other.words) > (other.addresses, other.attempts, one.words)
    }

    /// For one port: by network, or from anywhere where there are many networks.
    private static func suggestions(for groups: [BlockedGroup], _ rules: EffectiveRules) -> [FirewallSuggestion] {
        var networks: [AddressBlock: [BlockedGroup]] = [:]
        for group in groups { networks[network(of: group.source), default: []].append(group) }
        let parts: [(block: AddressBlock?, groups: [BlockedGroup])] =
            networks.count > Limit.networks ? [(nil, groups)] : networks.map { ($0.key, $0.value) }
        return parts.compactMap { suggestion(for: $0.groups, from: $0.block, rules) }
    }

    /// As large as networks of one place are.
    private static func network(of address: IPAddress) -> AddressBlock {
        AddressBlock(of: address, prefix: address.family == .ipv4 ? 24 : 64)
    }

    private static func suggestion(
        for groups: [BlockedGroup], from network: AddressBlock?, _ rules: EffectiveRules
    ) -> FirewallSuggestion? {
        guard let first = groups.first else { return nil }
        let attempts = groups.reduce(0) { $0 + $1.attempts }
        guard attempts >= Limit.attempts else { return nil }
        let sources = Set(groups.map(\.source))
        let block = sources.count == 1 ? AddressBlock(of: first.source) : network
        let ids = Set(groups.compactMap(\.rule))
        let denying = rules.rules.first { ids.contains($0.id) && $0.action != .accept }
        let service = FirewallPreset.service(first.transport, first.port)
        let what = service ?? "\(first.transport.rawValue) \(first.port)"
        let from = block.map { " from \($0)" } ?? ""
        var draft = FirewallRuleDraft(
            name: "\(what)\(from)", action: .accept, direction: .incoming,
            // To be asked before the rule that keeps it out.
            priority: denying.map { max(0, $0.priority - 1) } ?? 500, protocolName: first.transport.rawValue,
            destination: .init(portStart: first.port, portEnd: first.port))
        if let block {
            draft.source = .init(
                address: block.first.description, mask: block.isSingle ? nil : "\(block.prefix)")
        }
        let who =
            sources.count == 1
            ? "\(first.source)" : "\(sources.count) addresses" + (block.map { " of \($0)" } ?? "")
        let but = denying.map { ", which \"\($0.name)\" forbids" } ?? ""
        return FirewallSuggestion(
            draft: draft, addresses: sources.count, attempts: attempts, deniedBy: denying?.name,
            words: "\(who) tried \(first.port)/\(first.transport.rawValue) \(attempts) times\(but): "
                + "allow \(what)\(from)")
    }
}

extension FirewallPreset {
    /// The name of what listens at a port, if it is in the catalogue; the first where there are several.
    package static func service(_ transport: FirewallProtocol, _ port: Int) -> String? {
        all.first { preset in preset.opens(transport, port) }?.name
    }
}
