package enum AddressFamily: String, Hashable, CaseIterable, Sendable { case ipv4 = "IPv4", ipv6 = "IPv6" }

/// An address of either family.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Address)
    case v6(IPv6Address)

    package init?(_ text: String) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    package var family: AddressFamily {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }

    package var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// The address in the last bits of a number, so that one arithmetic serves both families.
    fileprivate var bits: UInt128 {
        switch self {
        case .v4(let address): UInt128(address.value)
        case .v6(let address): address.value
        }
    }
}

/// The addresses that share their first bits: `10.0.0.0/8`, `2001:db8::/32`, or one alone.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    package let first: IPAddress
    package let prefix: Int

    /// The block that an address lies in; by itself without a prefix.
    package init(of address: IPAddress, prefix: Int? = nil) {
        let length = Self.length(address.family)
        let prefix = prefix ?? length
        precondition((0...length).contains(prefix), "a prefix has 0 to \(length) bits")
        self.prefix = prefix
        // A shift by all bits makes zero, as it should.
        let bits = (address.bits >> UInt128(length - prefix)) << UInt128(length - prefix)
        switch address {
        case .v4: first = .v4(IPv4Address(value: UInt32(truncatingIfNeeded: bits)))
        case .v6: first = .v6(IPv6Address(value: bits))
        }
    }

    package var family: AddressFamily { first.family }
    package var isSingle: Bool { prefix == Self.length(family) }
    package var description: String { isSingle ? first.description : "\(first)/\(prefix)" }

    /// How many bits an address has.
    package static func length(_ family: AddressFamily) -> Int { family == .ipv4 ? 32 : 128 }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && AddressBlock(of: address, prefix: prefix) == self
    }

    package func contains(_ other: AddressBlock) -> Bool { other.prefix >= prefix && contains(other.first) }
    package func overlaps(_ other: AddressBlock) -> Bool { contains(other) || other.contains(self) }
}
