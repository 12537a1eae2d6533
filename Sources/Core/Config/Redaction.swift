/// Keeps secrets out of what people read.
package enum Redaction {
    private static let mask = "***"

    /// A database's address without its password, in both of libpq's forms: `postgresql://user:secret@host/db` and
    /// `host=h password=secret`. Other text stays as it is.
    package static func address(_ text: String) -> String {
        withoutParameters(withoutUserInfo(text))
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

    /// Hides the values of `password=` and its like.
    private static func withoutParameters(_ text: String) -> String {
        guard text.contains("=") else { return text }
        var out = ""
        var rest = Substring(text)
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].reversed().drop { $0 == " " }.prefix { $0.isLetter }.reversed()
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
