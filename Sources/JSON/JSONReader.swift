/// Why a text is not the JSON that was asked for, and the byte at which that showed.
public struct JSONError: Error, Equatable {
    public enum Problem: Sendable, Equatable {
        case unexpectedEnd
        case unexpected(UInt8)
        case invalidNumber
        case invalidEscape
        case invalidText
        case tooDeep
        case trailing
        /// The text is JSON, but of another kind than the reader was asked for.
        case expected(String)
    }
    public var problem: Problem
    public var offset: Int

    public init(problem: Problem, offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var message: String {
        let what =
            switch problem {
            case .unexpectedEnd: "ends in the middle of a value"
            case .unexpected(let byte):
                byte > 0x20 && byte < 0x7f
                    ? "unexpected character '\(Character(UnicodeScalar(byte)))'" : "unexpected byte \(byte)"
            case .invalidNumber: "invalid number"
            case .invalidEscape: "invalid escape sequence"
            case .invalidText: "invalid UTF-8 or control character in a string"
            case .tooDeep: "nested more than \(JSONReader.maximumDepth) levels deep"
            case .trailing: "text after the value"
            case .expected(let kind): "expected \(kind)"
            }
        return "\(what) at byte \(offset)"
    }
}

/// The names of an object's members that a caller knows, prepared so that they are found without making strings.
public struct JSONNames: Sendable {
    /// Each with its quotes.
    fileprivate let quoted: [[UInt8]]

    public init(_ names: String...) { quoted = names.map { Array("\"\($0)\"".utf8) } }

    fileprivate static let none = JSONNames()

    fileprivate func place(of name: ArraySlice<UInt8>) -> Int? { quoted.firstIndex { $0.elementsEqual(name) } }
}

/// Reads JSON by pulling: the caller asks for what it expects and skips what it does not need, so that a long list becomes
/// typed rows without a tree in between.
///
///     var reader = JSONReader(bytes)
///     try reader.object { name, reader throws(JSONError) in
///         switch name {
///         case "id": id = try reader.string()
///         default: try reader.skip()
///         }
///     }
public struct JSONReader {
    /// Deeper nesting is refused: the reader recurses, and what it reads comes from outside.
    public static let maximumDepth = 128

    private let bytes: [UInt8]
    private var position: Int
    private var depth = 0

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
    }

    /// Reads a part of a larger text; offsets in errors count from the start of `bytes`.
    public init(_ bytes: [UInt8], from offset: Int) {
        self.bytes = bytes
        position = offset
    }

    /// The kind of the value that comes next, told by its first byte.
    public enum Kind: Sendable { case null, bool, number, string, array, object }

    public mutating func peek() throws(JSONError) -> Kind {
        switch try nextByte() {
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case let other: throw fail(.unexpected(other))
        }
    }

    /// Where the next value starts, so that a caller can keep the bytes of a part it does not understand.
    public mutating func offset() -> Int {
        skipSpace()
        return position
    }

    /// The bytes of the value that comes next, unread but checked.
    public mutating func raw() throws(JSONError) -> ArraySlice<UInt8> {
        skipSpace()
        let start = position
        try skip()
        return bytes[start..<position]
    }

    // MARK: Containers

