import Glibc

/// Texts that come again and again in the rows of a list, as the department of its machines does. Each is made once, as long
/// as it is remembered: making one means memory from the heap and a look at each byte, and comparing two that are the same
/// one is a matter of two words.
public struct RepeatedTexts {
    private struct Entry {
        var mark: UInt64
        var text: String
    }

    /// Each text has one place, from which another one may push it out.
    private var entries: [Entry?]

    /// - Parameter limit: how many are remembered, a power of two or 0.
    public init(limit: Int = 128) { entries = [Entry?](repeating: nil, count: limit) }

    mutating func text(_ bytes: UnsafeRawBufferPointer) -> String {
        if entries.isEmpty { return unsafe String(decoding: bytes, as: UTF8.self) }
        let mark = unsafe bytes.mark
        let place = Int(truncatingIfNeeded: (mark &* 0x9E37_79B9_7F4A_7C15) >> 40) & (entries.count - 1)
        if let known = entries[place], known.mark == mark, unsafe known.text.isMade(of: bytes) { return known.text }
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        entries[place] = Entry(mark: mark, text: text)
        return text
    }
}

extension String {
    fileprivate func isMade(of bytes: UnsafeRawBufferPointer) -> Bool {
        let isSame = unsafe utf8.withContiguousStorageIfAvailable { own in
            guard own.count == bytes.count, let one = own.baseAddress, let other = bytes.baseAddress else {
                return false
            }
            return unsafe memcmp(one, other, own.count) == 0
        }
        return isSame ?? false
    }
}

extension Row {
    /// The text of a column, or nil for null, taken from those that came before if it is one of them.
    public func text(at column: Int, among texts: inout RepeatedTexts) throws(DatabaseError) -> String? {
        guard let cell = cell(column) else { return nil }
        guard let bytes = unsafe cell.text else {
            throw problem(column, String.expectation, cell.mismatch(String.types))
        }
        return unsafe texts.text(bytes)
    }
}
