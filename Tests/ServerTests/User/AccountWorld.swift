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
        func advance(milliseconds: Int) { time.withLock { $0 = $0.adding(milliseconds: Int64(milliseconds)) } }
        func advance(seconds: Int) { time.withLock { $0 = $0.adding(milliseconds: Int64(seconds) * 1000) } }
    }

    let database: Database
    let verified: VerifiedTokens
    let clock: Clock
    let key = TokenKey("a key that tests know")
    let users: UserService
    let accounts: Accounts
    let root = Caller(name: "local:root", role: .superAdmin)
    static let password = "correct horse"

    init() async throws { self.init(on: try await TestDatabase.make(), clock: Clock()) }

    /// Another server on the same tables.
    init(sharing world: AccountWorld) {
        self.init(on: Database(world.database.options, logger: TestDatabase.quiet), clock: world.clock)
    }

    private init(on database: Database, clock: Clock) {
        self.database = database
        self.clock = clock
        let store = UserStore(database: database)
        verified = store.verified
        // The least work that bcrypt knows: how long it takes is no test's subject.
        let hasher = PasswordHasher(cost: 4)
        let attempts = LoginAttempts(clock: clock)
        users = UserService(store: store, hasher: hasher, attempts: attempts) { UUID().uuidString.lowercased() }
        accounts = Accounts(
            Accounts.Settings(key: key), store: store, hasher: hasher, attempts: attempts, clock: clock,
            log: TestDatabase.quiet)
    }

    /// Runs `body` in a world that hears of changes of its accounts, as a server does.
    static func listening(_ body: @escaping @Sendable (AccountWorld) async throws -> Void) async throws {
        let world = try await AccountWorld()
        try await world.listening { try await body(world) }
    }

    func listening(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await database.run() }
            group.addTask { await accounts.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Waits until the token need not be looked up.
    func remember(_ token: String) async throws {
        try await eventually("the token is remembered") {
            await caller(token) != nil && verified.caller(of: token, at: clock.now) != nil
        }
    }

    func signIn(_ name: String) async throws -> Caller {
        _ = try await add(name)
        let token = try await login(name)
        try await remember(token)
        return try await accounts.caller(of: token).get()
    }

    /// On a connection that has nothing to do with this server's.
    func runAsAnotherProgram(_ statement: Statement) async throws {
        let connection = try await PostgresConnection.open(database.options)
        _ = try await connection.query(statement)
        await connection.close()
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
