import Core
import Postgres
import Server
import Testing

@Suite struct UserServiceTests {
    @Test func `a new account is a row and an event, and neither holds the password`() async throws {
        let world = try await AccountWorld()
        let user = try await world.users.create(
            User(
                id: User.ID(""), email: " Ada@Example.org", firstName: " Ada ", lastName: "Lovelace", avatar: "/a.png"),
            password: AccountWorld.password, by: world.root)
        #expect(user.email == "ada@example.org" && user.firstName == "Ada" && user.avatar == "/a.png")
        #expect(try await world.users.user(user.id) == user)
        let row = try await world.database.row("SELECT password, token FROM \"User\" WHERE id = \(user.id.rawValue)")
        #expect(try row?.decode(String.self, "password").hasPrefix("$2b$04$") == true)
        #expect(try row?.decode(String.self, "token") == "null")
        let event = try #require(
            try await world.database.row("SELECT action, actor, message || data::text AS text FROM event"))
        #expect(try event.decode(String.self, "action") == "create")
        #expect(try event.decode(String.self, "actor") == "local:root")
        let text = try event.decode(String.self, "text")
        #expect(!text.contains("$2b$") && !text.contains(AccountWorld.password))
    }

    @Test func `an address is somebody's, however it is written`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        await #expect(throws: UserError.emailTaken("ada@example.org")) { try await world.add("ADA") }
    }

    @Test func `what is wrong with a new account is said`() async throws {
        let world = try await AccountWorld()
        let good = User(id: User.ID(""), email: "a@b", firstName: "A", lastName: "")
        func refusal(_ change: (inout User) -> Void, password: String = AccountWorld.password) async -> String? {
            var user = good
            change(&user)
            do { _ = try await world.users.create(user, password: password, by: world.root) } catch {
                return (error as? UserError)?.message
            }
            return nil
        }
        #expect(await refusal { $0.email = "nobody" } == "\"nobody\" is not an email address")
        #expect(await refusal { $0.firstName = "" } == "the first name is empty")
        #expect(await refusal({ _ in }, password: "short") == "the password has to have at least 8 characters")
        #expect(await refusal { $0.avatar = "javascript:x" } == "the avatar is not a path or an address of the web")
    }

    @Test func `only a super administrator makes another one`() async throws {
        let world = try await AccountWorld()
        let admin = Caller(name: "admin", role: .admin, userID: "x")
        let user = User(id: User.ID(""), email: "a@b", firstName: "A", lastName: "", role: .superAdmin)
        await #expect(throws: UserError.self) {
            try await world.users.create(user, password: AccountWorld.password, by: admin)
        }
    }

    @Test func `a change names what changes and leaves the rest`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let changed = try await world.users.update(
            user.id, UserChange(lastName: "Lovelace", role: .admin, avatar: "/b.png"), by: world.root)
        #expect(changed.firstName == "ada" && changed.lastName == "Lovelace" && changed.role == .admin)
        let bare = try await world.users.update(user.id, UserChange(avatar: ""), by: world.root)
        #expect(bare.avatar == nil && bare.lastName == "Lovelace")
        let events = try await world.database.rows("SELECT message FROM event ORDER BY id")
        #expect(
            try events.map { try $0.decode(String.self, "message") }.dropFirst()
                == ["ada@example.org has now the role ADMIN", "the account of ada@example.org was changed"])
    }

    @Test func `one's own password needs the present one`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let ada = Caller(name: user.email, role: .user, userID: user.id.rawValue)
        let change = UserChange(password: "battery staple")
        await #expect(throws: UserError.self) { try await world.users.update(user.id, change, by: ada) }
        await #expect(throws: UserError.wrongPassword) {
            try await world.users.update(user.id, change, currentPassword: "wrong", by: ada)
        }
        _ = try await world.users.update(user.id, change, currentPassword: AccountWorld.password, by: ada)
        _ = try await world.login("ada", password: "battery staple")
        await #expect(throws: UserError.wrongLogin) { try await world.login("ada") }
    }

    @Test func `guesses of the present password are throttled like logins`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let ada = Caller(name: user.email, role: .user, userID: user.id.rawValue)
        func guess() async -> UserError? {
            do {
                _ = try await world.users.update(
                    user.id, UserChange(password: "battery staple"), currentPassword: "wrong", from: "10.0.0.1", by: ada
                )
            } catch { return error as? UserError }
            return nil
        }
        for _ in 0..<5 { #expect(await guess() == .wrongPassword) }
        #expect(await guess() == .tooManyAttempts(retryAfterSeconds: 30))
    }

    @Test func `the last super administrator stays`() async throws {
        let world = try await AccountWorld()
        let ada = try await world.add("ada", .superAdmin)
        await #expect(throws: UserError.lastSuperAdmin) {
            try await world.users.update(ada.id, UserChange(role: .user), by: world.root)
        }
        await #expect(throws: UserError.lastSuperAdmin) {
            try await world.users.setDeleted(true, ada.id, by: world.root)
        }
        let eve = try await world.add("eve", .superAdmin)
        // Both at once: one of them has to stay.
        let left = await withTaskGroup(of: Bool.self) { group in
            for id in [ada.id, eve.id] {
                group.addTask { (try? await world.users.setDeleted(true, id, by: world.root)) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(left == 1)
    }

    @Test func `lists are ordered, paged, and without the deleted unless they are wanted`() async throws {
        let world = try await AccountWorld()
        for name in ["carl", "ada", "bob"] { _ = try await world.add(name) }
        let bob = try #require(try await world.users.store.find(email: "BOB@example.org"))
        _ = try await world.users.setDeleted(true, bob.id, by: world.root)
        func names(skip: Int = 0, limit: Int = 9, all: Bool = false, _ order: UserStore.Order = .email) async throws
            -> [String]
        {
            try await world.users.store.list(
                by: order, descending: false, skip: skip, limit: limit, includesDeleted: all
            )
            .map(\.firstName)
        }
        #expect(try await names() == ["ada", "carl"])
        #expect(try await names(all: true) == ["ada", "bob", "carl"])
        #expect(try await names(skip: 1, limit: 1, all: true) == ["bob"])
        for order in [UserStore.Order.id, .firstName, .lastName, .role, .createdAt, .updatedAt] {
            #expect(try await names(all: true, order).count == 3)
        }
    }
}
