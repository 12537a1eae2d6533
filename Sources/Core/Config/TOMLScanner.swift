/// The letters of a TOML document: space, texts in quotes, numbers.
struct TOMLScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // A mark that some editors put first.
    }

    func error(_ reason: String) -> TOMLError { TOMLError(line: line, reason: reason) }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count, bytes[position..<position + count].elementsEqual("\(text)".utf8) else {
            return false
        }
        position += count
        return true
    }

    mutating func expect(_ text: StaticString, _ what: String) throws(TOMLError) {
        guard take(text) else { throw error("\(what) is needed here") }
    }

    mutating func word(_ isPart: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = peek, isPart(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Space

    mutating func skipSpace() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    /// Space, comments and ends of lines.
    mutating func skipLines() {
        repeat {
            skipSpace()
            if peek == UInt8(ascii: "#") { skipComment() }
        } while takeNewline()
    }

    /// What may stand behind a setting: a comment, and then the end of the line or of the document.
    mutating func endLine() throws(TOMLError) {
        skipSpace()
        if peek == UInt8(ascii: "#") { skipComment() }
        guard takeNewline() || peek == nil else { throw error("the line has to end here") }
    }

    private mutating func skipComment() {
        while peek != nil, peek != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func takeNewline() -> Bool {
        guard take("\n") || take("\r\n") else { return false }
        line += 1
        return true
    }

    // MARK: Texts

    /// A text of one line or, in three quotes, of several.
    mutating func text(quote: Character) throws(TOMLError) -> String {
        let mark = quote.asciiValue ?? 0
        let isLong = peek(1) == mark && peek(2) == mark
        if !isLong { return quote == "\"" ? try basicString() : try literalString() }
        position += 3
        _ = takeNewline()
        var out: [UInt8] = []
        while let byte = peek {
            if byte == mark, peek(1) == mark, peek(2) == mark {
                // Up to two quotes may stand right before the three that end it.
                var count = 3
                while count < 5, peek(count) == mark { count += 1 }
                out.append(contentsOf: repeatElement(mark, count: count - 3))
                position += count
                return String(decoding: out, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), mark == UInt8(ascii: "\"") {
                position += 1
                if !skipFoldedLine() { try escape(into: &out) }
            } else if takeNewline() {
                out.append(UInt8(ascii: "\n"))
            } else {
                out.append(byte)
                position += 1
            }
        }
        throw error("a text has no end")
    }

    /// Behind a backslash at the end of a line: goes to the next letter that is no space.
    private mutating func skipFoldedLine() -> Bool {
        let start = (position, line)
        skipSpace()
        guard takeNewline() else {
            (position, line) = start
            return false
        }
        repeat { skipSpace() } while takeNewline()
        return true
    }

    mutating func basicString() throws(TOMLError) -> String {
        position += 1
        var out: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\n") {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20 where byte != UInt8(ascii: "\t"), 0x7F: throw error("a control character has to be escaped")
            default: out.append(byte)
            }
        }
        throw error("a text has no end")
    }

    mutating func literalString() throws(TOMLError) -> String {
        position += 1
        let text = word { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\n") }
        guard take("'") else { throw error("a text has no end") }
        return text
    }

    private mutating func escape(into out: inout [UInt8]) throws(TOMLError) {
        let letter = peek
        position += 1
        switch letter {
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(letter ?? 0)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = letter == UInt8(ascii: "u") ? 4 : 8
            guard position + count <= bytes.count else { throw error("a text has no end") }
            let digits = String(decoding: bytes[position..<position + count], as: UTF8.self)
            guard digits.utf8.allSatisfy(Self.isLetterOrDigit),
                let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
            else { throw error("\\\(count == 4 ? "u" : "U") needs the \(count) digits of a character") }
            out.append(contentsOf: String(Character(scalar)).utf8)
            position += count
        default: throw error("there is no such escape")
        }
    }

    // MARK: Numbers and such

    mutating func plainValue() throws(TOMLError) -> TOMLValue {
        var text = word { byte in
            Self.isLetterOrDigit(byte) || "+-_.:".utf8.contains(byte)
        }
        // A space may stand in place of the T between a date and a time.
        if text.utf8.count == 10, text.utf8.dropFirst(4).first == UInt8(ascii: "-"), peek == UInt8(ascii: " "),
            let next = peek(1), (48...57).contains(next)
        {
            position += 1
            text += " " + word { Self.isLetterOrDigit($0) || "+-.:".utf8.contains($0) }
        }
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf": return .double(.infinity)
        case "-inf": return .double(-.infinity)
        case "nan", "+nan", "-nan": return .double(.nan)
        case "": throw error("a value is needed here")
        default: break
        }
        if let value = Self.number(text) ?? Self.moment(text) { return value }
        throw error("\"\(text)\" is no value; a text needs quotes")
    }

    private static func number(_ text: String) -> TOMLValue? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        // An underscore stands between two digits.
        for (left, right) in zip(parts, parts.dropFirst()) {
            let isDigit = { (letter: Character?) in
                letter.map { text.hasPrefix("0x") ? $0.isHexDigit : $0.isASCII && $0.isNumber } ?? false
            }
            guard isDigit(left.last), isDigit(right.first) else { return nil }
        }
        let plain = parts.joined()
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
            let digits = plain.dropFirst(2)
            return digits.first == "-" || digits.first == "+" ? nil : Int(digits, radix: radix).map { .int($0) }
        }
        let digits = plain.drop { $0 == "+" || $0 == "-" }
        guard plain.count - digits.count <= 1, let first = digits.first, first.isASCII, first.isNumber else {
            return nil
        }
        let whole = digits.prefix { $0.isASCII && $0.isNumber }
        if whole.count > 1, first == "0" { return nil }
        if whole.count == digits.count { return Int(plain).map { .int($0) } }
        // A point has digits on both sides, and only digits, a point and an exponent may follow.
        guard digits.allSatisfy({ $0.isNumber || "eE+-.".contains($0) }), !digits.hasSuffix("."),
            !digits.contains(".e"),
            !digits.contains(".E")
        else { return nil }
        return Double(plain).map { .double($0) }
    }

    private static func moment(_ text: String) -> TOMLValue? {
        let bytes = Array(text.utf8)
        func isShaped(_ shape: StaticString, at start: Int) -> Bool {
            let shape = Array("\(shape)".utf8)
            guard start + shape.count <= bytes.count else { return false }
            return zip(shape, bytes[start...]).allSatisfy { wanted, byte in
                wanted == UInt8(ascii: "0") ? (48...57).contains(byte) : wanted == byte
            }
        }
        if isShaped("00:00:00", at: 0) { return .moment(text) }
        guard isShaped("0000-00-00", at: 0) else { return nil }
        let isWhole = bytes.count == 10 || ("Tt ".utf8.contains(bytes[10]) && isShaped("00:00:00", at: 11))
        return isWhole ? .moment(text) : nil
    }
}
