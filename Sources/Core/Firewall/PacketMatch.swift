/// What packets can carry, by the names that people and libvirt use.
package enum FirewallProtocol: String, Hashable, CaseIterable, Sendable {
    case all, tcp, udp, udplite, sctp, icmp, icmpv6, igmp, ah, esp

    package var hasPorts: Bool {
        switch self {
        case .tcp, .udp, .udplite, .sctp: true
        case .all, .icmp, .icmpv6, .igmp, .ah, .esp: false
        }
    }

    /// The only family in which the protocol exists; nil for both.
    package var onlyFamily: AddressFamily? {
        switch self {
        case .icmp, .igmp: .ipv4
        case .icmpv6: .ipv6
        default: nil
        }
    }
}

/// Which packets a rule is about, by what stands in them. A part that is nil is of no matter.
package struct PacketMatch: Hashable, Sendable {
    package var transport: FirewallProtocol
    package var source: AddressBlock?
    package var destination: AddressBlock?
    package var sourcePorts: ClosedRange<Int>?
    package var destinationPorts: ClosedRange<Int>?
    /// Types of ICMP messages; only rules of Bay's own have them.
    package var messageTypes: ClosedRange<Int>?

    package init(
        _ transport: FirewallProtocol = .all, source: AddressBlock? = nil, destination: AddressBlock? = nil,
        sourcePorts: ClosedRange<Int>? = nil, destinationPorts: ClosedRange<Int>? = nil,
        messageTypes: ClosedRange<Int>? = nil
    ) {
        self.transport = transport
        self.source = source
        self.destination = destination
        self.sourcePorts = sourcePorts
        self.destinationPorts = destinationPorts
        self.messageTypes = messageTypes
    }

    /// The families in which a packet can match.
    package var families: [AddressFamily] {
        if let family = transport.onlyFamily ?? source?.family ?? destination?.family { return [family] }
        return AddressFamily.allCases
    }

    /// The same with source and destination exchanged: what the answers to these packets look like.
    package var reversed: PacketMatch {
        PacketMatch(
            transport, source: destination, destination: source, sourcePorts: destinationPorts,
            destinationPorts: sourcePorts, messageTypes: messageTypes)
    }

    /// Whether every packet that matches `other` matches this.
    package func covers(_ other: PacketMatch) -> Bool {
        func wider<Value>(_ mine: Value?, _ theirs: Value?, _ contains: (Value, Value) -> Bool) -> Bool {
            guard let mine else { return true }
            return theirs.map { contains(mine, $0) } ?? false
        }
        return (transport == .all || transport == other.transport)
            && other.families.allSatisfy(families.contains)
            && wider(source, other.source) { $0.contains($1) }
            && wider(destination, other.destination) { $0.contains($1) }
            && wider(sourcePorts, other.sourcePorts) { $0.contains($1) }
            && wider(destinationPorts, other.destinationPorts) { $0.contains($1) }
            && wider(messageTypes, other.messageTypes) { $0.contains($1) }
    }

    /// Whether there is a packet that matches both.
    package func intersects(_ other: PacketMatch) -> Bool {
        func meets<Value>(_ mine: Value?, _ theirs: Value?, _ overlap: (Value, Value) -> Bool) -> Bool {
            guard let mine, let theirs else { return true }
            return overlap(mine, theirs)
        }
        return (transport == .all || other.transport == .all || transport == other.transport)
            && families.contains(where: other.families.contains)
            && meets(source, other.source) { $0.overlaps($1) }
            && meets(destination, other.destination) { $0.overlaps($1) }
            && meets(sourcePorts, other.sourcePorts) { $0.overlaps($1) }
            && meets(destinationPorts, other.destinationPorts) { $0.overlaps($1) }
            && meets(messageTypes, other.messageTypes) { $0.overlaps($1) }
    }
}
