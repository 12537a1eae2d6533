import Core
import JSON
import Testing

@testable import TUI

/// The list of accounts, its forms and what they ask of the server.
@Suite struct UserListTests {
    private func stage(_ role: UserRole = .superAdmin, account: User? = nil) -> Stage {
        var stage = Stage(role: role)
        stage.openList("4", account: account)
        return stage
    }

    private static let secret = "correct horse"

    @Test func `an account is made of what the form holds, and its password is not on the screen`() {
        var stage = stage()
        stage.press(.character("+"))
        for (field, text) in [("email", " Dora@Example.org"), ("first", "Dora"), ("last", "Diaz")] {
            stage.fill(field, text)
        }
        stage.press(.tab, .right)
        stage.fill("password", Self.secret)
        stage.fill("again", Self.secret)
        #expect(!stage.screen.contains("horse") && stage.screen.contains("•••••••••••••"))
        stage.press(.enter)
        let user = User(
            id: User.ID(""), email: "dora@example.org", firstName: "Dora", lastName: "Diaz", role: .admin)
        #expect(stage.changes == [.user(.create(user, password: Self.secret))])
        stage.answer(.done) { $0.isMutation }
        #expect(stage.note == "new user dora@example.org: done")
        #expect(!stage.screen.contains("horse"))
    }

    @Test(arguments: [
        ("email", "nobody", "not an email address"), ("email", "BEN@example.org", "an account for ben@example.org"),
        ("first", " ", "first name is empty"), ("password", "short", "at least 8"),
        ("password", "password123", "too easy"), ("again", "different", "not the same"),
    ])
    func `a field says what is wrong with it while it is typed`(field: String, text: String, problem: String) {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill(field, text)
        #expect(stage.problem(field)?.contains(problem) == true, "\(stage.problem(field) ?? "nothing")")
        stage.press(.enter)
        #expect(stage.changes.isEmpty && stage.dialog != nil)
    }

    @Test func `name and role are changed, and only what is another is sent`() {
        var stage = stage()
        stage.choose("ben@example.org")
        stage.press(.character("e"))
        stage.fill("last", "Holmberg")
        stage.press(.tab, .right, .enter)
        let change = UserChange(lastName: "Holmberg", role: .admin)
        #expect(stage.take(\.isMutation) == [.user(.update(Stage.users[2].id, change, current: nil))])
        stage.press(.character("e"), .enter)
        #expect(stage.changes.isEmpty && stage.note == "nothing was changed")
    }

