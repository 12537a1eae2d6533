/// Bytes that grow at their end.
///
/// An array asks each time whether somebody else has it, too, and copies a few bytes by a call for any number of them: for a
/// list of machines that is two thirds of the writing. This file is the only one of the module in which the compiler does not
/// look after memory; what it offers cannot be used wrongly.
@safe struct GrowingBytes: ~Copyable, @unchecked Sendable {
    // Sendable because the memory has one owner.
    private(set) var count = 0
    private var capacity: Int
    private var start: UnsafeMutablePointer<UInt8>

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        unsafe start = .allocate(capacity: self.capacity)
    }

    deinit { unsafe start.deallocate() }

    /// All of them.
    var array: [UInt8] { array(0..<count) }

    func array(_ range: Range<Int>) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "there are no such bytes")
        return unsafe Array(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
    }

    /// Forgets what is behind the first ones.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "there are not so many")
        self.count = count
    }

    @inline(__always) mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        unsafe start[count] = byte
        count &+= 1
    }

    mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { text in
            makeRoom(for: text.count)
            unsafe add(text)
        }
    }

    /// A value behind its name, and both behind a comma where one is needed.
    mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>, comma: Bool) {
        unsafe name.withUnsafeBufferPointer { name in
            unsafe value.withUnsafeBufferPointer { value in
                makeRoom(for: name.count &+ value.count &+ 1)
                if comma { unsafe add(UInt8(ascii: ",")) }
                unsafe add(name)
                unsafe add(value)
            }
        }
    }

    /// Text in quotes behind its name, and both behind a comma where one is needed. Returns whether it did, and does nothing
    /// where the text needs an escape.
    mutating func appendPlain(_ text: String, behind name: Span<UInt8>, comma: Bool) -> Bool {
        unsafe name.withUnsafeBufferPointer { name in
            let isDone = unsafe text.utf8.withContiguousStorageIfAvailable { text in
                guard unsafe Self.isPlain(text) else { return false }
                makeRoom(for: name.count &+ text.count &+ 3)
                if comma { unsafe add(UInt8(ascii: ",")) }
                unsafe add(name)
                unsafe add(UInt8(ascii: "\""))
                unsafe add(text)
                unsafe add(UInt8(ascii: "\""))
                return true
            }
            return isDone ?? false
        }
    }

    @inline(__always) private mutating func makeRoom(for more: Int) {
        if more > capacity &- count { grow(by: more) }
    }

    @inline(never) private mutating func grow(by more: Int) {
        // Traps where so many cannot be counted.
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        unsafe larger.initialize(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = larger
        capacity = wanted
    }

    /// Appends where there is room.
    @unsafe @inline(__always) private mutating func add(_ byte: UInt8) {
        unsafe start[count] = byte
        count &+= 1
    }

    /// Appends where there is room. Names and most values are shorter than what it costs to call for a copy.
    @unsafe @inline(__always) private mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        let length = text.count
        guard let base = text.baseAddress else { return }
        let from = unsafe UnsafeRawPointer(base)
        let to = unsafe UnsafeMutableRawPointer(start + count)
        count &+= length
        switch length {
        case 129...: unsafe to.copyMemory(from: from, byteCount: length)
        case 16...:
            var place = 0
            while place &+ 16 <= length {
                unsafe Self.copy(SIMD16<UInt8>.self, from, to, place)
                place &+= 16
            }
            // The rest together with some that are copied already.
            unsafe Self.copy(SIMD16<UInt8>.self, from, to, length &- 16)
        case 8...:
            unsafe Self.copy(UInt64.self, from, to, 0)
            unsafe Self.copy(UInt64.self, from, to, length &- 8)
        case 4...:
            unsafe Self.copy(UInt32.self, from, to, 0)
            unsafe Self.copy(UInt32.self, from, to, length &- 4)
        default:
            for place in 0..<length { unsafe Self.copy(UInt8.self, from, to, place) }
        }
    }

    @unsafe @inline(__always) private static func copy<Piece: BitwiseCopyable>(
        _: Piece.Type, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ place: Int
    ) {
        unsafe to.storeBytes(
            of: from.loadUnaligned(fromByteOffset: place, as: Piece.self), toByteOffset: place, as: Piece.self)
    }

    /// Whether nothing needs an escape. Eight bytes at a time, and the last ones together with some that were looked at.
    /// Source: Anderson, "Bit Twiddling Hacks", of a byte less than n in a word.
    @unsafe @inline(__always) private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = text.baseAddress else { return true }
        let start = unsafe UnsafeRawPointer(base)
        guard text.count >= 8 else {
            for place in 0..<text.count where unsafe needsEscape(text[place]) { return false }
            return true
        }
        var found: UInt64 = 0
        var place = 0
        while place &+ 8 <= text.count {
            found |= unsafe escapes(in: start.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place &+= 8
        }
        found |= unsafe escapes(in: start.loadUnaligned(fromByteOffset: text.count &- 8, as: UInt64.self))
        return found & 0x8080_8080_8080_8080 == 0
    }

    @inline(__always) static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The highest bit of a byte is set where one needs an escape; those of bytes above that one may be, too.
    @inline(__always) private static func escapes(in word: UInt64) -> UInt64 {
        let quotes = word ^ 0x2222_2222_2222_2222
        let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
        return (word &- 0x2020_2020_2020_2020) & ~word | (quotes &- 0x0101_0101_0101_0101) & ~quotes
            | (backslashes &- 0x0101_0101_0101_0101) & ~backslashes
    }
}
