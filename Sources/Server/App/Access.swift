package import Core

/// Who may have a field. What belongs to somebody is for everybody who is signed in, and its rows are chosen by the caller.
package enum Access: String, Sendable {
    /// Also those who are not signed in.
    case anyone
    case user
    case admin
    case superAdmin

    /// The least role that is needed; nil where nobody has to be signed in.
    package var role: UserRole? {
        switch self {
        case .anyone: nil
        case .user: .user
        case .admin: .admin
        case .superAdmin: .superAdmin
        }
    }
}
