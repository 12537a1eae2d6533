/// The beginning of a packet as it was on the wire. Whatever sent it may have written anything.
package struct PacketHeader: Equatable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    /// The number of what the packet carries. Source: IANA, "Protocol Numbers".
    package var transport: UInt8
    /// Nil for what has no ports, and for a fragment, which does not tell them.
    package var sourcePort: Int?
    package var destinationPort: Int?
    /// Whether it answers the first packet of a connection of TCP.
    package var isAnswer = false

    /// Nil for what is no packet of IP, and for one that ends before its addresses do.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else { return nil }
        var rest: ArraySlice<UInt8>?
        switch first >> 4 {
        case 4:
            let length = Int(first & 0x0F) * 4
            guard length >= 20, bytes.count >= 20 else { return nil }
            source = .v4(IPv4Address(value: UInt32(bytes.number(at: 12, bytes: 4))))
            destination = .v4(IPv4Address(value: UInt32(bytes.number(at: 16, bytes: 4))))
            transport = bytes[bytes.startIndex + 9]
            // Ports stand in the first fragment alone.
            let offset = bytes.number(at: 6, bytes: 2) & 0x1FFF
            rest = offset == 0 ? bytes.dropFirst(length) : nil
        case 6:
            guard bytes.count >= 40 else { return nil }
            source = .v6(IPv6Address(value: bytes.number(at: 8, bytes: 16)))
            destination = .v6(IPv6Address(value: bytes.number(at: 24, bytes: 16)))
            (transport, rest) = Self.skipExtensions(bytes[bytes.startIndex + 6], bytes.dropFirst(40))
        default: return nil
        }
        if let rest { readPorts(rest) }
    }

    /// Source: RFC 8200, section 4. What is not reached in a few steps is not looked for.
    private static func skipExtensions(
        _ first: UInt8, _ bytes: ArraySlice<UInt8>
    ) -> (transport: UInt8, rest: ArraySlice<UInt8>?) {
        var (kind, rest) = (first, bytes)
        for _ in 0..<8 {
            let length: Int
            switch kind {
            // Options for each hop, routing, options for the destination.
            case 0, 43, 60: length = rest.count >= 2 ? (Int(rest[rest.startIndex + 1]) + 1) * 8 : .max
            case 44:
                guard rest.count >= 8 else { return (kind, nil) }
                if rest.number(at: 2, bytes: 2) >> 3 != 0 { return (rest[rest.startIndex], nil) }
                length = 8
            default: return (kind, rest)
            }
            guard rest.count >= length else { return (kind, nil) }
            kind = rest[rest.startIndex]
            rest = rest.dropFirst(length)
        }
        return (kind, nil)
    }

    private mutating func readPorts(_ bytes: ArraySlice<UInt8>) {
        guard let known = knownTransport, known.hasPorts, bytes.count >= 4 else { return }
        sourcePort = Int(bytes.number(at: 0, bytes: 2))
        destinationPort = Int(bytes.number(at: 2, bytes: 2))
        // SYN and ACK.
        if known == .tcp, bytes.count >= 14 { isAnswer = bytes[bytes.startIndex + 13] & 0x12 == 0x12 }
    }

    /// Nil for a protocol that rules cannot name.
    package var knownTransport: FirewallProtocol? { Self.transports[transport] }

    /// `TCP`, or `IP-89` for what has no name here.
    package var transportName: String { knownTransport?.rawValue.uppercased() ?? "IP-\(transport)" }

    private static let transports: [UInt8: FirewallProtocol] = [
        1: .icmp, 2: .igmp, 6: .tcp, 17: .udp, 50: .esp, 51: .ah, 58: .icmpv6, 132: .sctp, 136: .udplite,
    ]
}

extension ArraySlice<UInt8> {
    /// A number with its highest byte first. The caller has seen that it is there.
    fileprivate func number(at offset: Int, bytes count: Int) -> UInt128 {
        self[(startIndex + offset)..<(startIndex + offset + count)].reduce(0) { $0 << 8 | UInt128($1) }
    }
}
