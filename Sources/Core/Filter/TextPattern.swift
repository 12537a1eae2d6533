/// How a text is looked for in others. Case does not matter for ASCII letters.
package enum TextPattern: Equatable, Sendable {
    case contains([UInt8])
    /// The characters in this order, with anything between.
    case fuzzy([UInt8])
    case expression(SmallRegex)

    /// Whether it occurs in `text`, which must be lower case.
    package func matches(_ text: some RandomAccessCollection<UInt8>) -> Bool {
        switch self {
        case .contains(let needle): Self.find(needle, in: text) != nil
        case .fuzzy(let needle): needle.isEmpty || Self.isSubsequence(needle, of: text)
        case .expression(let regex): regex.matches(text)
        }
    }

    /// Lower case of the ASCII letters: what patterns and the texts that they search are brought to.
    package static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    /// Where `needle` begins in `text`, counted in bytes.
    package static func find(_ needle: [UInt8], in text: some RandomAccessCollection<UInt8>) -> Int? {
        guard let first = needle.first else { return 0 }
        guard text.count >= needle.count else { return nil }
        var start = text.startIndex
        let end = text.index(text.endIndex, offsetBy: 1 - needle.count)
        while start < end {
            if text[start] == first {
                var offset = 1
                var place = text.index(after: start)
                while offset < needle.count, text[place] == needle[offset] {
                    offset += 1
                    place = text.index(after: place)
                }
                if offset == needle.count { return text.distance(from: text.startIndex, to: start) }
            }
            start = text.index(after: start)
        }
        return nil
    }

    private static func isSubsequence(_ needle: [UInt8], of text: some RandomAccessCollection<UInt8>) -> Bool {
        var next = 0
        for byte in text where byte == needle[next] {
            next += 1
            if next == needle.count { return true }
        }
        return false
    }
}
