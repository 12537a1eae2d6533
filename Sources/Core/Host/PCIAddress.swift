/// Where a device sits on the host's PCI bus: `0000:01:00.0`.
package struct PCIAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var domain: UInt32
    package var bus: UInt8
    package var slot: UInt8
    package var function: UInt8

    package init(domain: UInt32, bus: UInt8, slot: UInt8, function: UInt8) {
        self.domain = domain
        self.bus = bus
        self.slot = slot
        self.function = function
    }

    /// Reads `0000:01:00.0`, with a domain of up to eight digits as some programs write it, or none: `01:00.0`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let last = parts.last else { return nil }
        let place = last.split(separator: ".", omittingEmptySubsequences: false)
        guard place.count == 2,
            let bus = Self.hex(parts[parts.count - 2], digits: 1...2),
            let slot = Self.hex(place[0], digits: 1...2), slot < 32,
            let function = Self.hex(place[1], digits: 1...1), function < 8,
            let domain = parts.count == 3 ? Self.hex(parts[0], digits: 1...8) : 0
        else { return nil }
        self.init(domain: domain, bus: UInt8(bus), slot: UInt8(slot), function: UInt8(function))
    }

    private static func hex(_ text: Substring, digits: ClosedRange<Int>) -> UInt32? {
        guard digits.contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(text, radix: 16)
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.domain, a.bus, a.slot, a.function) < (b.domain, b.bus, b.slot, b.function)
    }

    package var description: String {
        "\(Self.hex(domain, 4)):\(Self.hex(UInt32(bus), 2)):\(Self.hex(UInt32(slot), 2)).\(function)"
    }

    private static func hex(_ number: UInt32, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
