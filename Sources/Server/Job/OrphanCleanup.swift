import Core
package import Postgres

/// Deletes rows that belong to nothing any more, and what has been kept for long enough.
package struct OrphanCleanup: Sendable {
    let database: Database
    let errors: ErrorStore
    let jobs: JobStore
    let events: EventStore
    let blocked: BlockedConnectionStore
    private let eventDays: Int
    private let blockedDays: Int

    /// - Parameters:
    ///   - eventDays: for how many days events are kept, which are also the record of who did what.
    ///   - blockedDays: for how many days it is kept what rules kept out.
    package init(
        database: Database, eventDays: Int = ServerConfig().eventDays, blockedDays: Int = DropLogSettings().days
    ) {
        self.database = database
        self.eventDays = eventDays
        self.blockedDays = blockedDays
        blocked = BlockedConnectionStore(database: database)
        events = EventStore(database: database)
        errors = ErrorStore(database: database)
        jobs = JobStore(database: database)
    }

    package func run() async throws -> String {
        let counts = [
            ("figures of machines that are gone", try await metrics()),
            ("old jobs", try await jobs.prune()),
            ("old errors", try await errors.prune()),
            ("old events", try await events.prune(olderThan: eventDays)),
            ("blocked connections", try await blocked.prune(olderThan: blockedDays)),
        ]
        let words = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return words.isEmpty ? "nothing was left over" : "deleted: \(words.joined(separator: ", "))"
    }

    private func metrics() async throws(DatabaseError) -> Int {
        // Figures of domains that nobody adopted are filed under the domain's UUID, and are kept like all others: a day
        // at least, since a domain may be adopted or come back.
        try await database.execute(
            """
            DELETE FROM machine_metric f
             WHERE f.at < timezone('UTC', now()) - interval '1 day'
               AND NOT EXISTS (SELECT 1 FROM "Machine" m WHERE m.id = f.machine_id)
               AND NOT EXISTS (
                   SELECT 1 FROM machine_metric n
                    WHERE n.machine_id = f.machine_id AND n.at >= timezone('UTC', now()) - interval '1 day')
            """)
    }
}
