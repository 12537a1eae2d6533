package import Core
package import Logging
import Postgres

/// Lets people in: checks passwords, makes tokens, and says what a token is worth.
package final class Accounts: TokenVerifier {
    package struct Settings: Sendable {
        package var key: TokenKey
        /// How long a token is good.
        package var lifetime: Duration
        /// bcrypt's cost.
        package var cost: Int
        /// Whether each refusal is told in the log.
        package var isDebugged: Bool

        package init(
            key: TokenKey, lifetime: Duration = .seconds(12 * 3600), cost: Int = PasswordHasher.standardCost,
            isDebugged: Bool = false
        ) {
            self.key = key
            self.lifetime = lifetime
            self.cost = cost
            self.isDebugged = isDebugged
        }
    }

    private let settings: Settings
    private let store: UserStore
    private let hasher: PasswordHasher
    private let attempts: LoginAttempts
    private let clock: any WallClock
    private let log: Logger

    package init(
        _ settings: Settings, store: UserStore, hasher: PasswordHasher, attempts: LoginAttempts, clock: any WallClock,
        log: Logger
    ) {
        self.settings = settings
        self.store = store
        self.hasher = hasher
        self.attempts = attempts
        self.clock = clock
        self.log = log
    }

    // MARK: Signing in and out

    /// What somebody gets who gave the right password.
    package struct Login: Sendable {
        package var user: User
        package var token: String
    }

    /// Which of the two was wrong is not told, nor whether there is such an account: not by words and not by time.
    /// - Parameter address: where they are; nil where that is not known.
    package func login(email: String, password: String, from address: String?) async throws -> Login {
        let account = EmailRule.normalised(email)
        var found: UserStore.Secrets?
        let isRight: Bool
        do {
            isRight = try await attempts.attempt(account: account, address: address) { isKnown in
                // Longer ones are nobody's, and are not carried to the database.
                if account.utf8.count <= EmailRule.maximumLength, !email.utf8.contains(0) {
                    found = try await store.secrets(email: email, normalised: account)
                }
                let isRight = try await hasher.verify(
                    password, hash: found?.passwordHash, isKnown: isKnown)
                return isRight && found?.user.isDeleted == false
            }
        } catch let error as UserError {
            note("a login was not tried", account, address, reason: error.message)
            throw error
        }
        guard isRight, let found else {
            note("a login failed", account, address, reason: found == nil ? "no such account" : "wrong password")
            throw UserError.wrongLogin
        }
        log.info("signed in", metadata: ["user": "\(found.user.email)", "address": "\(address ?? "-")"])
        return Login(user: found.user, token: token(for: found.user, generation: found.generation))
    }

    private func token(for user: User, generation: Int) -> String {
        let now = Int(clock.now.rawValue / 1000)
        return settings.key.sign(
            TokenClaims(
                userID: user.id.rawValue, email: user.email, role: user.role, issuedAt: now,
                expiresAt: now + Int(settings.lifetime.components.seconds), generation: generation,
                id: TokenKey.newTokenID()))
    }

    /// Makes the caller's token worthless, or all tokens of the account.
    package func logout(_ caller: Caller, everywhere: Bool) async throws {
        guard let id = caller.userID, let session = caller.session else {
            throw UserError.invalid("not signed in with a token")
        }
        try await store.change { transaction in
            guard let user = try await UserStore.lock(User.ID(id), in: transaction) else { throw UserError.notFound }
            if everywhere {
                try await UserStore.cutSessions(of: user.id, in: transaction)
            } else {
                try await UserStore.end(session, in: transaction)
            }
            let message = "\(user.email) signed out\(everywhere ? " everywhere" : "")"
            transaction.record(.user("logout", user, actor: caller.name, message: message))
        }
    }

    // MARK: Tokens

    package func knownCaller(of token: String) -> Caller? { store.verified.caller(of: token, at: clock.now) }

    package func caller(of token: String) async -> Result<Caller, TokenRefusal> {
        let now = clock.now
        if let caller = store.verified.caller(of: token, at: now) { return .success(caller) }
        // Before the row is read: what changes after it was read is then seen.
        let ticket = store.verified.ticket(at: now)
        guard let session = settings.key.verify(token) else { return refused(.invalid, nil) }
        do throws(TokenRefusal) {
            let caller = try await caller(in: session)
            store.verified.keep(caller, for: token, ticket)
            return .success(caller)
        } catch {
            return refused(error, session)
        }
    }

    /// Keeps what is known of tokens true to the accounts until the task is cancelled. Without it every token is looked up.
    package func run() async { await store.verified.run() }

    /// Who the session's caller is now, by its row: for what goes on after a token was looked at.
    package func caller(in session: LoginSession) async throws(TokenRefusal) -> Caller {
        let claims = session.claims
        guard claims.isCurrent(at: clock.now) else { throw .expired }
        let standing: UserStore.Standing?
        do {
            standing = try await store.standing(of: claims.userID, session: session.id)
        } catch {
            throw .unavailable(reason: error.message)
        }
        guard let standing else { throw .userNotFound }
        if standing.isDeleted { throw .userDeleted }
        guard standing.role == claims.role else { throw .roleChanged }
        if standing.isSessionEnded || standing.cut.ended(claims) { throw .revoked }
        return Caller(name: standing.email, role: standing.role, userID: claims.userID, session: session)
    }

    private func refused(_ refusal: TokenRefusal, _ session: LoginSession?) -> Result<Caller, TokenRefusal> {
        let level: Logger.Level = settings.isDebugged ? .info : .debug
        // The token itself is a secret as long as it is good, and other text may be one by mistake.
        log.log(
            level: level, "a token was refused",
            metadata: ["status": "\(refusal.status)", "user": "\(session?.claims.userID ?? "-")"])
        return .failure(refusal)
    }

    private func note(_ what: Logger.Message, _ account: String, _ address: String?, reason: String) {
        let level: Logger.Level = settings.isDebugged ? .info : .debug
        log.log(
            level: level, what,
            metadata: ["account": "\(account.prefix(80))", "address": "\(address ?? "-")", "reason": "\(reason)"])
    }
}
