package import Core
import Postgres

/// Changes accounts. Each change and its event are one transaction; passwords are hashed before it.
package struct UserService: Sendable {
    package let store: UserStore
    private let hasher: PasswordHasher
    private let attempts: LoginAttempts
    private let newID: @Sendable () -> String

    package init(
        store: UserStore, hasher: PasswordHasher, attempts: LoginAttempts, newID: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.hasher = hasher
        self.attempts = attempts
        self.newID = newID
    }

    package func user(_ id: User.ID) async throws -> User {
        guard let user = try await store.find(id) else { throw UserError.notFound }
        return user
    }

    /// A new account. `user`'s id and times are not looked at.
    package func create(_ user: User, password: String, by caller: Caller) async throws -> User {
        try caller.checkGiving(user.role)
        var new = user
        new.id = User.ID(newID())
        new.email = try EmailRule.check(user.email)
        new.firstName = try NameRule.checkPerson(user.firstName, isFirst: true)
        new.lastName = try NameRule.checkPerson(user.lastName, isFirst: false)
        new.avatar = try user.avatar.map(AvatarRule.check)
        try PasswordRule.check(password, email: new.email, names: [new.firstName, new.lastName])
        let hash = try await hasher.hash(password)
        let checked = new
        return try await store.change { transaction in
            if try await UserStore.isEmailTaken(checked.email, in: transaction) {
                throw UserError.emailTaken(checked.email)
            }
            let made = try await UserStore.insert(checked, passwordHash: hash, in: transaction)
            transaction.record(
                .user(
                    "create", made, actor: caller.name,
                    message: "an account was made for \(made.email) with the role \(made.role.rawValue)"))
            return made
        }
    }

    /// - Parameter currentPassword: what who changes their own password has to know. `address` is where they ask from.
    package func update(
        _ id: User.ID, _ change: UserChange, currentPassword: String? = nil, from address: String? = nil,
        by caller: Caller
    ) async throws -> User {
        guard let before = try await store.find(id) else { throw UserError.notFound }
        try caller.check(change, of: before)
        let change = try checked(change, of: before)
        if change.isEmpty { return before }
        if change.password != nil, caller.owns(before) {
            try await prove(currentPassword, of: before, from: address)
        }
        var hash: String?
        if let password = change.password { hash = try await hasher.hash(password) }
        let passwordHash = hash
        return try await store.change { transaction in
            // Once more, now that nobody else can change it.
            guard let locked = try await UserStore.lock(id, in: transaction) else { throw UserError.notFound }
            try caller.check(change, of: locked)
            if locked.role == .superAdmin, let role = change.role, role != .superAdmin {
                try await Self.checkNotLast(in: transaction)
            }
            guard
                let user = try await UserStore.update(id, change, passwordHash: passwordHash, in: transaction)
            else { throw UserError.notFound }
            transaction.record(
                .user("update", user, actor: caller.name, message: Self.message(locked, user, change)))
            return user
        }
    }

    /// Deletes an account or brings it back. Its row stays, for the records; its sessions end.
    package func setDeleted(_ isDeleted: Bool, _ id: User.ID, by caller: Caller) async throws -> User {
        try await store.change { transaction in
            guard let before = try await UserStore.lock(id, in: transaction) else { throw UserError.notFound }
            try caller.checkDeleting(before)
            if before.isDeleted == isDeleted { return before }
            if isDeleted, before.role == .superAdmin { try await Self.checkNotLast(in: transaction) }
            guard let user = try await UserStore.setDeleted(isDeleted, id, in: transaction) else {
                throw UserError.notFound
            }
            let message = "the account of \(user.email) was \(isDeleted ? "deleted" : "restored")"
            transaction.record(
                .user(isDeleted ? "delete" : "update", user, actor: caller.name, message: message))
            return user
        }
    }

    private static func checkNotLast(in transaction: Transaction) async throws {
        if try await UserStore.countSuperAdmins(in: transaction) <= 1 { throw UserError.lastSuperAdmin }
    }

    /// The change as it can be kept.
    private func checked(_ change: UserChange, of user: User) throws(UserError) -> UserChange {
        var change = change
        if let name = change.firstName { change.firstName = try NameRule.checkPerson(name, isFirst: true) }
        if let name = change.lastName { change.lastName = try NameRule.checkPerson(name, isFirst: false) }
        if let avatar = change.avatar { change.avatar = try AvatarRule.check(avatar) }
        if let password = change.password {
            let names = [change.firstName ?? user.firstName, change.lastName ?? user.lastName]
            try PasswordRule.check(password, email: user.email.lowercased(), names: names)
        }
        if change.role == user.role { change.role = nil }
        return change
    }

    /// A stolen token must be of no use to try passwords with.
    private func prove(_ password: String?, of user: User, from address: String?) async throws {
        guard let password else { throw UserError.invalid("the current password is needed to change it") }
        let isRight = try await attempts.attempt(account: EmailRule.normalised(user.email), address: address) {
            isKnown in
            let hash = try await store.secrets(user.id)?.passwordHash
            return try await hasher.verify(password, hash: hash, isKnown: isKnown)
        }
        if !isRight { throw UserError.wrongPassword }
    }

    private static func message(_ before: User, _ after: User, _ change: UserChange) -> String {
        var parts: [String] = []
        if before.role != after.role { parts.append("has now the role \(after.role.rawValue)") }
        if change.password != nil { parts.append("has a new password") }
        return parts.isEmpty
            ? "the account of \(after.email) was changed" : after.email + " " + parts.joined(separator: " and ")
    }
}
