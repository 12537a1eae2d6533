import Core
import Foundation
import GraphQL
import JSON
import Server
import Synchronization
import TestSupport
import Testing

/// Accounts behind the whole API.
@Suite struct SessionTests {
    private static let password = "correct horse"

    private func runner(_ world: World) throws -> GraphQLRunner {
        GraphQLRunner(
            schema: try BaySchema.build(),
            services: world.services, facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
            log: TestDatabase.quiet)
    }

    private func ask(_ world: World, _ query: String, as caller: Caller?) async throws -> JSONValue {
        let answer = Mutex<[UInt8]>([])
        let end = try await runner(world).run(OperationRequest(query: query), for: caller, from: "10.0.0.1") { bytes in
            answer.withLock { $0 = bytes }
        }
        if case .refused(let errors) = end { return ["errors": try JSONValue(parsing: errors)] }
        return try JSONValue(parsing: answer.withLock { $0 })
    }

    private func makeAdmin(_ world: World) async throws -> User {
        try await world.services.users.create(
            User(id: User.ID(""), email: "ada@example.org", firstName: "Ada", lastName: "", role: .admin),
            password: Self.password, by: world.admin)
    }

    private static let login =
        "mutation { login(email: \"Ada@example.org\", password: \"\(password)\") { token user { id email role namespace } } }"

    @Test func `who signs in is known by the token, until they sign out`() async throws {
        try await World.with { world in
            let user = try await makeAdmin(world)
            let answer = try await ask(world, Self.login, as: nil)
            #expect(answer["data"]?["login"]?["user"]?["email"] == "ada@example.org")
            #expect(answer["data"]?["login"]?["user"]?["namespace"]?.string == "user_\(user.id.rawValue.prefix(8))")
            let token = try #require(answer["data"]?["login"]?["token"]?.string)
            let caller = try await world.services.accounts.caller(of: token).get()
            let me = try await ask(world, "{ currentUser { id role } users { email deleted } }", as: caller)
            #expect(me["data"]?["currentUser"]?["id"]?.string == user.id.rawValue)
            #expect(me["data"]?["users"] == [["email": "ada@example.org", "deleted": false]])
            let out = try await ask(world, "mutation { logout { success } }", as: caller)
            #expect(out["data"]?["logout"]?["success"] == true)
            await #expect(throws: TokenRefusal.revoked) {
                try await world.services.accounts.caller(of: token).get()
            }
        }
    }

    @Test func `a wrong login is null and says nothing but that`() async throws {
        try await World.with { world in
            let query = "mutation { login(email: \"ada@example.org\", password: \"x\") { token } }"
            let unknown = try await ask(world, query, as: nil)
            _ = try await makeAdmin(world)
            #expect(try await ask(world, query, as: nil) == unknown)
            #expect(unknown["data"]?["login"] == .null)
            #expect(unknown["errors"]?[0]?["extensions"] == ["code": "UNAUTHENTICATED"])
            for _ in 0..<3 { _ = try await ask(world, query, as: nil) }
            let throttled = try await ask(world, Self.login, as: nil)
            #expect(throttled["errors"]?[0]?["extensions"]?["code"] == "TOO_MANY_ATTEMPTS")
            #expect(throttled["errors"]?[0]?["extensions"]?["retryAfter"]?.int ?? 0 > 0)
        }
    }

    @Test(arguments: ["logout", "role", "password", "deletion"])
    func `a subscription ends with the session in which it began`(way: String) async throws {
        try await World.with { world in
            let user = try await makeAdmin(world)
            let login = try await world.services.accounts.login(
                email: user.email, password: Self.password, from: nil)
            let caller = try await world.services.accounts.caller(of: login.token).get()
            let runner = try runner(world)
            let received = Mutex(0)
            let following = Task {
                await runner.run(
                    OperationRequest(query: "subscription { events(after: \"0\") { id } }"), for: caller
                ) { _ in received.withLock { $0 += 1 } }
            }
            try await world.eventually("it follows") { received.withLock { $0 > 0 } }
            let users = world.services.users
            switch way {
            case "logout": try await world.services.accounts.logout(caller, everywhere: false)
            case "role": _ = try await users.update(user.id, UserChange(role: .user), by: world.admin)
            case "password":
                _ = try await users.update(user.id, UserChange(password: "battery staple"), by: world.admin)
            default: _ = try await users.setDeleted(true, user.id, by: world.admin)
            }
            guard case .refused(let errors) = await following.value else {
                Issue.record("it was not ended")
                return
            }
            #expect(try JSONValue(parsing: errors)[0]?["extensions"]?["code"] == "UNAUTHORIZED")
        }
    }
}
