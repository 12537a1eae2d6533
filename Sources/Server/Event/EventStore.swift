package import Core
package import Postgres

/// Events as rows of the outbox.
package struct EventStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    package static let maximumPage = 1000

    /// Events behind `id`, oldest first.
    package func events(
        after id: EventRecord.ID, limit: Int, scope: MachineStore.Scope = .all
    ) async throws(DatabaseError) -> [EventRecord] {
        try await database.rows(
            """
            SELECT \(EventOutbox.columns) FROM event WHERE id > \(id) \(Self.restriction(to: scope))
             ORDER BY id LIMIT \(min(limit, Self.maximumPage))
            """
        ).map(EventRecord.init(row:))
    }

    /// Events before `id`, or the newest of all, newest first.
    package func events(
        before id: EventRecord.ID?, limit: Int, scope: MachineStore.Scope = .all
    ) async throws(DatabaseError) -> [EventRecord] {
        try await database.rows(
            """
            SELECT \(EventOutbox.columns) FROM event WHERE id < \(id ?? .max) \(Self.restriction(to: scope))
             ORDER BY id DESC LIMIT \(min(limit, Self.maximumPage))
            """
        ).map(EventRecord.init(row:))
    }

    /// What is told of a machine: nothing else is the business of those who see but their own.
    static let ofMachines = ["machine", "snapshot", "firewall"]

    private static func restriction(to scope: MachineStore.Scope) -> Statement {
        guard let owner = scope.owner else { return "" }
        return """
            AND resource = ANY(\(ofMachines))
            AND resource_id = ANY(ARRAY(SELECT id FROM "Machine" WHERE "userId" = \(owner)))
            """
    }

    /// Those of `events` that the scope has, as things are now.
    func visible(
        _ events: [EventRecord], in scope: MachineStore.Scope
    ) async throws(DatabaseError) -> [EventRecord] {
        if case .all = scope { return events }
        let told = events.filter { Self.ofMachines.contains($0.resource) }
        let machines = try await MachineStore(database: database).visible(
            Set(told.map { Machine.ID($0.resourceID) }), in: scope)
        return told.filter { machines.contains(Machine.ID($0.resourceID)) }
    }

    /// The id of the newest event, 0 when there was none yet.
    package func last() async throws(DatabaseError) -> EventRecord.ID {
        try await database.row("SELECT coalesce(max(id), 0) AS last FROM event")?.decode(Int64.self, "last") ?? 0
    }

    /// Whether every event behind `id` is still there, and there are at most `limit` of them.
    package func reachesBack(to id: EventRecord.ID, limit: Int) async throws(DatabaseError) -> Bool {
        let row = try await database.row(
            """
            SELECT coalesce(min(id), 1) - 1 <= \(id) AND \(id) <= coalesce(max(id), 0)
                   AND (SELECT count(*) FROM (SELECT 1 FROM event WHERE id > \(id) LIMIT \(limit + 1)) missed) <= \(limit)
                   AS reaches
              FROM event
            """)
        return try row?.decode(Bool.self, "reaches") ?? false
    }

    /// How many are forgotten in one statement: others write meanwhile.
    private static let pruneBatch = 5000

    /// Forgets events that are older than `days`, the oldest first. The newest one stays, however old it is: with it goes
    /// what readers compare their own last one with. Returns how many went.
    package func prune(olderThan days: Int) async throws(DatabaseError) -> Int {
        var total = 0
        while true {
            let count = try await database.execute(
                """
                DELETE FROM event
                 WHERE id IN (SELECT id FROM event ORDER BY id LIMIT \(Self.pruneBatch))
                   AND id < (SELECT max(id) FROM event)
                   AND at < timezone('UTC', now()) - make_interval(days => \(Int32(days)))
                """)
            total += count
            if count < Self.pruneBatch { return total }
        }
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
