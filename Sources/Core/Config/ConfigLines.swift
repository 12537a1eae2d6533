/// Where the keys of a TOML document are written. The library that parses it tells that only for syntax errors.
///
/// Knows tables and plain keys, which is how settings are written; for a key inside an inline table it gives the line
/// of that table.
struct ConfigLines {
    private var lines: [[String]: Int] = [:]

    init(_ text: String) {
        var table: [String] = []
        // Not `split(separator: "\n")`: Swift takes "\r\n" for one character, which is another one.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var rest = line.drop { $0.isWhitespace }
            if rest.first == "[" {
                rest = rest.dropFirst(rest.hasPrefix("[[") ? 2 : 1)
                table = Self.key(&rest)
                note(table, index + 1)
            } else if rest.first != "#" {
                let key = Self.key(&rest)
                if rest.first == "=" { note(table + key, index + 1) }
            }
        }
    }

    private mutating func note(_ key: [String], _ line: Int) {
        for length in stride(from: key.count, to: 0, by: -1) where lines[Array(key.prefix(length))] == nil {
            lines[Array(key.prefix(length))] = line
        }
    }

    /// The line of the key, or of the nearest table around it that is written.
    func line(of key: [String]) -> Int? {
        for length in stride(from: key.count, to: 0, by: -1) {
            if let line = lines[Array(key.prefix(length))] { return line }
        }
        return nil
    }

    /// Reads `a."b c".d` and the space after it.
    private static func key(_ rest: inout Substring) -> [String] {
        var parts: [String] = []
        while true {
            rest = rest.drop { $0.isWhitespace }
            if let quote = rest.first, quote == "\"" || quote == "'" {
                let inner = rest.dropFirst().prefix { $0 != quote }
                parts.append(String(inner))
                rest = rest[inner.endIndex...].dropFirst()
            } else {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
                guard !word.isEmpty else { break }
                parts.append(String(word))
                rest = rest[word.endIndex...]
            }
            rest = rest.drop { $0.isWhitespace }
            guard rest.first == "." else { break }
            rest = rest.dropFirst()
        }
        return parts
    }
}
