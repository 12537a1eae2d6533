/// Somebody who has an account. It holds no password and no token: what is not in the type cannot get out.
package struct User: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    package var id: ID
    package var email: String
    package var firstName: String
    package var lastName: String
    package var role: UserRole
    /// A deleted account is kept for the records, and nobody can sign in with it.
    package var isDeleted: Bool
    /// Where a picture of the person is.
    package var avatar: String?
    package var createdAt: Timestamp

    package init(
        id: ID, email: String, firstName: String, lastName: String, role: UserRole = .user, isDeleted: Bool = false,
        avatar: String? = nil, createdAt: Timestamp = Timestamp(milliseconds: 0)
    ) {
        self.id = id
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.role = role
        self.isDeleted = isDeleted
        self.avatar = avatar
        self.createdAt = createdAt
    }

    /// The name by which front ends keep apart what belongs to different users.
    package var namespace: String { "user_\(id.rawValue.prefix(8))" }
}
