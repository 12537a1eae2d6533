/// A document that is not GraphQL, or more of it than the limits allow.
public struct SyntaxError: Error, Equatable {
    public var message: String
    public var location: Location
}

/// One word of a document.
/// Source: <https://spec.graphql.org/October2021/#sec-Language.Source-Text.Lexical-Tokens>
struct Token: Equatable {
    enum Kind: String {
        case start = "<SOF>"
        case end = "<EOF>"
        case bang = "!"
        case dollar = "$"
        case ampersand = "&"
        case openParen = "("
        case closeParen = ")"
        case spread = "..."
        case colon = ":"
        case equals = "="
        case at = "@"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case pipe = "|"
        case closeBrace = "}"
        case name = "Name"
        case int = "Int"
        case float = "Float"
        case string = "String"
        case blockString = "BlockString"

        var hasText: Bool {
            switch self {
            case .name, .int, .float, .string, .blockString: true
            default: false
            }
        }
        /// As graphql-js names it in messages.
        var description: String {
            switch self {
            case .start, .end, .name, .int, .float, .string, .blockString: rawValue
            default: "\"\(rawValue)\""
            }
        }
    }

    var kind: Kind
    var location: Location
    var text = ""

    var description: String { kind.hasText ? "\(kind.rawValue) \"\(text)\"" : kind.description }
}

/// Turns the bytes of a document into tokens, one at a time.
/// Source: <https://spec.graphql.org/October2021/#sec-Appendix-Grammar-Summary.Lexical-Tokens>
struct Lexer {
    let source: [UInt8]
    var position = 0

    init(_ source: [UInt8]) { self.source = source }

    mutating func next() throws(SyntaxError) -> Token {
        skipIgnored()
        let start = position
        guard start < source.count else { return Token(kind: .end, location: Location(offset: start)) }
        switch source[start] {
        case UInt8(ascii: "!"): return punctuator(.bang)
        case UInt8(ascii: "$"): return punctuator(.dollar)
        case UInt8(ascii: "&"): return punctuator(.ampersand)
        case UInt8(ascii: "("): return punctuator(.openParen)
        case UInt8(ascii: ")"): return punctuator(.closeParen)
        case UInt8(ascii: ":"): return punctuator(.colon)
        case UInt8(ascii: "="): return punctuator(.equals)
        case UInt8(ascii: "@"): return punctuator(.at)
        case UInt8(ascii: "["): return punctuator(.openBracket)
        case UInt8(ascii: "]"): return punctuator(.closeBracket)
        case UInt8(ascii: "{"): return punctuator(.openBrace)
        case UInt8(ascii: "|"): return punctuator(.pipe)
        case UInt8(ascii: "}"): return punctuator(.closeBrace)
        case UInt8(ascii: "."):
            guard byte(at: start + 1) == UInt8(ascii: "."), byte(at: start + 2) == UInt8(ascii: ".") else {
                throw unexpectedCharacter(at: start)
            }
            position += 3
            return Token(kind: .spread, location: Location(offset: start))
        case UInt8(ascii: "\""):
            if byte(at: start + 1) == UInt8(ascii: "\""), byte(at: start + 2) == UInt8(ascii: "\"") {
                return try blockString()
            }
            return try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case let first where Self.isNameStart(first):
            while position < source.count, Self.isNameContinue(source[position]) { position += 1 }
            return Token(kind: .name, location: Location(offset: start), text: text(start..<position))
        default: throw unexpectedCharacter(at: start)
        }
    }

    private mutating func punctuator(_ kind: Token.Kind) -> Token {
        position += 1
        return Token(kind: kind, location: Location(offset: position - 1))
    }

    private mutating func skipIgnored() {
        while position < source.count {
            switch source[position] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): position += 1
            case UInt8(ascii: "#"):
                while position < source.count, source[position] != 0x0A, source[position] != 0x0D { position += 1 }
            // The byte order mark, which the joining of files leaves anywhere.
            case 0xEF where byte(at: position + 1) == 0xBB && byte(at: position + 2) == 0xBF: position += 3
            default: return
            }
        }
    }

    // MARK: Numbers

    /// Source: <https://spec.graphql.org/October2021/#sec-Int-Value>
    private mutating func number() throws(SyntaxError) -> Token {
        let start = position
        var kind = Token.Kind.int
        if source[position] == UInt8(ascii: "-") { position += 1 }
        if byte(at: position) == UInt8(ascii: "0") {
            position += 1
            if Self.isDigit(byte(at: position)) {
                throw error("Invalid number, unexpected digit after 0: \(described(at: position)).", at: position)
            }
        } else {
            try digits()
        }
        if byte(at: position) == UInt8(ascii: ".") {
            kind = .float
            position += 1
            try digits()
        }
        if byte(at: position) | 0x20 == UInt8(ascii: "e") {
            kind = .float
            position += 1
            if byte(at: position) == UInt8(ascii: "+") || byte(at: position) == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if byte(at: position) == UInt8(ascii: ".") || Self.isNameStart(byte(at: position)) {
            throw error("Invalid number, expected digit but got: \(described(at: position)).", at: position)
        }
        return Token(kind: kind, location: Location(offset: start), text: text(start..<position))
    }

    private mutating func digits() throws(SyntaxError) {
        guard Self.isDigit(byte(at: position)) else {
            throw error("Invalid number, expected digit but got: \(described(at: position)).", at: position)
        }
        while Self.isDigit(byte(at: position)) { position += 1 }
    }

    // MARK: Bytes

    /// The byte there, or 0 behind the end.
    func byte(at index: Int) -> UInt8 { index < source.count ? source[index] : 0 }

    func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

    func error(_ message: String, at offset: Int) -> SyntaxError {
        SyntaxError(message: "Syntax Error: \(message)", location: Location(offset: offset))
    }

    private func unexpectedCharacter(at offset: Int) -> SyntaxError {
        if source[offset] == UInt8(ascii: "'") {
            return error(
                "Unexpected single quote character ('), did you mean to use a double quote (\")?", at: offset)
        }
        return error("Unexpected character: \(described(at: offset)).", at: offset)
    }

    /// The character at `offset` as messages show it: `"x"`, `U+0007` or `<EOF>`.
    func described(at offset: Int) -> String {
        guard offset < source.count else { return "<EOF>" }
        var decoder = UTF8()
        var bytes = source[offset..<min(offset + 4, source.count)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return "Invalid character" }
        if scalar == "\"" { return "'\"'" }
        if scalar.value >= 0x20, scalar.value < 0x7F { return "\"\(scalar)\"" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
    }
    static func isNameContinue(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
