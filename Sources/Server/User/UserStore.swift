package import Core
package import Postgres

/// Accounts as rows. A password's hash leaves it only for those who check one.
package struct UserStore: Sendable {
    package let database: Database
    package let verified: VerifiedTokens

    package init(database: Database) {
        self.database = database
        verified = VerifiedTokens(listener: database.listener)
    }

    /// Runs a change of accounts in a transaction. From its end on no token is taken at what was known before, whether it was
    /// committed or nobody can tell; and whoever hears of the change looks at its tokens, so before that.
    @discardableResult
    nonisolated(nonsending)
        func change<T>(_ body: nonisolated(nonsending) (Transaction) async throws -> T) async throws -> T
    {
        defer { verified.clear() }
        return try await database.transaction(attempts: 3) { transaction in
            transaction.whenCommitted { [verified] in verified.clear() }
            return try await body(transaction)
        }
    }

    /// Every list ends here, whatever the caller asks for.
    package static let maximumPage = 1000

    private static let columns: Statement = """
        u.id, u.email, u."firstName", u."lastName", u.role::text AS role, u.deleted, u."createdAt",
        (SELECT avatar FROM account WHERE user_id = u.id) AS avatar
        """

    package enum Order: Sendable { case id, email, firstName, lastName, role, createdAt, updatedAt }

    package func list(
        by order: Order, descending: Bool, skip: Int, limit: Int, includesDeleted: Bool
    ) async throws(DatabaseError) -> [User] {
        let column: Statement =
            switch order {
            case .id: "u.id"
            case .email: "lower(u.email)"
            case .firstName: "lower(u.\"firstName\")"
            case .lastName: "lower(u.\"lastName\")"
            case .role: "u.role"
            case .createdAt: "u.\"createdAt\""
            case .updatedAt: "u.\"updatedAt\""
            }
        let direction: Statement = descending ? "DESC" : "ASC"
        return try await database.rows(
            """
            SELECT \(Self.columns)
              FROM "User" u
             WHERE \(includesDeleted) OR NOT u.deleted
             ORDER BY \(column) \(direction), u.id
             LIMIT \(min(limit, Self.maximumPage)) OFFSET \(skip)
            """
        ).map(User.init(row:))
    }

    package func find(_ ids: [User.ID]) async throws(DatabaseError) -> [User.ID: User] {
        let rows = try await database.rows(Self.finding(ids)).map(User.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// For those who ask for more in the same round trip.
    static func finding(_ ids: some Collection<User.ID>) -> Statement {
        """
        SELECT \(columns) FROM "User" u WHERE u.id = ANY(\(ids.map(\.rawValue)))
        """
    }

    package func find(_ id: User.ID) async throws(DatabaseError) -> User? { try await find([id])[id] }

    /// Those who go by an address; there may be more than one where other programs write, and then the one that is
    /// written like it comes first.
    package func find(email: String) async throws(DatabaseError) -> User? {
        try await database.row(
            """
            SELECT \(Self.columns) FROM "User" u
             WHERE lower(u.email) = lower(\(email)) ORDER BY u.email <> \(email), u.deleted, u.id LIMIT 1
            """
        ).map(User.init(row:))
    }

    // MARK: Signing in

    /// What is needed to check a password and to make a token.
    struct Secrets: Sendable {
        var user: User
        var passwordHash: String
        var generation: Int
    }

    func secrets(email: String, normalised: String) async throws(DatabaseError) -> Secrets? {
        try await database.row(
            """
            SELECT \(Self.columns), u.password, coalesce(a.generation, 0) AS generation
              FROM "User" u
              LEFT JOIN account a ON a.user_id = u.id
             WHERE lower(u.email) = \(normalised)
             ORDER BY u.email <> \(email), u.deleted, u.id
             LIMIT 1
            """
        ).map(Secrets.init(row:))
    }

    func secrets(_ id: User.ID) async throws(DatabaseError) -> Secrets? {
        try await database.row(
            """
            SELECT \(Self.columns), u.password, coalesce(a.generation, 0) AS generation
              FROM "User" u
              LEFT JOIN account a ON a.user_id = u.id
             WHERE u.id = \(id.rawValue)
            """
        ).map(Secrets.init(row:))
    }

    /// What decides whether a token still opens anything.
    struct Standing: Sendable {
        var email: String
        var role: UserRole
        var isDeleted: Bool
        var cut: SessionCut
        var isSessionEnded: Bool
    }

    /// One row for one verification.
    func standing(of id: String, session: String) async throws(DatabaseError) -> Standing? {
        try await database.row(
            """
            SELECT u.email, u.role::text AS role, u.deleted, coalesce(a.generation, 0) AS generation, a.cut_at,
                   EXISTS (SELECT 1 FROM ended_session WHERE id = \(session)) AS ended
              FROM "User" u
              LEFT JOIN account a ON a.user_id = u.id
             WHERE u.id = \(id)
            """
        ).map { row throws(DatabaseError) in
            Standing(
                email: try row.decode("email"), role: try row.role(), isDeleted: try row.decode("deleted"),
                cut: SessionCut(
                    generation: try row.decode("generation"),
                    at: try row.optionalMilliseconds("cut_at").map { Timestamp(milliseconds: $0) }),
                isSessionEnded: try row.decode("ended"))
        }
    }

    // MARK: Inside a transaction

    /// The account, locked until the transaction ends.
    static func lock(_ id: User.ID, in transaction: Transaction) async throws(DatabaseError) -> User? {
        try await transaction.rows(
            """
            SELECT \(Self.columns) FROM "User" u WHERE u.id = \(id.rawValue) FOR UPDATE
            """
        ).first.map(User.init(row:))
    }

    static func isEmailTaken(_ email: String, in transaction: Transaction) async throws(DatabaseError) -> Bool {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('user email'))")
        return try await !transaction.rows(
            "SELECT 1 AS found FROM \"User\" WHERE lower(email) = \(email) LIMIT 1"
        ).isEmpty
    }

    /// How many accounts may do everything. Until the transaction ends nobody else can take one of them away.
    static func countSuperAdmins(in transaction: Transaction) async throws(DatabaseError) -> Int {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('super admins'))")
        return try await transaction.rows(
            "SELECT count(*) AS users FROM \"User\" WHERE role = 'SUPER_ADMIN' AND NOT deleted"
        )[0].decode(Int.self, "users")
    }

    static func insert(
        _ user: User, passwordHash: String, in transaction: Transaction
    ) async throws(DatabaseError) -> User {
        _ = try await transaction.rows(
            """
            INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName", role)
            VALUES (\(user.id.rawValue), \(user.email), \(passwordHash), false, \(user.firstName), \(user.lastName),
                    \(user.role.rawValue))
            """)
        try await setAvatar(user.avatar, of: user.id, in: transaction)
        return try await lock(user.id, in: transaction) ?? user
    }

    /// Writes what `change` names. Its password is not looked at: it is the hash that is kept.
    static func update(
        _ id: User.ID, _ change: UserChange, passwordHash: String?, in transaction: Transaction
    ) async throws(DatabaseError) -> User? {
        _ = try await transaction.rows(
            """
            UPDATE "User"
               SET "firstName" = coalesce(\(change.firstName), "firstName"),
                   "lastName" = coalesce(\(change.lastName), "lastName"),
                   role = coalesce(\(change.role?.rawValue)::text::"UserRole", role),
                   password = coalesce(\(passwordHash), password)
             WHERE id = \(id.rawValue)
            """)
        if let avatar = change.avatar { try await setAvatar(avatar, of: id, in: transaction) }
        return try await lock(id, in: transaction)
    }

    private static func setAvatar(
        _ avatar: String?, of id: User.ID, in transaction: Transaction
    ) async throws(DatabaseError) {
        let avatar = avatar.flatMap { $0.isEmpty ? nil : $0 }
        _ = try await transaction.rows(
            """
            INSERT INTO account (user_id, avatar) VALUES (\(id.rawValue), \(avatar))
            ON CONFLICT (user_id) DO UPDATE SET avatar = excluded.avatar
            """)
    }

    static func setDeleted(
        _ isDeleted: Bool, _ id: User.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> User? {
        _ = try await transaction.rows(
            "UPDATE \"User\" SET deleted = \(isDeleted) WHERE id = \(id.rawValue)")
        return try await lock(id, in: transaction)
    }

    /// Ends all sessions of an account.
    static func cutSessions(of id: User.ID, in transaction: Transaction) async throws(DatabaseError) {
        _ = try await transaction.rows("SELECT cut_sessions(\(id.rawValue))")
    }

    /// Ends one session, and forgets those that have ended by themselves.
    static func end(_ session: LoginSession, in transaction: Transaction) async throws(DatabaseError) {
        _ = try await transaction.rows(
            "DELETE FROM ended_session WHERE expires_at < timezone('UTC', now()) - interval '1 day'")
        _ = try await transaction.rows(
            """
            INSERT INTO ended_session (id, expires_at)
            VALUES (\(session.id), \(SQLTimestamp(milliseconds: session.expiresAt.rawValue)))
            ON CONFLICT DO NOTHING
            """)
    }
}

extension User {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: User.ID(try row.decode(String.self, "id")), email: try row.decode("email"),
            firstName: try row.decode("firstName"), lastName: try row.decode("lastName"), role: try row.role(),
            isDeleted: try row.decode("deleted"), avatar: try row.decode("avatar"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")))
    }
}

extension UserStore.Secrets {
    fileprivate init(row: Row) throws(DatabaseError) {
        self.init(
            user: try User(row: row), passwordHash: try row.decode("password"),
            generation: try row.decode("generation"))
    }
}

extension Row {
    /// A role that this program does not know may do as little as any.
    fileprivate func role() throws(DatabaseError) -> UserRole {
        UserRole(rawValue: try decode(String.self, "role")) ?? .user
    }
}
