package import Core
package import Logging
import Postgres

/// Accounts for whoever stands at the host: `bayd user`. It needs no server, and a server that runs does not mind.
package struct UserTool: Sendable {
    private let users: UserService
    private let caller: Caller

    /// Opens the database, lets `body` work, and closes it.
    package static func run<Value: Sendable>(
        _ options: ServerOptions, by name: String, log: Logger, _ body: @Sendable (UserTool) async throws -> Value
    ) async throws -> Value {
        let storage = try await Storage.open(options, joinsRunningServer: true, log: log)
        do {
            let users = UserService(
                store: UserStore(database: storage.database),
                hasher: PasswordHasher(cost: options.config.accounts.cost),
                attempts: LoginAttempts(clock: SystemClock()),
                newID: Services.newID)
            let value = try await body(UserTool(users: users, caller: Caller(name: name, role: .superAdmin)))
            await storage.close()
            return value
        } catch {
            await storage.close()
            throw inWords(error)
        }
    }

    package func add(_ user: User, password: String) async throws -> User {
        try await users.create(user, password: password, by: caller)
    }

    package func setPassword(_ password: String, of email: String) async throws -> User {
        guard let user = try await users.store.find(email: email) else { throw UserError.notFound }
        return try await users.update(user.id, UserChange(password: password), by: caller)
    }

    /// All of them, deleted ones too, by address.
    package func all() async throws -> [User] {
        var all: [User] = []
        while true {
            let page = try await users.store.list(
                by: .email, descending: false, skip: all.count, limit: UserStore.maximumPage, includesDeleted: true)
            all += page
            if page.count < UserStore.maximumPage { return all }
        }
    }

    private static func inWords(_ error: any Error) -> any Error {
        switch error {
        case let error as UserError: ServerError(error.message)
        case let error as DatabaseError: ServerError(error.message)
        default: error
        }
    }
}
