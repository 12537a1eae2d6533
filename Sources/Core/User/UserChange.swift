/// What is to become of an account; nil leaves as it is.
package struct UserChange: Equatable, Sendable {
    package var firstName: String?
    package var lastName: String?
    package var role: UserRole?
    /// Empty takes the picture away.
    package var avatar: String?
    package var password: String?

    package init(
        firstName: String? = nil, lastName: String? = nil, role: UserRole? = nil, avatar: String? = nil,
        password: String? = nil
    ) {
        self.firstName = firstName
        self.lastName = lastName
        self.role = role
        self.avatar = avatar
        self.password = password
    }

    package var isEmpty: Bool { self == UserChange() }
}

extension Caller {
    package func owns(_ user: User) -> Bool { userID == user.id.rawValue }

    /// Throws why the caller may not do this to the account. To others than administrators there is but their own.
    package func check(_ change: UserChange, of user: User) throws(UserError) {
        if owns(user) {
            if let role = change.role, role != user.role { throw .forbidden("nobody changes a role of their own") }
            return
        }
        guard role >= .admin, !user.isDeleted else { throw .notFound }
        if let new = change.role, new != user.role { try checkGiving(new) }
        guard user.role == .superAdmin, role < .superAdmin else { return }
        if change.password != nil || change.role.map({ $0 != user.role }) ?? false {
            throw .forbidden("only a SUPER_ADMIN changes the role or password of one")
        }
    }

    /// Throws when the caller may not give this role to anybody.
    package func checkGiving(_ new: UserRole) throws(UserError) {
        guard role >= .admin else { throw .forbidden("only administrators give roles") }
        if new == .superAdmin, role < .superAdmin { throw .forbidden("only a SUPER_ADMIN makes another one") }
    }

    /// Throws why the caller may not delete the account, or bring it back.
    package func checkDeleting(_ user: User) throws(UserError) {
        guard role >= .admin else { throw .notFound }
        if owns(user) { throw .forbidden("nobody deletes their own account") }
        if user.role == .superAdmin, role < .superAdmin {
            throw .forbidden("only a SUPER_ADMIN deletes or restores one")
        }
    }
}

extension NameRule {
    /// A person's name without space around it. Some people have but one, so that the last may be empty.
    package static func checkPerson(_ name: String, isFirst: Bool) throws(UserError) -> String {
        if !isFirst, name.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return "" }
        switch check(name, ofA: isFirst ? "first name" : "last name") {
        case .success(let name): return name
        case .failure(let problem): throw .invalid(problem.message)
        }
    }
}

/// Where a picture of a person may be: a path of this server, or an address of the web.
package enum AvatarRule {
    package static let maximumLength = 512
    private static let forbidden = Set("\"'<>\\`".utf8)

    package static func check(_ text: String) throws(UserError) -> String {
        guard text.utf8.count <= maximumLength else { throw .invalid("the avatar's address is too long") }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }
        // Anything else before a colon could be a program, as in `javascript:`.
        let isKnown = !text.contains(":") || text.hasPrefix("https://") || text.hasPrefix("http://")
        guard isPlain, isKnown else { throw .invalid("the avatar is not a path or an address of the web") }
        return text
    }
}