    public mutating func object(
        _ member: (_ name: String, _ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(UInt8(ascii: "{"), "an object")
        if try nextByte() == UInt8(ascii: "}") { return close() }
        while true {
            let name = try string()
            guard try nextByte() == UInt8(ascii: ":") else { throw fail(.unexpected(bytes[position])) }
            position += 1
            try member(name, &self)
            if try separator(UInt8(ascii: "}")) { return }
        }
    }

    /// Reads an object whose members have known names, without making a `String` of any name: `member` is told the place of
    /// the name in `names`. Members of other names are passed over.
    ///
    ///     let names = JSONNames("id", "name")
    ///     try reader.object(names) { name, reader throws(JSONError) in
    ///         switch name {
    ///         case 0: id = try reader.string()
    ///         default: title = try reader.string()
    ///         }
    ///     }
    public mutating func object(
        _ names: JSONNames, _ member: (_ name: Int, _ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(UInt8(ascii: "{"), "an object")
        if try nextByte() == UInt8(ascii: "}") { return close() }
        // Servers write members in one order: the name that followed last time is tried first.
        var guess = 0
        while true {
            let name = try name(names, guess: guess)
            guard try nextByte() == UInt8(ascii: ":") else { throw fail(.unexpected(bytes[position])) }
            position += 1
            if let name {
                guess = name + 1
                try member(name, &self)
            } else {
                try skip()
            }
            if try separator(UInt8(ascii: "}")) { return }
        }
    }

    private mutating func name(_ names: JSONNames, guess: Int) throws(JSONError) -> Int? {
        guard try nextByte() == UInt8(ascii: "\"") else { throw fail(.expected("a string")) }
        let start = position
        if guess < names.quoted.count, hasNext(names.quoted[guess]) {
            position += names.quoted[guess].count
            return guess
        }
        try skipString()
        if let place = names.place(of: bytes[start..<position]) { return place }
        // A name may be written with escapes; nobody does, but it means the same.
        guard bytes[start..<position].contains(UInt8(ascii: "\\")) else { return nil }
        let end = position
        position = start
        let text = try string()
        position = end
        return names.place(of: Array("\"\(text)\"".utf8)[...])
    }

    private func hasNext(_ expected: [UInt8]) -> Bool {
        guard expected.count <= bytes.count - position else { return false }
        for index in 0..<expected.count where bytes[position + index] != expected[index] { return false }
        return true
    }

    public mutating func array(_ item: (_ reader: inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        try open(UInt8(ascii: "["), "an array")
        if try nextByte() == UInt8(ascii: "]") { return close() }
        while true {
            try item(&self)
            if try separator(UInt8(ascii: "]")) { return }
        }
    }

    private mutating func open(_ byte: UInt8, _ kind: String) throws(JSONError) {
        guard try nextByte() == byte else { throw fail(.expected(kind)) }
        position += 1
        depth += 1
        if depth > Self.maximumDepth { throw fail(.tooDeep) }
    }

    private mutating func close() {
        position += 1
        depth -= 1
    }

    private mutating func separator(_ end: UInt8) throws(JSONError) -> Bool {
        let byte = try nextByte()
        if byte == end {
            close()
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw fail(.unexpected(byte)) }
        position += 1
        return false
    }

    // MARK: Scalars

    /// Consumes a `null` if one comes next.
    public mutating func null() throws(JSONError) -> Bool {
        guard try nextByte() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    public mutating func bool() throws(JSONError) -> Bool {
        switch try nextByte() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw fail(.expected("true or false"))
        }
    }

    public mutating func int() throws(JSONError) -> Int {
        switch try number() {
        case .int(let value): return value
        case .double(let value):
            guard let whole = Int(exactly: value) else { throw fail(.expected("a whole number")) }
            return whole
        default: throw fail(.expected("a whole number"))
        }
    }

    public mutating func double() throws(JSONError) -> Double {
        switch try number() {
        case .int(let value): return Double(value)
        case .double(let value): return value
        default: throw fail(.expected("a number"))
        }
    }

    public mutating func string() throws(JSONError) -> String {
        guard let plain = try plainString() else { return try stringWithEscapes() }
        guard let text = String(validating: bytes[plain], as: UTF8.self) else { throw fail(.invalidText) }
        return text
    }

    /// Passes over a string without making one of it.
    private mutating func skipString() throws(JSONError) {
        guard let plain = try plainString() else {
            _ = try stringWithEscapes()
            return
        }
        do {
            _ = try UTF8Span(validating: bytes.span.extracting(plain))
        } catch {
            throw fail(.invalidText)
        }
    }

    /// The bytes between the quotes of a string without escapes, unchecked; nil, with nothing read, when it has some.
    private mutating func plainString() throws(JSONError) -> Range<Int>? {
        guard try nextByte() == UInt8(ascii: "\"") else { throw fail(.expected("a string")) }
        let start = position + 1
        let end = Self.endOfPlainText(bytes.span, from: start)
        guard end < bytes.count, bytes[end] >= 0x20 else {
            position = end
            throw fail(end < bytes.count ? .invalidText : .unexpectedEnd)
        }
        if bytes[end] == UInt8(ascii: "\\") { return nil }
        position = end + 1
        return start..<end
    }

    /// The first quote, backslash or control character.
    private static func endOfPlainText(_ text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let byte = text[end]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            end += 1
        }
        return end
    }

    /// The slow path: the string that comes next holds at least one escape.
    private mutating func stringWithEscapes() throws(JSONError) -> String {
        position += 1
        var buffer: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: buffer, as: UTF8.self) else { throw fail(.invalidText) }
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &buffer)
            case 0..<0x20: throw fail(.invalidText)
            default: buffer.append(byte)
            }
        }
        throw fail(.unexpectedEnd)
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw fail(.unexpectedEnd) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(code) {
                // A high surrogate means something only together with the low one that must follow.
                if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                    bytes[position + 1] == UInt8(ascii: "u")
                {
                    position += 2
                    let low = UInt32(try hexadecimal())
                    guard (0xDC00..<0xE000).contains(low) else { throw fail(.invalidEscape) }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
            }
            guard let scalar = UnicodeScalar(code) else { throw fail(.invalidEscape) }
            buffer.append(contentsOf: UTF8.encode(scalar)!)  // Every scalar has a UTF-8 form.
        default: throw fail(.invalidEscape)
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw fail(.unexpectedEnd) }
        var code: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[position] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[position] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[position] - UInt8(ascii: "A") + 10
            default: throw fail(.invalidEscape)
            }
            code = code << 4 | UInt16(digit)
            position += 1
        }
        return code
    }

    /// A number: `.int` when it is written without fraction and exponent and fits, else `.double`.
    public mutating func number() throws(JSONError) -> JSONValue {
        var byte = try nextByte()
        let start = position
        var negative = false
        if byte == UInt8(ascii: "-") {
            negative = true
            position += 1
        }
        var magnitude: UInt = 0
        var overflow = false
        let firstDigit = position
        while position < bytes.count {
            byte = bytes[position]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            let (product, high) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt(byte - UInt8(ascii: "0")))
            overflow = overflow || high || carry
            magnitude = sum
            position += 1
        }
        let digits = position - firstDigit
        guard digits > 0 else { throw fail(negative ? .invalidNumber : .expected("a number")) }
        if digits > 1, bytes[firstDigit] == UInt8(ascii: "0") { throw fail(.invalidNumber) }
        let isWhole =
            position >= bytes.count
            || !(bytes[position] == UInt8(ascii: ".") || bytes[position] | 0x20 == UInt8(ascii: "e"))
        if isWhole, !overflow {
            if negative, magnitude == UInt(Int.max) + 1 { return .int(.min) }
            if magnitude <= UInt(Int.max) { return .int(negative ? -Int(magnitude) : Int(magnitude)) }
        }
        return .double(try fraction(from: start))
    }

    private mutating func fraction(from start: Int) throws(JSONError) -> Double {
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            throw fail(.invalidNumber)
        }
        return value
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        while position < bytes.count, digit.contains(bytes[position]) { position += 1 }
        if position == start { throw fail(.invalidNumber) }
    }

    // MARK: Whole values

    public mutating func value() throws(JSONError) -> JSONValue {
        switch try peek() {
        case .null:
            try literal("null")
            return .null
        case .bool: return .bool(try bool())
        case .number: return try number()
        case .string: return .string(try string())
        case .array:
            var items: [JSONValue] = []
            try array { reader throws(JSONError) in items.append(try reader.value()) }
            return .array(items)
        case .object:
            var members: [JSONObject.Member] = []
            try object { name, reader throws(JSONError) in
                members.append(JSONObject.Member(name, try reader.value()))
            }
            return .object(JSONObject(members))
        }
    }

    /// Passes over the next value, checking its form.
    public mutating func skip() throws(JSONError) {
        switch try peek() {
        case .null: try literal("null")
        case .bool: _ = try bool()
        case .number: _ = try number()
        case .string: try skipString()
        case .array: try array { reader throws(JSONError) in try reader.skip() }
        case .object: try object(.none) { _, _ throws(JSONError) in }
        }
    }

    /// Refuses anything but space behind the last value.
    public mutating func end() throws(JSONError) {
        skipSpace()
        if position < bytes.count { throw fail(.trailing) }
    }

    // MARK: Bytes

    private mutating func literal(_ text: String) throws(JSONError) {
        let word = text.utf8
        guard position + word.count <= bytes.count else { throw fail(.unexpectedEnd) }
        for byte in word {
            guard bytes[position] == byte else { throw fail(.unexpected(bytes[position])) }
            position += 1
        }
    }

    private mutating func nextByte() throws(JSONError) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw fail(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func fail(_ problem: JSONError.Problem) -> JSONError { JSONError(problem: problem, offset: position) }
}
