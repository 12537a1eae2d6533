package import Core

/// What a window about accounts was opened for.
package enum UserDialog: Equatable, Sendable {
    case new
    case change(User)
    case password(User)
    case delete(User)
    case restore(User)
}

/// Accounts: the commands on their list, its forms and questions.
extension Console {
    var selectedUser: User? {
        guard screen == .resource(.users), let id = lists[.users]?.selection?.id else { return nil }
        return users.first { $0.id.rawValue == id }
    }

    /// Who speaks through this console, as the rules about accounts see it.
    var caller: Caller {
        Caller(name: info?.actor ?? "", role: info?.role ?? .user, userID: account?.id.rawValue)
    }

    /// Why a command on accounts is not possible now.
    func refusalOfUser(_ command: Command) -> String? {
        if command == .newUser { return refusal(needing: .admin) }
        guard let user = selectedUser else { return refusal(needing: .admin) ?? "choose a user in its list" }
        // Others than administrators have but their own account.
        if !caller.owns(user), let reason = refusal(needing: .admin) { return reason }
        switch command {
        case .deleteUser where user.isDeleted: return "deleted already"
        case .restoreUser where !user.isDeleted: return "not deleted"
        case .deleteUser, .restoreUser:
            return refusal(needing: .admin) ?? reason { () throws(UserError) in try caller.checkDeleting(user) }
        case .changeUser, .userPassword:
            if user.isDeleted { return "the account is deleted: R restores it" }
            let change = command == .changeUser ? UserChange() : UserChange(password: "")
            return reason { () throws(UserError) in try caller.check(change, of: user) }
        default: return nil
        }
    }

    private func reason(_ check: () throws(UserError) -> Void) -> String? {
        do { try check() } catch { return error.message }
        return nil
    }

    mutating func openUserDialog(_ command: Command) {
        if command == .newUser {
            show(.resource(.users))
            return open(.form("New user", newUserForm, yes: "Create"), .user(.new))
        }
        guard let user = selectedUser else { return }
        switch command {
        case .changeUser:
            open(.form("Change \(user.email)", changeForm(user), yes: "Change"), .user(.change(user)))
        case .userPassword:
            open(
                .form(
                    "Password of \(user.email)", Form(passwordFields(user)),
                    text: "All sessions of the account end with it.", yes: "Change"), .user(.password(user)))
        case .deleteUser:
            open(
                .question(
                    "Delete user \(user.email)?",
                    "All sessions end and nobody can sign in with it. The account is kept for the records, and R "
                        + "restores it.", yes: "Delete", isDangerous: true), .user(.delete(user)))
        case .restoreUser:
            open(
                .question("Restore user \(user.email)?", "Its password is the one it had.", yes: "Restore"),
                .user(.restore(user)))
        default: break
        }
    }

    // MARK: Forms

    private static func secret(_ id: String, _ label: String, help: String = "") -> FormField {
        FormField(id, label, .text(TextField(masked: true, limit: 128)), help: help)
    }

    private var newUserForm: Form {
        let roles = UserRole.allCases.filter { role in
            reason { () throws(UserError) in try caller.checkGiving(role) } == nil
        }
        return Form([
            Self.field("email", "Email", limit: EmailRule.maximumLength),
            Self.field("first", "First name", limit: NameRule.maximumLength),
            Self.field("last", "Last name", limit: NameRule.maximumLength, help: "may be empty"),
            FormField("role", "Role", .choice(roles.map(\.rawValue), 0), help: "← → choose"),
            Self.secret("password", "Password", help: "at least \(PasswordRule.minimumLength) characters"),
            Self.secret("again", "Once more"),
        ])
    }

    private func changeForm(_ user: User) -> Form {
        var fields = [
            Self.field("first", "First name", user.firstName, limit: NameRule.maximumLength),
            Self.field("last", "Last name", user.lastName, limit: NameRule.maximumLength, help: "may be empty"),
        ]
        let roles = UserRole.allCases.filter { role in
            reason { () throws(UserError) in try caller.check(UserChange(role: role), of: user) } == nil
        }
        // Where there is no choice nothing is offered.
        if roles.count > 1, let index = roles.firstIndex(of: user.role) {
            fields.append(
                FormField(
                    "role", "Role", .choice(roles.map(\.rawValue), index),
                    help: "another role ends all sessions of the account"))
        }
        return Form(fields)
    }

    private func passwordFields(_ user: User) -> [FormField] {
        let current = caller.owns(user) ? [Self.secret("current", "Password now")] : []
        return current + [
            Self.secret("password", "New password", help: "at least \(PasswordRule.minimumLength) characters"),
            Self.secret("again", "Once more"),
        ]
    }

    // MARK: Checking while one types

    func problems(_ form: Form, _ dialog: UserDialog) -> [String: String] {
        var problems: [String: String] = [:]
        switch dialog {
        case .new:
            problems["email"] =
                reason { () throws(UserError) in _ = try EmailRule.check(form["email"]) } ?? takenEmail(form["email"])
            problems.merge(nameProblems(form)) { $1 }
            problems.merge(passwordProblems(form, form["email"], [form["first"], form["last"]])) { $1 }
        case .change: problems = nameProblems(form)
        case .password(let user):
            problems = passwordProblems(form, user.email, [user.firstName, user.lastName])
            if caller.owns(user), form["current"].isEmpty { problems["current"] = "the current password is missing" }
        case .delete, .restore: break
        }
        return problems
    }

    private func takenEmail(_ text: String) -> String? {
        let email = EmailRule.normalised(text)
        return users.contains { EmailRule.normalised($0.email) == email } ? UserError.emailTaken(email).message : nil
    }

    private func nameProblems(_ form: Form) -> [String: String] {
        var problems: [String: String] = [:]
        for id in ["first", "last"] {
            problems[id] = reason { () throws(UserError) in
                _ = try NameRule.checkPerson(form[id], isFirst: id == "first")
            }
        }
        return problems
    }

    private func passwordProblems(_ form: Form, _ email: String, _ names: [String]) -> [String: String] {
        var problems: [String: String] = [:]
        problems["password"] = reason { () throws(UserError) in
            try PasswordRule.check(form["password"], email: EmailRule.normalised(email), names: names)
        }
        if form["again"] != form["password"] { problems["again"] = "the two passwords are not the same" }
        return problems
    }

    // MARK: Pressing

    mutating func pressed(_ form: Form, _ dialog: UserDialog) {
        let role = form.choice("role") == nil ? nil : UserRole(rawValue: form["role"])
        switch dialog {
        case .new:
            let user = User(
                id: User.ID(""), email: EmailRule.normalised(form["email"]), firstName: form["first"],
                lastName: form["last"], role: role ?? .user)
            change(.user(.create(user, password: form["password"])), "new user \(user.email)")
        case .change(let user):
            let change = UserChange(
                firstName: form["first"] == user.firstName ? nil : form["first"],
                lastName: form["last"] == user.lastName ? nil : form["last"], role: role == user.role ? nil : role)
            if change.isEmpty { return say("nothing was changed") }
            self.change(.user(.update(user.id, change, current: nil)), "change user \(user.email)")
        case .password(let user):
            change(
                .user(
                    .update(
                        user.id, UserChange(password: form["password"]),
                        current: caller.owns(user) ? form["current"] : nil)), "password of \(user.email)")
        case .delete(let user): change(.user(.delete(user.id)), "delete user \(user.email)")
        case .restore(let user): change(.user(.restore(user.id)), "restore user \(user.email)")
        }
    }
}
