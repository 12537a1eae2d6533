package import JSON

/// What a token says of its bearer. Source: RFC 7519.
package struct TokenClaims: Equatable, Sendable {
    package var userID: String
    package var email: String?
    package var role: UserRole
    /// Seconds since 1970, as in tokens.
    package var issuedAt: Int?
    package var expiresAt: Int
    package var notBefore: Int?
    /// The number of the account's sessions when the token was made; nil in tokens that other programs made.
    package var generation: Int?
    /// Makes two tokens of the same second differ.
    package var id: String?

    package init(
        userID: String, email: String?, role: UserRole, issuedAt: Int?, expiresAt: Int, notBefore: Int? = nil,
        generation: Int? = nil, id: String? = nil
    ) {
        self.userID = userID
        self.email = email
        self.role = role
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.notBefore = notBefore
        self.generation = generation
        self.id = id
    }

    /// Nil when something is missing. A token without an end is none: nobody could ever be rid of it.
    package init?(_ object: JSONObject) {
        guard let userID = object["userId"]?.string, !userID.isEmpty,
            let role = (object["userRole"] ?? object["role"])?.string.flatMap(UserRole.init(rawValue:)),
            let expiresAt = Self.seconds(object["exp"])
        else { return nil }
        // What is there has to be right.
        for name in ["iat", "nbf"] where object[name] != nil && Self.seconds(object[name]) == nil { return nil }
        self.init(
            userID: userID, email: object["email"]?.string, role: role, issuedAt: Self.seconds(object["iat"]),
            expiresAt: expiresAt, notBefore: Self.seconds(object["nbf"]), generation: object["gen"]?.int,
            id: object["jti"]?.string)
    }

    package var object: JSONObject {
        var object: JSONObject = ["userId": .string(userID)]
        object["email"] = email.map { .string($0) }
        object["userRole"] = .string(role.rawValue)
        object["iat"] = issuedAt.map { .int($0) }
        object["exp"] = .int(expiresAt)
        object["nbf"] = notBefore.map { .int($0) }
        object["gen"] = generation.map { .int($0) }
        object["jti"] = id.map { .string($0) }
        return object
    }

    package func isCurrent(at now: Timestamp) -> Bool {
        let now = now.rawValue.floorDivided(by: 1000)
        return Int64(expiresAt) > now && Int64(notBefore ?? 0) <= now
    }

    private static func seconds(_ value: JSONValue?) -> Int? {
        switch value {
        case .int(let value): value
        // Some programs write fractions of a second.
        case .double(let value): Int(exactly: value.rounded(.down))
        default: nil
        }
    }
}

/// When an account's tokens were last made worthless, all at once.
package struct SessionCut: Equatable, Sendable {
    /// Grows with each cut.
    package var generation: Int
    /// Nil when there was none yet.
    package var at: Timestamp?

    package init(generation: Int = 0, at: Timestamp? = nil) {
        self.generation = generation
        self.at = at
    }

    /// Whether the cut took this token with it. One that bears no number is judged by its time, and tokens tell time in
    /// seconds: one of the very second of the cut is taken to be older.
    package func ended(_ claims: TokenClaims) -> Bool {
        if let number = claims.generation { return number != generation }
        guard let at else { return false }
        return Int64(claims.issuedAt ?? 0) <= at.rawValue.floorDivided(by: 1000)
    }
}
