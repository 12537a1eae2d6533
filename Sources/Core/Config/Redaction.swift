/// Keeps secrets out of what people read.
package enum Redaction {
    private static let mask = "***"

    /// A database's address without its password, in both of libpq's forms: `postgresql://user:secret@host/db` and
    /// `host=h password=secret`. Other text stays as it is.
    package static func address(_ text: String) -> String {
        withoutParameters(withoutUserInfo(text), after: "=")
    }

    /// Any text that is kept or shown: addresses without passwords, and neither tokens nor the screens' passwords of a
    /// domain's XML.
    package static func text(_ text: String) -> String { withoutTokens(withoutParameters(address(text), after: ":")) }

    /// Hides what follows `Bearer` and its like, and words that look like a JSON Web Token.
    private static func withoutTokens(_ text: String) -> String {
        guard text.contains("eyJ") || text.lowercased().contains("bearer") || text.lowercased().contains("basic") else {
            return text
        }
        var isSecret = false
        return text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            defer { isSecret = ["bearer", "basic"].contains(word.filter(\.isLetter).lowercased()) && word.count < 12 }
            if isSecret { return Self.mask }
            return isToken(word) ? Self.mask : String(word)
        }.joined(separator: " ")
    }

    /// Three parts in base64 of which the first is a JSON object, whatever stands around them.
    private static func isToken(_ word: Substring) -> Bool {
        guard let start = word.firstRange(of: "eyJ") else { return false }
        return word[start.lowerBound...].split(separator: ".").count >= 2
    }

    /// Hides what stands between the colon and the last `@` of a URL's authority.
    private static func withoutUserInfo(_ text: String) -> String {
        var out = ""
        var rest = Substring(text)
        while let scheme = rest.firstRange(of: "://") {
            let authority = rest[scheme.upperBound...].prefix { !"/?# \t\n\"'".contains($0) }
            out += rest[..<scheme.upperBound]
            // A password may itself hold an unescaped `/`; then everything up to the last `@` of the word is secret.
            let word = rest[scheme.upperBound...].prefix { !" \t\n\"".contains($0) }
            let upTo = authority.contains("@") ? authority : word
            if let at = upTo.lastIndex(of: "@"), let colon = upTo[..<at].firstIndex(of: ":") {
                out += upTo[..<colon] + ":" + mask
                rest = rest[at...]
            } else {
                rest = rest[scheme.upperBound...]
            }
        }
        return out + rest
    }

    private static let secretNames = ["password", "passwd", "passfile", "sslpassword", "token", "tokenkey", "secret"]

    /// Hides the values of `password=` and its like; with a colon, those of `"password": "..."`.
    private static func withoutParameters(_ text: String, after separator: Character) -> String {
        guard text.contains(separator) else { return text }
        var out = ""
        var rest = Substring(text)
        while let equals = rest.firstIndex(of: separator) {
            let name = rest[..<equals].reversed().drop { $0 == " " || $0 == "\"" }.prefix { $0.isLetter }.reversed()
            out += rest[...equals]
            rest = rest[rest.index(after: equals)...]
            guard secretNames.contains(String(name).lowercased()) else { continue }
            while rest.first == " " { rest.removeFirst() }
            out += mask
            rest = afterValue(rest)
        }
        return out + rest
    }

    /// What follows a value: one in quotes ends at the next quote that no backslash precedes.
    private static func afterValue(_ text: Substring) -> Substring {
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            return text.drop { !" \t\n&;,\"'".contains($0) }
        }
        var isEscaped = false
        var index = text.index(after: text.startIndex)
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote {
                break
            }
        }
        return text[index...]
    }
}

extension Substring {
    /// `Collection.firstRange(of:)` would pull in the regular expression engine.
    fileprivate func firstRange(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
