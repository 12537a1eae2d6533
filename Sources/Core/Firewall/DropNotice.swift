/// What the kernel tells of a packet that is about to be dropped.
package struct DropNotice: Equatable, Sendable {
    package var place: DropPlace
    package var header: PacketHeader

    package init(place: DropPlace, header: PacketHeader) {
        self.place = place
        self.header = header
    }
}

/// Some that came together.
package struct DropBatch: Equatable, Sendable {
    package var notices: [DropNotice]
    /// How many packets were lost before them.
    package var lost: Int

    package init(notices: [DropNotice] = [], lost: Int = 0) {
        self.notices = notices
        self.lost = lost
    }
}

/// Which rule of which interface drops a packet, as it goes with the packet through the kernel.
package struct DropPlace: Hashable, Sendable {
    package var direction: FirewallRule.Direction
    package var interface: String
    package var rule: FirewallRule.ID

    package init(direction: FirewallRule.Direction, interface: String, rule: FirewallRule.ID) {
        self.direction = direction
        self.interface = interface
        self.rule = rule
    }

    private static let beginning = "ibay-"
    /// What the kernel takes. Source: iptables-extensions(8), NFLOG.
    private static let longest = 63

    /// `ibay-in:vnet3:…`; nil where it would be too long, and for an interface whose name could mean something else in a
    /// list of rules.
    package var prefix: String? {
        let isPlain = interface.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"\"'\\:".utf8.contains(byte)
        }
        guard isPlain else { return nil }
        let text = "\(Self.beginning)\(direction == .incoming ? "in" : "out"):\(interface):\(rule)"
        return text.utf8.count <= Self.longest ? text : nil
    }

    /// Nil for what another program logs.
    package init?(prefix: String) {
        guard prefix.hasPrefix(Self.beginning) else { return nil }
        let parts = prefix.dropFirst(Self.beginning.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "in" || parts[0] == "out", !parts[1].isEmpty, !parts[2].isEmpty else {
            return nil
        }
        self.init(
            direction: parts[0] == "in" ? .incoming : .outgoing, interface: String(parts[1]),
            rule: FirewallRule.ID(String(parts[2])))
    }
}

/// What came out of the kernel's socket for logged packets, read from its bytes.
///
/// Sources: linux/netlink.h and linux/netfilter/nfnetlink_log.h; netlink(7). Numbers of netlink itself are the host's own way
/// round, what stands in attributes has its highest byte first.
package struct PacketLogMessages: Equatable, Sendable {
    package var notices: [DropNotice] = []
    /// The number of the last packet of the group; gaps tell of packets that the kernel could not hand over.
    package var sequences: [UInt32] = []
    /// What the kernel answers to a request: 0 for yes, else an errno.
    package var answers: [Int32] = []

    private enum Kind {
        static let error: UInt16 = 2
        /// Packets of the subsystem for logs.
        static let packet: UInt16 = 4 << 8
    }

    private enum Attribute {
        static let payload: UInt16 = 9
        static let prefix: UInt16 = 10
        static let sequence: UInt16 = 12
        /// Two bits of the type are flags.
        static let mask: UInt16 = 0x3FFF
    }

    package init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while rest.count >= 16 {
            let length = Int(rest.host32(at: 0))
            guard length >= 16, length <= rest.count else { return }
            take(kind: rest.host16(at: 4), rest.prefix(length).dropFirst(16))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    private mutating func take(kind: UInt16, _ body: ArraySlice<UInt8>) {
        if kind == Kind.error, body.count >= 4 { answers.append(-Int32(bitPattern: body.host32(at: 0))) }
        guard kind == Kind.packet else { return }
        var (prefix, header): (String?, PacketHeader?)
        // Behind four bytes that name the family and the group.
        var rest = body.dropFirst(4)
        while rest.count >= 4 {
            let length = Int(rest.host16(at: 0))
            guard length >= 4, length <= rest.count else { break }
            let value = rest.prefix(length).dropFirst(4)
            switch rest.host16(at: 2) & Attribute.mask {
            case Attribute.payload: header = PacketHeader(value)
            case Attribute.prefix: prefix = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
            case Attribute.sequence where value.count == 4: sequences.append(value.host32(at: 0).byteSwapped)
            default: break
            }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        if let place = prefix.flatMap(DropPlace.init(prefix:)), let header {
            notices.append(DropNotice(place: place, header: header))
        }
    }
}

extension ArraySlice<UInt8> {
    /// The processors that Bay is built for have the lowest byte first. The caller has seen that the bytes are there.
    fileprivate func host16(at offset: Int) -> UInt16 {
        UInt16(self[startIndex + offset]) | UInt16(self[startIndex + offset + 1]) << 8
    }

    fileprivate func host32(at offset: Int) -> UInt32 {
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(self[startIndex + offset + $1]) << UInt32(8 * $1) }
    }
}
