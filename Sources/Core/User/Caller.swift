/// What an account may do. Each role may do what the ones before it may.
package enum UserRole: String, CaseIterable, Comparable, Sendable {
    case user = "USER"
    case admin = "ADMIN"
    case superAdmin = "SUPER_ADMIN"

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

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

    package init(name: String, role: UserRole, userID: String? = nil) {
        self.name = name
        self.role = role
        self.userID = userID
    }
}
