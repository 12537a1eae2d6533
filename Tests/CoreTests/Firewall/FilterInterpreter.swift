import Core

/// Evaluates a filter as libvirt obeys it, from its XML alone: what each kind of rule becomes in the host's tables was read
/// from `iptables-save` and `ebtables -L` of libvirt 9.0. It shares no code with what made the filter.
struct FilterInterpreter {
    private let rules: [XMLElement]

    init(_ filter: XMLElement) {
        rules = filter.all("rule").enumerated().sorted {
            (Int($0.element[attribute: "priority"]!)!, $0.offset) < (
                Int($1.element[attribute: "priority"]!)!, $1.offset
            )
        }.map(\.element)
    }

    /// What the tables of a bridged interface do with a packet: `accept`, `drop` or `reject`.
    func bridged(_ packet: Packet) -> String {
        if packet.direction == .incoming, ethernet(packet) == "drop" { return "drop" }
        for rule in rules {
            guard let element = rule.children.first, element.name != "ip", element.name != "ipv6" else { continue }
            if decides(rule, element, packet) { return rule[attribute: "action"]! }
        }
        return "accept"
    }

    /// What the tables of the bridge do with a frame to the machine, which is all that frames of the host itself pass.
    func ethernet(_ packet: Packet) -> String {
        for rule in rules where rule[attribute: "direction"] == "in" {
            guard let element = rule.children.first, element.name == "ip" || element.name == "ipv6",
                (element.name == "ip") == (packet.family == .ipv4)
            else { continue }
            let transport = element[attribute: "protocol"]
            guard transport == nil || transport == packet.transport.rawValue, literally(element, packet) else {
                continue
            }
            return rule[attribute: "action"]!
        }
        return "accept"
    }

    private func decides(_ rule: XMLElement, _ element: XMLElement, _ packet: Packet) -> Bool {
        let isSix = element.name.hasSuffix("-ipv6") || element.name == "icmpv6"
        guard isSix == (packet.family == .ipv6) else { return false }
        let name = element.name.split(separator: "-")[0]
        guard name == "all" || name == packet.transport.rawValue else { return false }
        let isIn = packet.direction == .incoming
        let directions = ["in": [true], "out": [false], "inout": [true, false]][rule[attribute: "direction"]!]!
        if let states = element[attribute: "state"]?.split(separator: ",").map(String.init) {
            return directions.contains(isIn) && literally(element, packet) && states.contains(packet.state.rawValue)
        }
        // Without a state the other direction has the rule as well, the other way round.
        let ahead = directions.contains(isIn) && literally(element, packet)
        let back = directions.contains(!isIn) && literally(element, packet.turned)
        if rule[attribute: "action"] != "accept" { return ahead || back }
        if rule[attribute: "statematch"] == "false" {
            // Types of messages are left out on the way back.
            return ahead || (back && element[attribute: "type"] == nil)
        }
        switch packet.state {
        case .new: return ahead
        case .established: return packet.isReply ? back : ahead
        default: return false
        }
    }

    private func literally(_ element: XMLElement, _ packet: Packet) -> Bool {
        func inside(_ name: String, _ value: Int?, _ end: String) -> Bool {
            guard let start = element[attribute: name].flatMap({ Int($0) }) else { return true }
            guard let value else { return false }
            return (start...(element[attribute: end].flatMap { Int($0) } ?? start)).contains(value)
        }
        func block(_ side: String, _ address: IPAddress) -> Bool {
            guard let text = element[attribute: side + "ipaddr"] else { return true }
            guard let first = IPAddress(text), let prefix = element[attribute: side + "ipmask"].flatMap({ Int($0) })
            else {
                return false
            }
            return AddressBlock(of: first, prefix: prefix).contains(address)
        }
        return block("src", packet.source) && block("dst", packet.destination)
            && inside("srcportstart", packet.sourcePort, "srcportend")
            && inside("dstportstart", packet.destinationPort, "dstportend")
            && inside("type", packet.messageType, "typeend")
    }
}

extension Packet {
    /// The same with source and destination exchanged.
    fileprivate var turned: Packet {
        Packet(
            direction, transport, from: destination, to: source, sourcePort: destinationPort,
            destinationPort: sourcePort,
            messageType: messageType, state: state, isReply: isReply)
    }
}
