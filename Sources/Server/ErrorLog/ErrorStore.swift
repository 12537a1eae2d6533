package import Core
import JSON
package import Postgres

/// Errors as rows.
package struct ErrorStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    package static let maximumPage = 1000
    /// How many are kept at most, and for how long.
    package static let maximumRows = 10_000
    package static let days = 90

    private static let columns: Statement = """
        e.id, e.message, e.code, e.severity, e.context, e."timestamp", e.resolved,
        s.count, s.last_at, s.resolved_at, s.resolved_by
        """

    /// Which errors are wanted; nil leaves a choice open.
    package struct Filter: Sendable {
        package var isResolved: Bool?
        package var severities: [ErrorSeverity]?
        package var code: String?

        package init(isResolved: Bool? = nil, severities: [ErrorSeverity]? = nil, code: String? = nil) {
            self.isResolved = isResolved
            self.severities = severities
            self.code = code
        }
    }

    /// Those that came last first.
    package func list(_ filter: Filter, skip: Int, limit: Int) async throws(DatabaseError) -> [ErrorEntry] {
        try await database.rows(
            """
            SELECT \(Self.columns)
              FROM "ErrorLog" e
              LEFT JOIN error_state s ON s.error_id = e.id
             WHERE (\(filter.isResolved)::boolean IS NULL OR e.resolved = \(filter.isResolved)::boolean)
               AND (\(filter.code)::text IS NULL OR e.code = \(filter.code)::text)
               AND (\(filter.severities == nil) OR e.severity = ANY(\((filter.severities ?? []).map(\.rawValue))))
             ORDER BY coalesce(s.last_at, e."timestamp") DESC, e.id
             LIMIT \(min(limit, Self.maximumPage)) OFFSET \(max(0, skip))
            """
        ).map(ErrorEntry.init(row:))
    }

    /// Deletes the oldest ones. Returns how many.
    package func prune() async throws(DatabaseError) -> Int {
        try await database.execute(
            """
            DELETE FROM "ErrorLog"
             WHERE "timestamp" < timezone('UTC', now()) - make_interval(days => \(Int32(Self.days)))
                OR id IN (SELECT id FROM "ErrorLog" ORDER BY "timestamp" DESC OFFSET \(Self.maximumRows))
            """)
    }

    // MARK: Inside a transaction

    /// Notes an error that came `count` times. Returns its id, and how often it came in all.
    static func note(
        _ waiting: ErrorIntake.Waiting, id: String, in transaction: Transaction
    ) async throws(DatabaseError) -> (id: ErrorEntry.ID, total: Int)? {
        let report = waiting.report
        return try await transaction.rows(
            """
            SELECT noted_id, total
              FROM note_error(\(id), \(report.message), \(report.code), \(report.severity.rawValue), \(report.context),
                              \(report.print), \(waiting.count),
                              \(SQLTimestamp(milliseconds: waiting.last.rawValue)))
            """
        ).first.map { row throws(DatabaseError) in
            (ErrorEntry.ID(try row.decode(String.self, "noted_id")), try row.decode(Int.self, "total"))
        }
    }

    /// Marks errors as dealt with. Returns those that were open, as they are then.
    static func resolve(
        _ ids: [ErrorEntry.ID], by actor: String, in transaction: Transaction
    ) async throws(DatabaseError) -> [ErrorEntry] {
        let ids = ids.map(\.rawValue)
        let open = try await transaction.rows(
            """
            UPDATE "ErrorLog" SET resolved = true WHERE id = ANY(\(ids)) AND NOT resolved RETURNING id
            """
        ).map { row throws(DatabaseError) in try row.decode(String.self, "id") }
        try await transaction.execute(
            """
            UPDATE error_state SET resolved_by = \(actor) WHERE error_id = ANY(\(open)) AND resolved_by IS NULL
            """)
        return try await transaction.rows(
            """
            SELECT \(columns) FROM "ErrorLog" e LEFT JOIN error_state s ON s.error_id = e.id
             WHERE e.id = ANY(\(open)) ORDER BY e.id
            """
        ).map(ErrorEntry.init(row:))
    }

    /// Open errors of a code whose machine is none of `machines`: what was wrong with them is no longer.
    static func settled(
        _ code: String, except machines: [Machine.ID], in transaction: Transaction
    ) async throws(DatabaseError) -> [ErrorEntry.ID] {
        try await transaction.rows(
            """
            SELECT id FROM "ErrorLog"
             WHERE code = \(code) AND NOT resolved AND NOT (context->>'machineId' = ANY(\(machines.map(\.rawValue))))
             ORDER BY id LIMIT \(maximumPage)
            """
        ).map { row throws(DatabaseError) in ErrorEntry.ID(try row.decode(String.self, "id")) }
    }
}

extension ErrorEntry {
    init(row: Row) throws(DatabaseError) {
        let at = Timestamp(milliseconds: try row.milliseconds("timestamp"))
        self.init(
            id: ErrorEntry.ID(try row.decode(String.self, "id")),
            message: try row.decode("message"),
            code: try row.decode("code"),
            severity: ErrorSeverity(rawValue: try row.decode(String.self, "severity").uppercased()) ?? .low,
            context: try row.decode(JSONValue?.self, "context")?.object ?? JSONObject(),
            at: at,
            // Rows of other programs have no state of ours.
            lastAt: try row.instant("last_at") ?? at,
            count: try row.decode(Int?.self, "count") ?? 1,
            isResolved: try row.decode("resolved"),
            resolvedAt: try row.instant("resolved_at"),
            resolvedBy: try row.decode("resolved_by"))
    }
}
