import Core
import Postgres
import Server
import Testing

@Suite struct AccountsTests {
    @Test func `who gives the right password gets a token that says who it is`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada", .admin)
        let token = try await world.login("ada")
        let caller = try #require(await world.caller(token))
        #expect(caller.name == "ada@example.org" && caller.role == .admin && caller.userID == user.id.rawValue)
        let claims = try #require(caller.session?.claims)
        #expect(claims.email == "ada@example.org" && claims.expiresAt == claims.issuedAt! + 12 * 3600)
        _ = try await world.accounts.login(email: " ADA@Example.Org ", password: AccountWorld.password, from: nil)
        #expect(try await world.login("ada") != token, "two tokens of the same second differ")
    }

    @Test func `who fails learns nothing of why`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let gone = try await world.add("gone")
        _ = try await world.users.setDeleted(true, gone.id, by: world.root)
        for (name, password) in [
            ("ada", "wrong"), ("nobody", AccountWorld.password), ("gone", AccountWorld.password), ("ada", ""),
            ("ada", AccountWorld.password + "\0"), ("ada\0", AccountWorld.password),
            (String(repeating: "a", count: 1 << 20), AccountWorld.password),
        ] {
            await #expect(throws: UserError.wrongLogin) { try await world.login(name, password: password) }
        }
    }

    @Test func `failures are throttled alike for accounts that exist and for others`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        _ = try await world.add("bob")
        for name in ["ada", "nobody"] {
            for _ in 0..<5 {
                await #expect(throws: UserError.wrongLogin) { try await world.login(name, password: "wrong") }
            }
            await #expect(throws: UserError.tooManyAttempts(retryAfterSeconds: 30)) {
                try await world.login(name, password: AccountWorld.password)
            }
        }
        _ = try await world.login("bob")
        _ = try await world.login("ada", from: "10.0.0.2")
        world.clock.advance(seconds: 30)
        _ = try await world.login("ada")
    }

    @Test func `tokens of other programs with the same key are good`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let now = Int(world.clock.now.rawValue / 1000)
        let claims = TokenClaims(
            userID: user.id.rawValue, email: nil, role: .user, issuedAt: now, expiresAt: now + 60)
        #expect(await world.caller(world.key.sign(claims)) != nil)
    }

    @Test func `a token is refused that is broken, another's, too old, or nobody's`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let token = try await world.login("ada")
        let now = Int(world.clock.now.rawValue / 1000)
        let good = TokenClaims(
            userID: user.id.rawValue, email: nil, role: .user, issuedAt: now, expiresAt: now + 60)
        #expect(await world.refusal(TokenKey("another key").sign(good)) == .invalid)
        #expect(await world.refusal("") == .invalid)
        #expect(await world.refusal("Bearer \(token)") == .invalid)
        #expect(await world.refusal(String(token.dropLast())) == .invalid)
        // Each part of one token in place of another's.
        let parts = token.split(separator: ".")
        var more = good
        more.role = .superAdmin
        let other = world.key.sign(more).split(separator: ".")
        #expect(await world.refusal("\(parts[0]).\(other[1]).\(parts[2])") == .invalid)
        let none = "eyJhbGciOiJub25lIn0"  // {"alg":"none"}
        for signature in ["", String(parts[2])] {
            #expect(await world.refusal("\(none).\(parts[1]).\(signature)") == .invalid)
        }
        #expect(await world.refusal(world.key.sign(more)) == .roleChanged)
        var nobody = good
        nobody.userID = "nobody"
        #expect(await world.refusal(world.key.sign(nobody)) == .userNotFound)
        world.clock.advance(seconds: 12 * 3600)
        #expect(await world.refusal(token) == .expired)
    }

    @Test func `another role, a new password and a deletion end all sessions at once`() async throws {
        let world = try await AccountWorld()
        let user = try await world.add("ada")
        let first = try await world.login("ada")
        _ = try await world.users.update(user.id, UserChange(role: .admin), by: world.root)
        #expect(await world.refusal(first) == .roleChanged)
        _ = try await world.users.update(user.id, UserChange(role: .user), by: world.root)
        #expect(await world.refusal(first) == .revoked, "its role is right again, and it is worthless still")

        let second = try await world.login("ada")
        _ = try await world.users.update(user.id, UserChange(password: "battery staple"), by: world.root)
        #expect(await world.refusal(second) == .revoked)

        let third = try await world.login("ada", password: "battery staple")
        _ = try await world.users.setDeleted(true, user.id, by: world.root)
        #expect(await world.refusal(third) == .userDeleted)
        _ = try await world.users.setDeleted(false, user.id, by: world.root)
        #expect(await world.refusal(third) == .revoked)

        let fourth = try await world.login("ada", password: "battery staple")
        _ = try await world.users.update(user.id, UserChange(firstName: "Ada"), by: world.root)
        #expect(await world.caller(fourth) != nil, "a new name ends nothing")
        try await world.database.execute("DELETE FROM \"User\"")
        #expect(await world.refusal(fourth) == .userNotFound)
    }

    @Test func `a change that another program makes ends sessions too`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let token = try await world.login("ada")
        try await world.database.execute("UPDATE \"User\" SET password = password || 'x'")
        #expect(await world.refusal(token) == .revoked)
    }

    @Test func `logging out ends one session, or all`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let (first, second, third) = (
            try await world.login("ada"), try await world.login("ada"), try await world.login("ada")
        )
        try await world.accounts.logout(try #require(await world.caller(first)), everywhere: false)
        #expect(await world.refusal(first) == .revoked)
        #expect(await world.caller(second) != nil)
        try await world.accounts.logout(try #require(await world.caller(second)), everywhere: true)
        #expect(await world.refusal(second) == .revoked)
        #expect(await world.refusal(third) == .revoked)
        #expect(await world.caller(try await world.login("ada")) != nil)
        await #expect(throws: UserError.self) { try await world.accounts.logout(world.root, everywhere: false) }
    }

    @Test func `sessions that ended by themselves are forgotten`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        try await world.database.execute("INSERT INTO ended_session VALUES ('old', '2020-01-01')")
        try await world.accounts.logout(
            try #require(await world.caller(try await world.login("ada"))), everywhere: false)
        #expect(try await world.database.rows("SELECT id FROM ended_session").count == 1)
    }

    @Test func `without a database no token opens anything, and that is not the token's fault`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let token = try await world.login("ada")
        try await world.database.execute("DROP TABLE ended_session")
        guard case .unavailable = await world.refusal(token) else {
            Issue.record("not refused")
            return
        }
    }
}
