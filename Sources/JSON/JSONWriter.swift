/// Appends compact JSON to a buffer of bytes: the way every answer of Bay is written.
///
/// Commas are the writer's business: a value or a name that follows another gets one.
public struct JSONWriter: ~Copyable, Sendable {
    private var buffer: GrowingBytes
    private var needsComma = false

    /// Makes room beforehand for as many bytes as are expected.
    public init(reserving capacity: Int = 256) { buffer = GrowingBytes(capacity: capacity) }

    /// Goes on behind `bytes`, for instance behind the start of an envelope.
    public init(appendingTo bytes: [UInt8]) {
        buffer = GrowingBytes(capacity: bytes.count + 256)
        buffer.append(bytes.span)
    }

    /// What was written so far.
    public var bytes: [UInt8] { buffer.array }
    public var count: Int { buffer.count }

    public func bytes(_ range: Range<Int>) -> [UInt8] { buffer.array(range) }

    /// A place to come back to when what was written behind it turns out not to hold.
    public struct Mark: Sendable {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    /// Where the next value will begin.
    public var nextStart: Int { needsComma ? count + 1 : count }

    public var mark: Mark { Mark(count: count, needsComma: needsComma) }

    public mutating func rewind(to mark: Mark) {
        buffer.truncate(to: mark.count)
        needsComma = mark.needsComma
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Ends a text of several lines, each a value.
    public mutating func endLine() {
        buffer.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    public mutating func name(_ name: String) {
        string(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A name with its quotes and colon that was encoded beforehand: `"id":`.
    public mutating func encodedName(_ name: [UInt8]) {
        separate()
        buffer.append(name.span)
        needsComma = false
    }

    /// A name as above with text as its value: the most frequent member by far.
    public mutating func member(_ name: [UInt8], _ value: String) {
        if buffer.appendPlain(value, behind: name.span, comma: needsComma) {
            needsComma = true
        } else {
            encodedName(name)
            escapedString(value)
        }
    }

    /// A name as above with a value that was encoded beforehand.
    public mutating func member(_ name: [UInt8], encoded value: Span<UInt8>) {
        buffer.append(name.span, value, comma: needsComma)
        needsComma = true
    }

    public mutating func nullMember(_ name: [UInt8]) { member(name, encoded: Self.null.span) }

    public mutating func null() { encoded(Self.null.span) }
    public mutating func bool(_ value: Bool) {
        if value { encoded(Self.true.span) } else { encoded(Self.false.span) }
    }

    private static let null: InlineArray<4, UInt8> = [0x6E, 0x75, 0x6C, 0x6C]
    private static let `true`: InlineArray<4, UInt8> = [0x74, 0x72, 0x75, 0x65]
    private static let `false`: InlineArray<5, UInt8> = [0x66, 0x61, 0x6C, 0x73, 0x65]

    public mutating func int(_ value: Int) {
        var magnitude = value.magnitude
        // Digits come last first: they are filled in from the end.
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var place = digits.count
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        } while magnitude > 0
        if value < 0 {
            place -= 1
            digits[place] = UInt8(ascii: "-")
        }
        encoded(digits.span.extracting(place...))
    }

    /// A number; JSON has none that is infinite or not a number, so these become `null`.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return int(whole) }
        encoded(Array(value.description.utf8))
    }

    public mutating func string(_ value: String) {
        if buffer.appendPlain(value, behind: Span(), comma: needsComma) {
            needsComma = true
        } else {
            escapedString(value)
        }
    }

    private mutating func escapedString(_ value: String) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if GrowingBytes.needsEscape(byte) { escape(byte) } else { buffer.append(byte) }
        }
        buffer.append(UInt8(ascii: "\""))
        needsComma = true
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .int(let value): int(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .array(let items):
            beginArray()
            for item in items { self.value(item) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// A name with its value, encoded beforehand: `"__typename":"Machine"`.
    public mutating func encodedMember(_ member: [UInt8]) { encoded(member.span) }

    /// A whole value that was encoded beforehand.
    public mutating func encoded(_ value: [UInt8]) { encoded(value.span) }

    public mutating func encoded(_ value: Span<UInt8>) {
        separate()
        buffer.append(value)
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        buffer.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        buffer.append(byte)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
    }

    private mutating func escape(_ byte: UInt8) {
        buffer.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): buffer.append(byte)
        case 0x0A: buffer.append(UInt8(ascii: "n"))
        case 0x0D: buffer.append(UInt8(ascii: "r"))
        case 0x09: buffer.append(UInt8(ascii: "t"))
        default:
            for byte in "u00".utf8 { buffer.append(byte) }
            buffer.append(UInt8(ascii: "0") + (byte >> 4))  // Only bytes below 32 come here: 0 or 1.
            let low = byte & 15
            buffer.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
