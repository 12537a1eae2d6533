/// An IPv6 address.
package struct IPv6Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var value: UInt128

    package init(value: UInt128) { self.value = value }

    /// Reads eight groups of hexadecimal digits, of which one run of zeros may be left out as `::` and the last two may be
    /// written as an IPv4 address. A zone, as in `fe80::1%eth0`, names an interface of one host and is refused.
    /// Source: RFC 4291, section 2.2.
    package init?(_ text: String) {
        guard text.utf8.count <= 45 else { return nil }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count) else { return nil }
        guard let front = Self.groups(halves[0], mayEndInIPv4: halves.count == 1),
            let back = halves.count == 2 ? Self.groups(halves[1], mayEndInIPv4: true) : []
        else { return nil }
        let missing = 8 - front.count - back.count
        // "::" stands for at least one group of zeros.
        guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
        value = (front + Array(repeating: 0, count: missing) + back).reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(".") {
                guard let tail = IPv4Address(String(part)) else { return nil }
                groups += [UInt16(tail.value >> 16), UInt16(tail.value & 0xffff)]
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    package static func < (a: Self, b: Self) -> Bool { a.value < b.value }

    /// The one form that everybody writes: lower case, and the longest run of zeros left out. Source: RFC 5952.
    package var description: String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(112 - 16 * $0)) }
        var longest = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, groups[index] == 0 {
                start = start ?? index
            } else if let first = start {
                if index - first > longest.count { longest = first..<index }
                start = nil
            }
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard longest.count >= 2 else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}
