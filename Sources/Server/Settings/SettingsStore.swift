package import Core
package import Postgres

/// The one row of settings.
package struct SettingsStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    private static let columns: Statement = """
        theme, wallpaper, "logoUrl", "interfaceSize", "createdAt", "updatedAt"
        """

    package func settings() async throws(DatabaseError) -> AppSettings {
        if let row = try await database.row(
            "SELECT \(Self.columns) FROM \"AppSettings\" WHERE id = \(AppSettings.id)")
        {
            return try AppSettings(row: row)
        }
        // A migration wrote it; somebody has deleted it since.
        guard let row = try await database.row(Self.restore) else {
            throw .unavailable(reason: "the settings are being written by somebody else")
        }
        return try AppSettings(row: row)
    }

    private static var restore: Statement {
        """
        INSERT INTO "AppSettings" (id) VALUES (\(AppSettings.id)) ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id
        RETURNING \(columns)
        """
    }

    // MARK: Inside a transaction

    static func update(
        _ change: SettingsChange, in transaction: Transaction
    ) async throws(DatabaseError) -> AppSettings? {
        try await transaction.execute(restore)
        let setsLogo = change.logoURL != nil
        return try await transaction.rows(
            """
            UPDATE "AppSettings"
               SET theme = coalesce(\(change.theme)::text, theme),
                   wallpaper = coalesce(\(change.wallpaper)::text, wallpaper),
                   "logoUrl" = CASE WHEN \(setsLogo) THEN \(change.logoURL ?? nil)::text ELSE "logoUrl" END,
                   "interfaceSize" = coalesce(\(change.interfaceSize)::text, "interfaceSize")
             WHERE id = \(AppSettings.id)
            RETURNING \(columns)
            """
        ).first.map(AppSettings.init(row:))
    }
}

extension AppSettings {
    init(row: Row) throws(DatabaseError) {
        self.init(
            theme: try row.decode("theme"),
            wallpaper: try row.decode("wallpaper"),
            logoURL: try row.decode("logoUrl"),
            interfaceSize: try row.decode("interfaceSize"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")),
            updatedAt: Timestamp(milliseconds: try row.milliseconds("updatedAt")))
    }
}
