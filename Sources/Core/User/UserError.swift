/// Why an operation on an account did not happen.
package enum UserError: Error, Equatable {
    case notFound
    case invalid(String)
    case emailTaken(String)
    /// The caller may see the account and not change it so.
    case forbidden(String)
    /// Nobody would be left who may do everything.
    case lastSuperAdmin
    /// No such account, another password, a deleted account: whoever asks learns no more.
    case wrongLogin
    /// The password that proves that it is the owner who asks.
    case wrongPassword
    /// Too many failures. Says the same of accounts that do not exist.
    case tooManyAttempts(retryAfterSeconds: Int)
    /// More passwords wait to be checked than can be.
    case busy

    package var message: String {
        switch self {
        case .notFound: "user not found"
        case .invalid(let reason), .forbidden(let reason): reason
        case .emailTaken(let email): "there is an account for \(email) already"
        case .lastSuperAdmin: "this is the last SUPER_ADMIN: make another one first"
        case .wrongLogin: "invalid email or password"
        case .wrongPassword: "the current password is wrong"
        case .tooManyAttempts(let seconds): "too many failed attempts: try again in \(seconds) s"
        case .busy: "too many people are signing in: try again in a moment"
        }
    }
}
