/// What libvirt gets of a machine's or a department's rules: one filter, in which the first rule that matches decides.
///
/// How libvirt obeys, seen in the tables that it makes on the host (libvirt 9.0), and what follows:
/// - `accept` without a state lets connections through that begin in its direction, with their answers. A rule with a state
///   is about packets in its direction alone. `drop` without a state would hit the opposite direction as well, with source
///   and destination exchanged, so every `drop` is written with its states.
/// - Rules of one priority have no order: each half of a rule gets a priority of its own.
/// - IPv4 and IPv6 are tables of their own: a rule without addresses is written for both.
/// - A comment goes with its rule into the tables that know connections: that is how Bay finds its rules there, to tell how often
///   each was met. The tables of the bridge have none.
/// - What the host itself sends, or routes, to a machine passes only the tables of the bridge, which know no connections.
///   There the answers of the machine are held back, and what drops in every state is written once more for the bridge.
package struct FirewallFilter: Equatable, Sendable {
    /// `ibay-department-…` or `ibay-vm-…`: by its beginning Bay knows its own.
    package var name: String
    /// libvirt wants that of the filter that is replaced; nil for a new one.
    package var uuid: String?
    /// Filters of the host that come first, as `no-mac-spoofing`.
    package var references: [String]
    package var rules: EffectiveRules

    package init(name: String, uuid: String? = nil, references: [String] = [], rules: EffectiveRules) {
        self.name = name
        self.uuid = uuid
        self.references = references
        self.rules = rules
    }

    /// The lowest of libvirt's priorities, which end at 1000. Source: libvirt, "Network Filters".
    private static let firstPriority = -1000
    /// How many rules the sets of a department and of a machine may have each, so that all halves find a priority.
    package static let maximumRules = 400

    package var xml: String { element.xml }

    package var element: XMLElement {
        var children: [XMLElement] = []
        if let uuid { children.append(XMLElement("uuid", text: uuid)) }
        children += references.map { XMLElement("filterref", ["filter": $0]) }
        let lastDrop = rules.halves.lastIndex(where: \.dropsOnBridge)
        for (index, half) in rules.halves.enumerated() {
            let priority = Self.firstPriority + index
            if let lastDrop, index <= lastDrop { children += half.bridgeRules(priority) }
            children += half.rules(priority)
        }
        return XMLElement("filter", ["name": name, "chain": "root"], children: children)
    }
}

extension FirewallHalf {
    private func rule(
        _ action: String, _ direction: FirewallRule.Direction, _ priority: Int, isTracked: Bool = true,
        _ match: XMLElement
    ) -> XMLElement {
        var rule = XMLElement(
            "rule",
            [
                "action": action, "direction": direction == .incoming ? "in" : "out", "priority": "\(priority)",
            ], children: [match])
        if !isTracked { rule.attributes.append(.init(name: "statematch", value: "false")) }
        return rule
    }

    /// The rules for what passes a bridge, with its connections.
    fileprivate func rules(_ priority: Int) -> [XMLElement] {
        matches().map { match in
            var match = match
            guard case .packets(let states) = scope else {
                return rule(self.rule.action.word, direction, priority, match)
            }
            // What is not tracked is matched only by rules that ask for no connection.
            if states.contains(.none) {
                let isTracked = self.rule.action != .accept
                return rule(self.rule.action.word, direction, priority, isTracked: isTracked, match)
            }
            let named = ConnectionState.allCases.filter(states.contains)
            match.attributes.append(.init(name: "state", value: named.map(\.rawValue).joined(separator: ",")))
            return rule(self.rule.action.word, direction, priority, match)
        }
    }

    /// The protocol elements, one for each family and type of message.
    private func matches() -> [XMLElement] {
        let match = rule.match
        return match.families.flatMap { family in
            let suffix = family == .ipv6 && match.transport != .icmpv6 ? "-ipv6" : ""
            var element = XMLElement(match.transport.rawValue + suffix)
            element.add(match)
            if let mark = FirewallMark.text(of: rule.id) {
                element.attributes.append(.init(name: "comment", value: mark))
            }
            guard let types = match.messageTypes else { return [element] }
            return types.map { type in
                var typed = element
                typed.attributes.append(.init(name: "type", value: "\(type)"))
                return typed
            }
        }
    }

    // MARK: The bridge

    /// Which packets to the machine the bridge lets through or drops on account of this; nil where it has no say. It lets
    /// more through than the rules do, never less: the answers to what the machine begins are let in from everywhere.
    private var bridge: (action: FirewallRule.Action, match: PacketMatch)? {
        guard rule.origin != .policy else { return nil }
        switch (rule.action, direction) {
        case (.accept, .incoming): return (.accept, rule.match)
        case (.accept, _): return scope == .connections ? (.accept, rule.match.reversed) : nil
        case (_, .incoming): return scope == .packets(ConnectionState.tracked) ? (.drop, rule.match) : nil
        case (_, _): return nil
        }
    }

    fileprivate var dropsOnBridge: Bool { bridge?.action == .drop }

    fileprivate func bridgeRules(_ priority: Int) -> [XMLElement] {
        guard let (action, match) = bridge else { return [] }
        return match.families.map { family in
            var element = XMLElement(family == .ipv4 ? "ip" : "ipv6")
            if match.transport != .all {
                element.attributes.append(.init(name: "protocol", value: match.transport.rawValue))
            }
            element.add(match)
            if let types = match.messageTypes {
                element.attributes.append(.init(name: "type", value: "\(types.lowerBound)"))
                element.attributes.append(.init(name: "typeend", value: "\(types.upperBound)"))
            }
            return rule(action.word, .incoming, priority, element)
        }
    }
}

extension FirewallRule.Action {
    fileprivate var word: String { rawValue.lowercased() }
}

extension XMLElement {
    /// What stands in the packets, in the attributes that all protocols share.
    fileprivate mutating func add(_ match: PacketMatch) {
        for (side, block, ports) in [
            ("src", match.source, match.sourcePorts), ("dst", match.destination, match.destinationPorts),
        ] {
            if let block {
                attributes.append(.init(name: side + "ipaddr", value: block.first.description))
                attributes.append(.init(name: side + "ipmask", value: "\(block.prefix)"))
            }
            if let ports {
                attributes.append(.init(name: side + "portstart", value: "\(ports.lowerBound)"))
                attributes.append(.init(name: side + "portend", value: "\(ports.upperBound)"))
            }
        }
    }
}
