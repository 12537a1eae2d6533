/// What an account may do. Each role may do what the ones before it may.
package enum UserRole: String, CaseIterable, Comparable, Sendable {
    case user = "USER"
    case admin = "ADMIN"
    case superAdmin = "SUPER_ADMIN"

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

    /// Why who has this role may not do what is for another one; nil when they may.
    package func refusal(needing role: UserRole) -> String? {
        self < role ? "needs the role \(role.rawValue), yours is \(rawValue)" : nil
    }

    private var rank: Int {
        switch self {
        case .user: 0
        case .admin: 1
        case .superAdmin: 2
        }
    }
}

/// Whoever asks for something.
package struct Caller: Equatable, Sendable {
    /// As events and logs name it: an account's name, or `local:root`.
    package var name: String
    package var role: UserRole
    /// The account's id; nil for who came through the local socket without one.
    package var userID: String?
    /// Nil for who came without a token.
    package var session: LoginSession?

    package init(name: String, role: UserRole, userID: String? = nil, session: LoginSession? = nil) {
        self.name = name
        self.role = role
        self.userID = userID
        self.session = session
    }
}

/// What one token opened. It ends by itself, or when the token is made worthless.
package struct LoginSession: Equatable, Sendable {
    /// Tells the token from others and is no secret.
    package var id: String
    package var claims: TokenClaims

    package init(id: String, claims: TokenClaims) {
        self.id = id
        self.claims = claims
    }

    /// Not after the year 9999, whatever the token says.
    package var expiresAt: Timestamp {
        Timestamp(milliseconds: Int64(min(max(claims.expiresAt, 0), 253_402_300_799)) * 1000)
    }
}
