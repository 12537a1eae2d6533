/// The order in which people expect names: `vm-2` before `vm-10`, and no difference between upper and lower case.
package enum NaturalOrder {
    /// A key whose bytes compare as the names should. Runs of digits become their length and the digits without leading zeros.
    package static func key(_ text: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(text.utf8.count + 4)
        var digits: [UInt8] = []
        func flush() {
            guard !digits.isEmpty else { return }
            let significant = digits.drop { $0 == 0x30 }
            key.append(0x30)
            key.append(UInt8(clamping: significant.count))
            key.append(contentsOf: significant)
            digits.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            if byte >= 0x30, byte <= 0x39 {
                digits.append(byte)
            } else {
                flush()
                key.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
            }
        }
        flush()
        return key
    }
}
