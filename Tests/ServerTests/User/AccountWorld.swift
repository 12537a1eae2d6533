import Core
import Foundation
import Logging
import Postgres
import Server
import Synchronization
import TestSupport

/// Accounts on a real PostgreSQL, with a clock that stands still until it is told to go.
struct AccountWorld {
    final class Clock: WallClock {
        private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(seconds: Int) { time.withLock { $0 = $0.adding(milliseconds: Int64(seconds) * 1000) } }
    }

    let database: Database
    let clock = Clock()
    let key = TokenKey("a key that tests know")
    let users: UserService
    let accounts: Accounts
    let root = Caller(name: "local:root", role: .superAdmin)
    static let password = "correct horse"

    init() async throws {
        database = try await TestDatabase.make()
        let store = UserStore(database: database)
        // The least work that bcrypt knows: how long it takes is no test's subject.
        let hasher = PasswordHasher(cost: 4)
        let attempts = LoginAttempts(clock: clock)
        users = UserService(store: store, hasher: hasher, attempts: attempts) { UUID().uuidString.lowercased() }
        accounts = Accounts(
            Accounts.Settings(key: key), store: store, hasher: hasher, attempts: attempts, clock: clock,
            log: TestDatabase.quiet)
    }

    func add(_ name: String, _ role: UserRole = .user) async throws -> User {
        try await users.create(
            User(id: User.ID(""), email: "\(name)@example.org", firstName: name, lastName: "", role: role),
            password: Self.password, by: root)
    }

    func login(_ name: String, password: String = password, from address: String? = "10.0.0.1") async throws -> String {
        try await accounts.login(email: "\(name)@example.org", password: password, from: address).token
    }

    func caller(_ token: String) async -> Caller? { try? await accounts.caller(of: token).get() }

    func refusal(_ token: String) async -> TokenRefusal? {
        if case .failure(let refusal) = await accounts.caller(of: token) { refusal } else { nil }
    }
}
