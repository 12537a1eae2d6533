/// A packet between a machine and the rest of the world, as far as rules can tell packets apart.
package struct Packet: Hashable, Sendable {
    /// `incoming` or `outgoing`, as the machine sees it.
    package var direction: FirewallRule.Direction
    package var transport: FirewallProtocol
    package var source: IPAddress
    package var destination: IPAddress
    /// For protocols that have ports.
    package var sourcePort: Int?
    package var destinationPort: Int?
    /// For ICMP.
    package var messageType: Int?
    package var state: ConnectionState
    /// Whether it goes against the direction of its connection's first packet.
    package var isReply: Bool

    package init(
        _ direction: FirewallRule.Direction, _ transport: FirewallProtocol, from source: IPAddress,
        to destination: IPAddress, sourcePort: Int? = nil, destinationPort: Int? = nil, messageType: Int? = nil,
        state: ConnectionState = .new, isReply: Bool = false
    ) {
        self.direction = direction
        self.transport = transport
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.messageType = messageType
        self.state = state
        self.isReply = isReply
    }

    package var family: AddressFamily { source.family }

    /// The answer to it, in a connection that has come about.
    package var reply: Packet {
        Packet(
            direction.opposite, transport, from: destination, to: source, sourcePort: destinationPort,
            destinationPort: sourcePort, messageType: messageType, state: .established, isReply: !isReply)
    }
}

extension PacketMatch {
    /// The first part in which the packet is another than is asked for; nil when it matches.
    package func difference(to packet: Packet) -> PacketDifference? {
        func inside(_ range: ClosedRange<Int>?, _ value: Int?) -> Bool {
            guard let range else { return true }
            return value.map(range.contains) ?? false
        }
        if transport != .all, transport != packet.transport { return .transport }
        if !families.contains(packet.family) { return .family }
        if let source, !source.contains(packet.source) { return .source }
        if let destination, !destination.contains(packet.destination) { return .destination }
        if !inside(sourcePorts, packet.sourcePort) { return .sourcePort }
        if !inside(destinationPorts, packet.destinationPort) { return .destinationPort }
        if !inside(messageTypes, packet.messageType) { return .messageType }
        return nil
    }
}

/// Why a rule is not about a packet.
package enum PacketDifference: Hashable, Sendable {
    case direction, transport, family, source, destination, sourcePort, destinationPort, messageType, state

    /// What differs, to go behind "the rule is about another".
    package var words: String {
        switch self {
        case .direction: "direction"
        case .transport: "protocol"
        case .family: "address family"
        case .source: "source address"
        case .destination: "destination address"
        case .sourcePort: "source port"
        case .destinationPort: "destination port"
        case .messageType: "type of message"
        case .state: "state of the connection"
        }
    }
}
