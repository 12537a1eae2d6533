import Core
import Testing

@Suite struct UserChangeTests {
    private func user(_ id: String, _ role: UserRole, isDeleted: Bool = false) -> User {
        User(id: User.ID(id), email: "\(id)@x", firstName: id, lastName: "", role: role, isDeleted: isDeleted)
    }
    private func caller(_ id: String, _ role: UserRole) -> Caller { Caller(name: id, role: role, userID: id) }

    @Test func `everybody changes their own name and password, and not their role`() throws {
        for role in UserRole.allCases {
            try caller("ada", role).check(UserChange(firstName: "A", password: "p"), of: user("ada", role))
            try caller("ada", role).check(UserChange(role: role), of: user("ada", role))
            for other in UserRole.allCases where other != role {
                #expect(throws: UserError.self) {
                    try caller("ada", role).check(UserChange(role: other), of: user("ada", role))
                }
            }
        }
    }

    @Test func `somebody else does not exist for a user`() {
        #expect(throws: UserError.notFound) {
            try caller("eve", .user).check(UserChange(firstName: "A"), of: user("ada", .user))
        }
        #expect(throws: UserError.notFound) { try caller("eve", .user).checkDeleting(user("ada", .user)) }
    }

    @Test func `an administrator changes others, but of a super administrator neither role nor password`() throws {
        let admin = caller("eve", .admin)
        try admin.check(UserChange(role: .admin, password: "p"), of: user("ada", .user))
        try admin.check(UserChange(role: .user), of: user("ada", .admin))
        try admin.check(UserChange(firstName: "A", role: .superAdmin), of: user("ada", .superAdmin))
        for change in [UserChange(role: .user), UserChange(password: "p")] {
            #expect(throws: UserError.self) { try admin.check(change, of: user("ada", .superAdmin)) }
        }
        #expect(throws: UserError.self) { try admin.check(UserChange(role: .superAdmin), of: user("ada", .user)) }
        #expect(throws: UserError.self) { try admin.checkDeleting(user("ada", .superAdmin)) }
        #expect(throws: UserError.self) { try admin.checkGiving(.superAdmin) }
        #expect(throws: UserError.self) { try admin.checkDeleting(user("eve", .admin)) }
        #expect(throws: UserError.notFound) {
            try admin.check(UserChange(firstName: "A"), of: user("ada", .user, isDeleted: true))
        }
    }

    @Test func `a super administrator changes all`() throws {
        for caller in [caller("eve", .superAdmin), Caller(name: "local:root", role: .superAdmin)] {
            try caller.check(UserChange(role: .user, password: "p"), of: user("ada", .superAdmin))
            try caller.check(UserChange(role: .superAdmin), of: user("ada", .user))
            try caller.checkDeleting(user("ada", .superAdmin))
        }
    }

    @Test func `a picture is a path or an address of the web`() throws {
        for good in ["", "/images/avatars/1.png", "avatar.png", "https://example.org/a.png"] {
            #expect(try AvatarRule.check(good) == good)
        }
        for bad in [
            "javascript:alert(1)", "data:text/html,x", "a b", "\"><script>", "/ä", String(repeating: "a", count: 600),
        ] {
            #expect(throws: UserError.self) { try AvatarRule.check(bad) }
        }
    }

    @Test func `a person has a first name`() throws {
        #expect(try NameRule.checkPerson(" Ada ", isFirst: true) == "Ada")
        #expect(try NameRule.checkPerson("  ", isFirst: false) == "")
        let error = #expect(throws: UserError.self) { try NameRule.checkPerson("  ", isFirst: true) }
        #expect(error?.message == "the first name is empty")
        #expect(throws: UserError.self) { try NameRule.checkPerson("a\u{1B}[2J", isFirst: false) }
    }
}
