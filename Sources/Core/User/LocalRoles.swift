/// Which role people have who come through the local socket: the `[local]` table of the configuration.
package struct LocalRoles: Equatable, Sendable {
    package var standard = UserRole.user
    package var users: [String: UserRole] = [:]
    package var groups: [String: UserRole] = [:]

    package init(
        standard: UserRole = .user, users: [String: UserRole] = [:], groups: [String: UserRole] = [:]
    ) {
        self.standard = standard
        self.users = users
        self.groups = groups
    }

    /// The role of an account: its own if it has one, else the highest of its groups, else the standard one.
    package func role(of user: String, in memberships: some Sequence<String>) -> UserRole {
        users[user] ?? memberships.compactMap { groups[$0] }.max() ?? standard
    }
}
