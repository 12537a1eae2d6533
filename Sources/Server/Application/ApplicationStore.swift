package import Core
import JSON
package import Postgres

/// The catalogue's applications as rows.
package struct ApplicationStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    /// A catalogue has some dozens of entries; a list that needs more than this needs paging first.
    package static let maximumList = 1000

    private static let columns: Statement = """
        id, name, description, icon, os, "installCommand", parameters, "createdAt"
        """

    package func all() async throws(DatabaseError) -> [Application] {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM "Application" ORDER BY lower(name), id LIMIT \(Self.maximumList)
            """
        ).map(Application.init(row:))
    }

    package func find(
        _ ids: some Collection<Application.ID>
    ) async throws(DatabaseError) -> [Application.ID: Application] {
        let rows = try await database.rows(Self.finding(ids)).map(Application.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// For those who ask for more in the same round trip.
    static func finding(_ ids: some Collection<Application.ID>) -> Statement {
        """
        SELECT \(columns) FROM "Application" WHERE id = ANY(\(ids.map(\.rawValue)))
        """
    }

    // MARK: Inside a transaction

    /// Names are unique without regard to case. The table that others share has no such constraint, so a lock stands for it.
    static func isNameTaken(
        _ name: String, except id: Application.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> Bool {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('application name'))")
        return try await !transaction.rows(
            """
            SELECT 1 AS found FROM "Application"
             WHERE lower(name) = lower(\(name)) AND id <> \(id.rawValue) LIMIT 1
            """
        ).isEmpty
    }

    static func insert(
        _ draft: ApplicationDraft, id: Application.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> Application? {
        try await transaction.rows(
            """
            INSERT INTO "Application" (id, name, description, os, "installCommand", parameters)
            VALUES (\(id.rawValue), \(draft.name), \(draft.description), \(draft.systems), \(draft.installCommand),
                    \(draft.parameters ?? JSONObject()))
            RETURNING \(columns)
            """
        ).first.map(Application.init(row:))
    }

    static func update(
        _ id: Application.ID, to draft: ApplicationDraft, in transaction: Transaction
    ) async throws(DatabaseError) -> Application? {
        try await transaction.rows(
            """
            UPDATE "Application"
               SET name = \(draft.name), description = \(draft.description), os = \(draft.systems),
                   "installCommand" = \(draft.installCommand), parameters = \(draft.parameters ?? JSONObject())
             WHERE id = \(id.rawValue)
            RETURNING \(columns)
            """
        ).first.map(Application.init(row:))
    }

    /// The application, locked until the transaction ends, so that no machine gets it while it is deleted.
    static func lock(
        _ id: Application.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> (application: Application, machines: Int)? {
        guard
            let row = try await transaction.rows(
                "SELECT \(columns) FROM \"Application\" WHERE id = \(id.rawValue) FOR UPDATE"
            ).first
        else { return nil }
        let count = try await transaction.rows(
            "SELECT count(*) AS number FROM \"MachineApplication\" WHERE \"applicationId\" = \(id.rawValue)")
        return (try Application(row: row), try count[0].decode(Int.self, "number"))
    }

    static func delete(_ id: Application.ID, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute("DELETE FROM \"Application\" WHERE id = \(id.rawValue)")
    }
}

extension Application {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: Application.ID(try row.decode(String.self, "id")),
            name: try row.decode("name"),
            description: try row.decode("description"),
            icon: try row.decode("icon"),
            systems: try row.decode([String]?.self, "os") ?? [],
            // Other programs may have stored what is no object.
            installCommand: try row.decode(JSONValue.self, "installCommand").object ?? JSONObject(),
            parameters: try row.decode(JSONValue.self, "parameters").object,
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")))
    }
}
