import Core
import Foundation
import Postgres
import Server
import TestSupport
import Testing

/// What is remembered of tokens, and how soon it is forgotten. Each test has a database that is listened to.
@Suite struct VerifiedTokensTests {
    @Test func `a token that was looked up a moment ago is not looked up again`() async throws {
        try await AccountWorld.listening { world in
            let user = try await world.add("ada", .admin)
            let token = try await world.login("ada")
            try await world.remember(token)
            let before = world.database.statementCount
            for _ in 0..<10 { #expect(await world.caller(token)?.userID == user.id.rawValue) }
            #expect(world.database.statementCount == before)
            world.clock.advance(milliseconds: Int(VerifiedTokens.maximumAge))
            #expect(await world.caller(token) != nil)
            #expect(world.database.statementCount == before + 1, "it was looked up again")
        }
    }

    @Test(arguments: Revocation.allCases)
    func `a token is refused as soon as what ends it is answered`(by way: Revocation) async throws {
        try await AccountWorld.listening { world in
            let user = try await world.add("ada", .admin)
            let token = try await world.login("ada")
            try await world.remember(token)
            try await way.apply(to: user, token, in: world)
            #expect(await world.refusal(token) == way.refusal)
        }
    }

    @Test(arguments: Revocation.allCases)
    func `a token that ended at one server is refused by the others`(by way: Revocation) async throws {
        try await AccountWorld.listening { world in
            let other = AccountWorld(sharing: world)
            try await other.listening {
                let user = try await world.add("ada", .admin)
                let token = try await world.login("ada")
                try await other.remember(token)
                try await way.apply(to: user, token, in: world)
                // Its clock stands still: it is the news of the change that it has to obey.
                try await eventually("the other server refuses it") { await other.refusal(token) == way.refusal }
            }
        }
    }

    @Test(
        arguments: [
            "UPDATE \"User\" SET password = password || 'x'", "UPDATE \"User\" SET role = 'USER'",
            "UPDATE \"User\" SET deleted = true", "DELETE FROM \"User\"", "TRUNCATE \"User\" CASCADE",
            "UPDATE account SET generation = generation + 1",
        ] as [Statement])
    func `a token is refused when another program has ended it`(statement: Statement) async throws {
        try await AccountWorld.listening { world in
            let user = try await world.add("ada", .admin)
            let token = try await world.login("ada")
            try await world.remember(token)
            try await world.runAsAnotherProgram(statement)
            try await eventually("\(user.email) is refused") { await world.refusal(token) != nil }
        }
    }

    @Test func `a token that is remembered ends in time`() async throws {
        try await AccountWorld.listening { world in
            let user = try await world.add("ada")
            let now = Int(world.clock.now.rawValue / 1000)
            let token = world.key.sign(
                TokenClaims(userID: user.id.rawValue, email: nil, role: .user, issuedAt: now, expiresAt: now + 1))
            world.clock.advance(milliseconds: 500)
            try await world.remember(token)
            let before = world.database.statementCount
            world.clock.advance(milliseconds: 499)
            #expect(await world.caller(token) != nil && world.database.statementCount == before)
            world.clock.advance(milliseconds: 1)
            #expect(await world.refusal(token) == .expired)
        }
    }

    @Test func `refusals are not remembered`() async throws {
        try await AccountWorld.listening { world in
            let user = try await world.add("ada")
            let token = try await world.login("ada")
            try await world.remember(token)
            _ = try await world.users.setDeleted(true, user.id, by: world.root)
            let before = world.database.statementCount
            for _ in 0..<3 { #expect(await world.refusal(token) == .userDeleted) }
            #expect(world.database.statementCount == before + 3)
        }
    }

    @Test func `nothing is remembered while changes cannot be heard of`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let token = try await world.login("ada")
        #expect(await world.caller(token) != nil)
        let before = world.database.statementCount
        for _ in 0..<3 { #expect(await world.caller(token) != nil) }
        #expect(world.database.statementCount == before + 3)
    }

    @Test func `what was remembered before the connection broke is looked up again`() async throws {
        try await AccountWorld.listening { world in
            _ = try await world.add("ada")
            let token = try await world.login("ada")
            try await world.remember(token)
            let verified = world.verified
            let now = world.clock.now
            #expect(verified.caller(of: token, at: now) != nil)
            try await world.database.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """)
            try await eventually("the loss is noticed") { verified.caller(of: token, at: now) == nil }
            // It may be back by now, and what it missed meanwhile is not believed to be nothing.
            try await eventually("it listens again") {
                world.database.listener.listening(to: VerifiedTokens.channel.description) != nil
            }
            #expect(verified.caller(of: token, at: now) == nil)
            try await world.remember(token)
        }
    }

    @Test func `what was read before a change is not kept after it`() async throws {
        try await AccountWorld.listening { world in
            let caller = try await world.signIn("ada")
            let now = world.clock.now
            let (early, kept) = (try #require(world.verified.ticket(at: now)), "early")
            world.verified.clear()
            world.verified.keep(caller, for: kept, early)
            #expect(world.verified.caller(of: kept, at: now) == nil)
            world.verified.keep(caller, for: kept, world.verified.ticket(at: now))
            #expect(world.verified.caller(of: kept, at: now) == caller)
            #expect(world.verified.caller(of: kept, at: now.adding(milliseconds: -1)) == nil, "the clock was set back")
        }
    }

    @Test func `no more is remembered than there is room for`() async throws {
        try await AccountWorld.listening { world in
            let caller = try await world.signIn("ada")
            let now = world.clock.now
            let ticket = world.verified.ticket(at: now)
            let tokens = (0...VerifiedTokens.capacity).map { "token \($0)" }
            for token in tokens { world.verified.keep(caller, for: token, ticket) }
            #expect(tokens.count { world.verified.caller(of: $0, at: now) != nil } <= VerifiedTokens.capacity)
            #expect(world.verified.caller(of: tokens.last ?? "", at: now) == caller)
            let long = String(repeating: "x", count: VerifiedTokens.maximumLength + 1)
            world.verified.keep(caller, for: long, ticket)
            #expect(world.verified.caller(of: long, at: now) == nil)
        }
    }

    enum Revocation: String, CaseIterable, CustomTestStringConvertible {
        case logout, logoutEverywhere, password, role, deletion
        var testDescription: String { rawValue }

        var refusal: TokenRefusal {
            switch self {
            case .logout, .logoutEverywhere, .password: .revoked
            case .role: .roleChanged
            case .deletion: .userDeleted
            }
        }

        func apply(to user: User, _ token: String, in world: AccountWorld) async throws {
            switch self {
            case .logout, .logoutEverywhere:
                let caller = try await world.accounts.caller(of: token).get()
                try await world.accounts.logout(caller, everywhere: self == .logoutEverywhere)
            case .password:
                _ = try await world.users.update(user.id, UserChange(password: "battery staple"), by: world.root)
            case .role: _ = try await world.users.update(user.id, UserChange(role: .user), by: world.root)
            case .deletion: _ = try await world.users.setDeleted(true, user.id, by: world.root)
            }
        }
    }
}
