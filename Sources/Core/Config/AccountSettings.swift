/// How people are let in.
package struct AccountSettings: Equatable, Sendable {
    /// What tokens are signed with. Nil: a key that bayd makes and keeps.
    package var tokenKey: String?
    /// How long a token is good.
    package var tokenHours = 12
    /// bcrypt's cost.
    package var cost = 10
    /// False where somebody tries things out: then settings are borne that would open a real server to anybody.
    package var isProduction = true
    /// Whether a key that everybody knows may stand in for one that is not set.
    package var allowsInsecureKey = false
    /// Whether the log tells why each token and login was refused.
    package var isDebugged = false

    package init() {}

    /// Shorter keys can be guessed in no time.
    package static let minimumKeyLength = 8
    /// HS256 is as strong as its key up to so many bytes. RFC 7518, section 3.2.
    package static let goodKeyLength = 32
    /// The key that everybody knows.
    package static let insecureKey = "development-fallback-secret"

    mutating func take(_ reader: inout ConfigReader) {
        reader.number("token_hours", 1...8760) { tokenHours = $0 }
    }

    mutating func take(_ environment: [String: String], _ reader: inout ConfigReader) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func flag(_ name: String) -> Bool { ["1", "true", "yes"].contains(value(name)?.lowercased() ?? "") }
        isProduction = !["development", "test"].contains(value("NODE_ENV")?.lowercased() ?? "production")
        isDebugged = flag("DEBUG_AUTH")
        allowsInsecureKey = flag("ALLOW_INSECURE_JWT_FALLBACK")
        if allowsInsecureKey, isProduction {
            reader.refuse(
                variable: "ALLOW_INSECURE_JWT_FALLBACK",
                problem: "is refused in production: unset it, or set NODE_ENV to development")
        }
        tokenKey = value("TOKENKEY")
        if let tokenKey, tokenKey.utf8.count < Self.minimumKeyLength, isProduction {
            reader.refuse(
                variable: "TOKENKEY",
                problem: "is shorter than \(Self.minimumKeyLength) bytes, which is refused in production: "
                    + "use at least \(Self.goodKeyLength), or unset it for a key that bayd makes")
        }
        if let rounds = value("BCRYPT_ROUNDS") {
            if let number = Int(rounds), (4...15).contains(number) {
                cost = number
            } else {
                reader.refuse(variable: "BCRYPT_ROUNDS", problem: "has to be a whole number from 4 to 15")
            }
        }
    }
}