    @Test func `one's own password wants the one so far, another's does not`() {
        var stage = stage(.admin, account: Stage.users[1])
        stage.choose("anna@example.org")
        stage.press(.character("p"))
        stage.fill("password", Self.secret)
        stage.fill("again", Self.secret)
        stage.press(.enter)
        #expect(stage.problem("current")?.contains("missing") == true && stage.changes.isEmpty)
        stage.fill("current", "battery staple")
        stage.press(.enter)
        let change = UserChange(password: Self.secret)
        #expect(
            stage.take(\.isMutation) == [.user(.update(Stage.users[1].id, change, current: "battery staple"))])
        stage.choose("ben@example.org")
        stage.press(.character("p"))
        stage.fill("password", Self.secret)
        stage.fill("again", Self.secret)
        stage.press(.enter)
        #expect(stage.changes == [.user(.update(Stage.users[2].id, change, current: nil))])
    }

    @Test func `an account is deleted after a question and brought back`() {
        var stage = stage()
        stage.choose("ben@example.org")
        stage.press(.character("R"))
        #expect(stage.note == "restore user: not deleted")
        stage.press(.character("D"))
        #expect(stage.dialog?.isDangerous == true)
        stage.press(.enter)
        #expect(stage.changes.isEmpty)
        stage.press(.character("D"), .character("y"))
        #expect(stage.take(\.isMutation) == [.user(.delete(Stage.users[2].id))])
        stage.choose("cleo@example.org")
        stage.press(.character("D"))
        #expect(stage.note == "delete user: deleted already")
        stage.press(.character("e"))
        #expect(stage.note?.contains("R restores it") == true)
        stage.press(.character("R"), .character("y"))
        #expect(stage.changes == [.user(.restore(Stage.users[3].id))])
    }

    @Test func `an administrator may not do to a higher one what only a SUPER_ADMIN may`() {
        var stage = stage(.admin, account: Stage.users[1])
        stage.choose("root@example.org")
        for key in "pD" {
            stage.press(.character(key))
            #expect(stage.note?.contains("only a SUPER_ADMIN") == true, "\(key): \(stage.note ?? "")")
            #expect(stage.dialog == nil)
        }
        stage.press(.character("e"))
        #expect(stage.dialog?.form?.fields.map(\.id) == ["first", "last"])
        stage.press(.escape)
        stage.choose("anna@example.org")
        stage.press(.character("D"))
        #expect(stage.note == "delete user: nobody deletes their own account")
        stage.press(.character("+"))
        guard case .choice(let roles, _)? = stage.dialog?.form?.fields.first(where: { $0.id == "role" })?.content
        else {
            Issue.record("no choice of roles")
            return
        }
        #expect(roles == ["USER", "ADMIN"])
    }

    @Test func `who is no administrator sees and changes their own account`() {
        var stage = stage(.user, account: Stage.users[2])
        #expect(stage.rowNames == ["ben@example.org"])
        #expect(stage.take { $0 == .user(.list(skip: 0)) }.isEmpty)
        for key in "+DR" {
            stage.press(.character(key))
            #expect(stage.dialog == nil, "\(key)")
        }
        stage.press(.character("+"))
        #expect(stage.note == "new user: needs the role ADMIN, yours is USER")
        stage.press(.character("e"))
        stage.fill("first", "Benjamin")
        stage.press(.enter)
        let change = UserChange(firstName: "Benjamin")
        #expect(stage.changes == [.user(.update(Stage.users[2].id, change, current: nil))])
    }

    @Test func `who has come without an account is told what it takes`() {
        let stage = stage(.user)
        #expect(stage.rowNames.isEmpty)
        #expect(stage.screen.contains("needs the role ADMIN"))
    }

    @Test func `a long list comes page by page`() {
        let crowd = (0..<1500).map { number in
            User(id: User.ID("u\(number)"), email: "u\(number)@example.org", firstName: "U", lastName: "")
        }
        var stage = Stage(role: .admin)
        stage.press(.character("4"))
        stage.answer(.users(Array(crowd.prefix(1000)))) { $0 == .user(.list(skip: 0)) }
        stage.answer(.users(Array(crowd.dropFirst(1000)))) { $0 == .user(.list(skip: 1000)) }
        #expect(stage.rowNames.count == 1500)
        #expect(stage.rowNames.prefix(3) == ["u0@example.org", "u1@example.org", "u2@example.org"])
    }

    @Test func `what the server refuses is told`() {
        var stage = stage()
        stage.choose("root@example.org")
        stage.press(.character("D"), .character("y"))
        stage.refuse("this is the last SUPER_ADMIN: make another one first") { $0.isMutation }
        #expect(stage.note == "delete user root@example.org: this is the last SUPER_ADMIN: make another one first")
    }

    @Test func `what the server answers is read`() {
        let row = """
            {"id": "u1", "email": "a@b.c", "firstName": "A", "lastName": "", "role": "ADMIN",
             "createdAt": "2026-11-24T10:00:00Z", "deleted": true}
            """
        let list = Operation.user(.list(skip: 0)).decode(Array("{\"data\": {\"users\": [\(row)]}}".utf8))
        guard case .success(.users(let users)) = list else {
            Issue.record("not read")
            return
        }
        #expect(users.first?.role == .admin && users.first?.isDeleted == true)
        let none = Operation.user(.own).decode(Array(#"{"data": {"currentUser": null}}"#.utf8))
        #expect(none == .success(.ownAccount(nil)))
    }
}
