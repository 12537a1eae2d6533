/// What an address for a new account may look like. People are found by it without regard to case.
package enum EmailRule {
    /// RFC 5321, section 4.5.3.1, and erratum 1690 of RFC 3696.
    package static let maximumLength = 254
    static let maximumLocalPart = 64

    /// What an account is looked up by: without space around it, in lower case.
    package static func normalised(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last]).lowercased()
    }

    /// The normalised address, or why it is none.
    package static func check(_ text: String) throws(UserError) -> String {
        let email = normalised(text)
        if email.isEmpty { throw .invalid("the email address is empty") }
        guard email.utf8.count <= maximumLength else { throw .invalid("the email address is too long") }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, isLocalPart(parts[0]), isDomain(parts[1]) else {
            throw .invalid("\"\(email.prefix(80))\" is not an email address")
        }
        return email
    }

    private static func isLocalPart(_ part: Substring) -> Bool {
        let isAtoms = part.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
        return isAtoms && part.utf8.count <= maximumLocalPart
            && part.utf8.allSatisfy { isLetterOrDigit($0) || Self.others.contains($0) }
    }

    /// Source: "atext" of RFC 5322, section 3.2.3, and the dot.
    private static let others = Set("!#$%&'*+-/=?^_`{|}~.".utf8)

    private static func isDomain(_ domain: Substring) -> Bool {
        domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
