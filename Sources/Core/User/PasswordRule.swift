/// What a new password may look like. What people have already is accepted as it is.
///
/// Length counts, not what kinds of characters there are; and nobody may choose what everybody tries first.
/// Source: NIST SP 800-63B, section 5.1.1.2.
package enum PasswordRule {
    package static let minimumLength = 8
    /// bcrypt looks at no more than this, so a longer password would seem to be stronger than it is.
    package static let maximumBytes = 72

    /// Throws why the password cannot be used.
    package static func check(_ password: String, email: String, names: [String]) throws(UserError) {
        if password.unicodeScalars.count < minimumLength {
            throw .invalid("the password has to have at least \(minimumLength) characters")
        }
        if password.utf8.count > maximumBytes {
            throw .invalid("the password is longer than \(maximumBytes) bytes")
        }
        if password.utf8.contains(0) { throw .invalid("the password holds a NUL") }
        let lower = password.lowercased()
        let own = [email, String(email.prefix { $0 != "@" })] + names.map { $0.lowercased() }
        if own.contains(lower) { throw .invalid("the password must not be a name or the email address") }
        if isEasy(lower) { throw .invalid("the password is too easy to guess") }
    }

    private static func isEasy(_ password: String) -> Bool {
        if Set(password.utf8).count <= 2 || common.contains(password) { return true }
        // 12345678, abcdefgh, 87654321
        let bytes = Array(password.utf8)
        let steps = zip(bytes, bytes.dropFirst()).map { Int($1) - Int($0) }
        return Set(steps).count == 1
    }

    /// Those of at least eight characters that lists of stolen passwords have most of.
    private static let common: Set<String> = [
        "password", "password1", "password12", "password123", "password1234", "passw0rd", "p@ssword", "p@ssw0rd",
        "1234567890", "0123456789", "12345678910", "123123123", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "qwertyui",
        "qwertyuiop", "qwerty123", "qwerty1234", "qwerty12345", "asdfghjk", "asdfghjkl", "zxcvbnm123", "iloveyou",
        "iloveyou1", "sunshine", "sunshine1", "princess", "princess1", "football", "football1", "baseball",
        "baseball1", "superman", "welcome1", "welcome123", "letmein1", "letmein123", "trustno1", "starwars",
        "administrator", "admin123", "admin1234", "adminadmin", "changeme", "changeme1", "changeme123",
        "default123", "computer", "computer1", "internet", "whatever", "infinibay", "infinibay1",
    ]
}
