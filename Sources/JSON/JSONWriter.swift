/// Appends compact JSON to a buffer of bytes: the way every answer of Bay is written.
///
/// Commas are the writer's business: a value or a name that follows another gets one.
public struct JSONWriter: Sendable {
    public var bytes: [UInt8]
    private var needsComma = false

    public init() { bytes = [] }

    /// Makes room beforehand for as many bytes as are expected.
    public init(reserving capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Goes on behind `bytes`, for instance behind the start of an envelope.
    public init(appendingTo bytes: [UInt8]) { self.bytes = bytes }

    /// A place to come back to when what was written behind it turns out not to hold.
    public struct Mark: Sendable {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    /// Where the next value will begin.
    public var nextStart: Int { needsComma ? bytes.count + 1 : bytes.count }

    public var mark: Mark { Mark(count: bytes.count, needsComma: needsComma) }

    public mutating func rewind(to mark: Mark) {
        bytes.removeSubrange(mark.count...)
        needsComma = mark.needsComma
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    public mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A name with its quotes and colon that was encoded beforehand: `"id":`.
    public mutating func encodedName(_ name: [UInt8]) {
        append(name.span)
        needsComma = false
    }

    /// Appends bytes behind the comma that they may need, with one look at the room there is.
    private mutating func append(_ text: Span<UInt8>) {
        let comma = needsComma
        bytes.append(addingCapacity: text.count + 1) { output in
            if comma { output.append(UInt8(ascii: ",")) }
            output.append(all: text)
        }
    }

    public mutating func null() { literal("null") }
    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    public mutating func int(_ value: Int) {
        separate()
        append(value)
        needsComma = true
    }

    /// A number; JSON has none that is infinite or not a number, so these become `null`.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return int(whole) }
        separate()
        bytes.append(contentsOf: value.description.utf8)
        needsComma = true
    }

    public mutating func string(_ value: String) {
        let text = value.utf8Span.span
        guard Self.isPlain(text) else { return escapedString(value) }
        let comma = needsComma
        bytes.append(addingCapacity: text.count + 3) { output in
            if comma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(all: text)
            output.append(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    /// A string of at most `count` bytes that need no escape, which `write` puts into the room made for them.
    public mutating func plainString(_ count: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        let comma = needsComma
        bytes.append(addingCapacity: count + 3) { output in
            if comma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            write(&output)
            output.append(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    private mutating func escapedString(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                bytes.append(byte)
            } else {
                escape(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
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
    public mutating func encodedMember(_ member: [UInt8]) {
        separate()
        bytes.append(contentsOf: member)
        needsComma = true
    }

    /// A whole value that was encoded beforehand.
    public mutating func encoded(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    public mutating func encoded(_ value: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    /// Whether nothing needs an escape. Looks at all bytes without stopping, which the compiler turns into few steps.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        var special: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            special |=
                (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return special == 0
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func append(_ value: Int) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        if magnitude < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude)) }
        var digits = 1
        var bound: UInt = 10
        while magnitude >= bound {
            digits += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        // Digits come last first: they are filled in from the end of the room made for them.
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var place = bytes.count
        while magnitude > 0 {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: "0") + (byte >> 4))  // Only bytes below 32 come here: 0 or 1.
            let low = byte & 15
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}

extension OutputSpan<UInt8> {
    /// Appends bytes in one piece: one by one takes as long as all the rest of a long answer.
    fileprivate mutating func append(all text: Span<UInt8>) {
        precondition(text.count <= freeCapacity, "there is no room")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe text.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
                unsafe to.advanced(by: count).initialize(from: from, count: source.count)
            }
            count += text.count
        }
    }
}
