package import Core
package import Postgres

/// Events as rows of the outbox.
package struct EventStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    package static let maximumPage = 1000

    private static let columns: Statement = "id, at, resource, action, resource_id, resource_name, actor, message, data"

    /// Events behind `id`, oldest first.
    package func events(after id: EventRecord.ID, limit: Int) async throws(DatabaseError) -> [EventRecord] {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM event WHERE id > \(id) ORDER BY id LIMIT \(min(limit, Self.maximumPage))
            """
        ).map(EventRecord.init(row:))
    }

    /// Events before `id`, or the newest of all, newest first.
    package func events(before id: EventRecord.ID?, limit: Int) async throws(DatabaseError) -> [EventRecord] {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM event WHERE id < \(id ?? .max)
             ORDER BY id DESC LIMIT \(min(limit, Self.maximumPage))
            """
        ).map(EventRecord.init(row:))
    }

    /// The id of the newest event, 0 when there was none yet.
    package func last() async throws(DatabaseError) -> EventRecord.ID {
        try await database.row("SELECT coalesce(max(id), 0) AS last FROM event")?.decode(Int64.self, "last") ?? 0
    }

    /// Forgets events that are older than `days`. Returns how many.
    package func prune(olderThan days: Int) async throws(DatabaseError) -> Int {
        try await database.execute(
            """
            DELETE FROM event WHERE at < (now() AT TIME ZONE 'UTC') - make_interval(days => \(Int32(days)))
            """)
    }
}

extension EventRecord {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.decode(Int64.self, "id"),
            at: Timestamp(milliseconds: try row.milliseconds("at")),
            resource: try row.decode(String.self, "resource"),
            action: try row.decode(String.self, "action"),
            resourceID: try row.decode(String.self, "resource_id"),
            resourceName: try row.decode(String.self, "resource_name"),
            actor: try row.decode(String.self, "actor"),
            message: try row.decode(String.self, "message"),
            data: try row.decode("data"))
    }
}
