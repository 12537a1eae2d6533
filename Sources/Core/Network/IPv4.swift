/// An IPv4 address.
package struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var value: UInt32

    package init(value: UInt32) { self.value = value }

    /// Reads four decimal numbers with dots between. Other forms, as `127.1` or `010.0.0.1`, mean different addresses to
    /// different programs and are refused.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                part == "0" || !part.hasPrefix("0"), let number = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(number)
        }
        self.value = value
    }

    package static func < (a: Self, b: Self) -> Bool { a.value < b.value }

    package var description: String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }

    /// Whether a host may have it: neither "this network", loopback, multicast nor reserved. Source: RFC 6890.
    package var isForHosts: Bool {
        let first = value >> 24
        return first != 0 && first != 127 && first < 224
    }
}

/// The addresses that share their first bits: `192.168.122.0/24`.
package struct IPv4Subnet: Hashable, Sendable, CustomStringConvertible {
    package let first: IPv4Address
    package let prefix: Int

    /// The subnet that an address lies in.
    package init(of address: IPv4Address, prefix: Int) {
        precondition((0...32).contains(prefix), "an IPv4 prefix has 0 to 32 bits")
        self.prefix = prefix
        first = IPv4Address(value: address.value & Self.mask(prefix))
    }

    package var last: IPv4Address { IPv4Address(value: first.value | ~Self.mask(prefix)) }
    package var netmask: IPv4Address { IPv4Address(value: Self.mask(prefix)) }
    package var description: String { "\(first)/\(prefix)" }

    package func contains(_ address: IPv4Address) -> Bool { address >= first && address <= last }
    package func overlaps(_ other: IPv4Subnet) -> Bool { first <= other.last && other.first <= last }

    /// Whether a host in the subnet may have it: neither its first address, which names it, nor its last, which reaches all.
    package func isHost(_ address: IPv4Address) -> Bool { address > first && address < last }

    package static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix) }

    /// How many bits a netmask has; nil for one whose bits are not all in front.
    package static func prefix(netmask: IPv4Address) -> Int? {
        let count = (~netmask.value).leadingZeroBitCount
        return mask(count) == netmask.value ? count : nil
    }
}

/// The addresses that DHCP hands out.
package struct IPv4Range: Hashable, Sendable, CustomStringConvertible {
    package var start: IPv4Address
    package var end: IPv4Address

    package init(start: IPv4Address, end: IPv4Address) {
        self.start = start
        self.end = end
    }

    package var description: String { "\(start) to \(end)" }
}
