package import Core

/// What every door asks who the bearer of a token is. There is one for all of them, so that a token that one door refuses
/// opens no other.
package protocol TokenVerifier: Sendable {
    /// The account that the token stands for, as it is now: signature, expiry, and one row of the database, which may have
    /// been read for an earlier operation if nothing can have changed since.
    func caller(of token: String) async -> Result<Caller, TokenRefusal>

    /// The same account where nobody has to be asked; nil says nothing about the token.
    func knownCaller(of token: String) -> Caller?
}

extension TokenVerifier {
    package func knownCaller(of token: String) -> Caller? { nil }
}

/// Why a token opens nothing. Clients hear only that they are not authorized; the log may have the reason.
package enum TokenRefusal: Error, Equatable, Sendable {
    /// Not a token of this server: broken, of another algorithm, or signed with another key.
    case invalid
    case expired
    case userNotFound
    case userDeleted
    /// The account has another role than when the token was made.
    case roleChanged
    /// Ended by logging out or by a new password.
    case revoked
    /// The database could not be asked. The token may be good.
    case unavailable(reason: String)

    /// A word for logs and metrics.
    package var status: String {
        switch self {
        case .invalid: "token_invalid"
        case .expired: "token_expired"
        case .userNotFound: "user_not_found"
        case .userDeleted: "user_deleted"
        case .roleChanged: "role_mismatch"
        case .revoked: "token_revoked"
        case .unavailable: "unavailable"
        }
    }
}
