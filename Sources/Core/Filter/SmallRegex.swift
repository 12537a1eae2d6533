/// Regular expressions for filters: `. * + ? | ( ) [a-z] [^a-z] ^ $ \d \w \s` and escaped characters, without case.
///
/// The automaton has one state for each character that the expression names (Glushkov), at most 64 of them, so that a set of
/// states is one word: time is linear in the text, whatever the expression. A hostile expression can slow nothing down.
package struct SmallRegex: Equatable, Sendable {
    package static let maximumStates = 63

    /// For each byte the states that accept it.
    private let accepts: [UInt64]
    /// For each state the states that may follow.
    private let follow: [UInt64]
    private let first: UInt64
    private let last: UInt64
    private let matchesEmpty: Bool
    private let isAtStart: Bool
    private let isAtEnd: Bool

    /// Nil when the text is no expression that this can run: callers then look for the text itself.
    package init?(_ pattern: String) {
        var bytes = ArraySlice(TextPattern.folded(pattern))
        isAtStart = bytes.first == UInt8(ascii: "^")
        if isAtStart { bytes.removeFirst() }
        isAtEnd =
            bytes.last == UInt8(ascii: "$") && !(bytes.count > 1 && bytes[bytes.endIndex - 2] == UInt8(ascii: "\\"))
        if isAtEnd { bytes.removeLast() }
        var compiler = Compiler(bytes: Array(bytes))
        guard let whole = compiler.alternatives(), compiler.isDone else { return nil }
        first = whole.first
        last = whole.last
        matchesEmpty = whole.isNullable
        follow = compiler.follow
        var table = [UInt64](repeating: 0, count: 256)
        for (state, set) in compiler.sets.enumerated() {
            for byte in 0..<256 where set.contains(UInt8(byte)) { table[byte] |= 1 << UInt64(state) }
        }
        accepts = table
    }

    /// Whether it matches somewhere in `text`, which must be lower case.
    package func matches(_ text: some Sequence<UInt8>) -> Bool {
        if matchesEmpty, !isAtStart || !isAtEnd { return true }
        var states: UInt64 = 0
        var isEmpty = true
        for byte in text {
            var next: UInt64 = isAtStart && !isEmpty ? 0 : first
            isEmpty = false
            var rest = states
            while rest != 0 {
                next |= follow[rest.trailingZeroBitCount]
                rest &= rest - 1
            }
            states = next & accepts[Int(byte)]
            if !isAtEnd, states & last != 0 { return true }
        }
        return states & last != 0 || isEmpty && matchesEmpty
    }
}

/// A set of bytes.
private struct ByteSet {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static let all = ByteSet(where: { _ in true })

    init(where isMember: (UInt8) -> Bool = { _ in false }) {
        for byte in 0...255 where isMember(UInt8(byte)) { insert(UInt8(byte)) }
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: words.0 & bit != 0
        case 1: words.1 & bit != 0
        case 2: words.2 & bit != 0
        default: words.3 & bit != 0
        }
    }

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }
}

/// Recursive descent over the expression. Each part knows its first and last states and whether it may be empty.
private struct Compiler {
    struct Part {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var isNullable = true
    }

    let bytes: [UInt8]
    var position = 0
    var depth = 0
    var sets: [ByteSet] = []
    var follow: [UInt64] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isDone: Bool { position == bytes.count }
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func alternatives() -> Part? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 20, var whole = sequence() else { return nil }
        while next == UInt8(ascii: "|") {
            position += 1
            guard let other = sequence() else { return nil }
            whole.first |= other.first
            whole.last |= other.last
            whole.isNullable = whole.isNullable || other.isNullable
        }
        return whole
    }

    private mutating func sequence() -> Part? {
        var whole = Part()
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            guard let part = repetition() else { return nil }
            link(whole.last, to: part.first)
            if whole.isNullable { whole.first |= part.first }
            whole.last = part.isNullable ? whole.last | part.last : part.last
            whole.isNullable = whole.isNullable && part.isNullable
        }
        return whole
    }

    private mutating func repetition() -> Part? {
        guard var part = atom() else { return nil }
        while let byte = next {
            switch byte {
            case UInt8(ascii: "*"):
                link(part.last, to: part.first)
                part.isNullable = true
            case UInt8(ascii: "+"): link(part.last, to: part.first)
            case UInt8(ascii: "?"): part.isNullable = true
            default: return part
            }
            position += 1
        }
        return part
    }

    private mutating func atom() -> Part? {
        guard let byte = next else { return nil }
        position += 1
        switch byte {
        case UInt8(ascii: "("):
            guard let part = alternatives(), next == UInt8(ascii: ")") else { return nil }
            position += 1
            return part
        case UInt8(ascii: "["): return characterClass().flatMap { state($0) }
        case UInt8(ascii: "."): return state(.all)
        case UInt8(ascii: "\\"): return escape().flatMap { state($0) }
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "$"): return nil
        default: return state(ByteSet { $0 == byte })
        }
    }

    private mutating func escape() -> ByteSet? {
        guard let byte = next else { return nil }
        position += 1
        switch byte {
        case UInt8(ascii: "d"): return ByteSet { $0 >= 0x30 && $0 <= 0x39 }
        case UInt8(ascii: "w"):
            return ByteSet { $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A || $0 == 0x5F || $0 >= 0x80 }
        case UInt8(ascii: "s"): return ByteSet { $0 == 0x20 || $0 == 0x09 }
        default: return ByteSet { $0 == byte }
        }
    }

    private mutating func characterClass() -> ByteSet? {
        var set = ByteSet()
        var isNegated = false
        if next == UInt8(ascii: "^") {
            isNegated = true
            position += 1
        }
        var isFirst = true
        while let byte = next, byte != UInt8(ascii: "]") || isFirst {
            isFirst = false
            position += 1
            if position + 1 < bytes.count, next == UInt8(ascii: "-"), bytes[position + 1] != UInt8(ascii: "]") {
                let upper = bytes[position + 1]
                position += 2
                guard byte <= upper else { return nil }
                for member in byte...upper { set.insert(member) }
            } else {
                set.insert(byte)
            }
        }
        guard next == UInt8(ascii: "]") else { return nil }
        position += 1
        let chosen = set
        return isNegated ? ByteSet { !chosen.contains($0) } : chosen
    }

    private mutating func state(_ set: ByteSet) -> Part? {
        guard sets.count < SmallRegex.maximumStates else { return nil }
        let bit: UInt64 = 1 << UInt64(sets.count)
        sets.append(set)
        follow.append(0)
        return Part(first: bit, last: bit, isNullable: false)
    }

    private mutating func link(_ from: UInt64, to: UInt64) {
        var rest = from
        while rest != 0 {
            follow[rest.trailingZeroBitCount] |= to
            rest &= rest - 1
        }
    }
}
