/// Strings in quotes and block strings.
/// Source: <https://spec.graphql.org/October2021/#sec-String-Value>
extension Lexer {
    mutating func string() throws(SyntaxError) -> Token {
        let start = position
        position += 1
        var buffer: [UInt8] = []
        while position < source.count {
            let byte = source[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return Token(kind: .string, location: Location(offset: start), text: try checked(buffer, from: start))
            case UInt8(ascii: "\\"): try escape(into: &buffer)
            case 0x0A, 0x0D: throw error("Unterminated string.", at: position)
            case 0..<0x20 where byte != 0x09:
                throw error("Invalid character within String: \(described(at: position)).", at: position)
            default:
                buffer.append(byte)
                position += 1
            }
        }
        throw error("Unterminated string.", at: position)
    }

    private func checked(_ bytes: [UInt8], from start: Int) throws(SyntaxError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("Invalid character within String: not UTF-8.", at: start)
        }
        return text
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(SyntaxError) {
        let start = position
        position += 2
        switch byte(at: start + 1) {
        case UInt8(ascii: "\""): buffer.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): buffer.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): buffer.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: String(try unicodeEscape(from: start)).utf8)
        default:
            throw error("Invalid character escape sequence: \"\(characters(2, from: start))\".", at: start)
        }
    }

    /// `\u00e9`, the later specification's `\u{1F600}`, and two surrogates in a row.
    private mutating func unicodeEscape(from start: Int) throws(SyntaxError) -> UnicodeScalar {
        if byte(at: position) == UInt8(ascii: "{") { return try bracedUnicodeEscape(from: start) }
        func invalid() -> SyntaxError {
            error("Invalid Unicode escape sequence: \"\(characters(6, from: start))\".", at: start)
        }
        guard let code = fourDigits() else { throw invalid() }
        if (0xD800..<0xDC00).contains(code), byte(at: position) == UInt8(ascii: "\\"),
            byte(at: position + 1) == UInt8(ascii: "u")
        {
            position += 2
            guard let low = fourDigits(), (0xDC00..<0xE000).contains(low),
                let scalar = UnicodeScalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00))
            else { throw invalid() }
            return scalar
        }
        guard let scalar = UnicodeScalar(code) else { throw invalid() }
        return scalar
    }

    private mutating func bracedUnicodeEscape(from start: Int) throws(SyntaxError) -> UnicodeScalar {
        var code: UInt64 = 0
        var length = 3
        while length < 12, start + length < source.count {
            let byte = source[start + length]
            length += 1
            if byte == UInt8(ascii: "}") {
                guard length > 4, let small = UInt32(exactly: code), let scalar = UnicodeScalar(small) else { break }
                position = start + length
                return scalar
            }
            guard let digit = hexadecimal(byte) else { break }
            code = code << 4 | UInt64(digit)
        }
        throw error("Invalid Unicode escape sequence: \"\(characters(length, from: start))\".", at: start)
    }

    /// So many characters, or as many as there are.
    private func characters(_ count: Int, from start: Int) -> String {
        var end = start
        var left = count
        while end < source.count {
            if source[end] & 0xC0 != 0x80 {
                if left == 0 { break }
                left -= 1
            }
            end += 1
        }
        return text(start..<end)
    }

    private mutating func fourDigits() -> UInt32? {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimal(byte(at: position)) else { return nil }
            code = code << 4 | digit
            position += 1
        }
        return code
    }

    private func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // MARK: Block strings

    mutating func blockString() throws(SyntaxError) -> Token {
        let start = position
        let quote = UInt8(ascii: "\"")
        position += 3
        var lines: [[UInt8]] = [[]]
        while position < source.count {
            let byte = source[position]
            if byte == quote, self.byte(at: position + 1) == quote, self.byte(at: position + 2) == quote {
                position += 3
                let text = try checked(Self.dedented(lines), from: start)
                return Token(kind: .blockString, location: Location(offset: start), text: text)
            }
            if byte == UInt8(ascii: "\\"), source[(position + 1)...].prefix(3).elementsEqual([quote, quote, quote]) {
                lines[lines.count - 1] += [quote, quote, quote]
                position += 4
            } else if byte == 0x0A || byte == 0x0D {
                position += byte == 0x0D && self.byte(at: position + 1) == 0x0A ? 2 : 1
                lines.append([])
            } else if byte < 0x20, byte != 0x09 {
                throw error("Invalid character within String: \(described(at: position)).", at: position)
            } else {
                lines[lines.count - 1].append(byte)
                position += 1
            }
        }
        throw error("Unterminated string.", at: position)
    }

    /// Takes away the indentation that all lines share, and blank lines at both ends.
    /// Source: <https://spec.graphql.org/October2021/#BlockStringValue()>
    static func dedented(_ lines: [[UInt8]]) -> [UInt8] {
        func indentation(_ line: [UInt8]) -> Int { line.prefix { $0 == 0x20 || $0 == 0x09 }.count }
        let common = lines.dropFirst().filter { indentation($0) < $0.count }.map(indentation).min() ?? 0
        var kept = lines.prefix(1) + lines.dropFirst().map { Array($0.dropFirst(common)) }
        while let first = kept.first, indentation(first) == first.count { kept.removeFirst() }
        while let last = kept.last, indentation(last) == last.count { kept.removeLast() }
        return Array(kept.joined(separator: [0x0A]))
    }
}
