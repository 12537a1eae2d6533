package import Core
import Postgres

/// How a schedule stands, as every bayd on the database sees it.
package struct ScheduleState: Equatable, Sendable {
    package var id: JobSchedule.ID
    package var nextDue: Timestamp
    package var isWanted: Bool
    package var runningSince: Timestamp?
    package var runningOn: String?
    package var lastStarted: Timestamp?
    package var lastEnded: Timestamp?
    package var lastSucceeded: Bool?
    package var lastMessage: String?
    package var failures: Int
    package var runs: Int
}

/// Schedules as rows.
struct ScheduleStore: Sendable {
    let database: Database

    private static let columns: Statement = """
        id, next_due, is_wanted, running_since, running_on, last_started, last_ended, last_outcome, last_message,
        failures, runs
        """

    func states(of ids: [JobSchedule.ID]) async throws(DatabaseError) -> [JobSchedule.ID: ScheduleState] {
        let rows = try await database.rows("SELECT \(Self.columns) FROM job_schedule WHERE id = ANY(\(ids))")
            .map(ScheduleState.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Adds schedules that are new here. Those that are there already keep their times.
    func add(_ due: [(JobSchedule.ID, Timestamp)]) async throws(DatabaseError) {
        try await database.execute(
            """
            INSERT INTO job_schedule (id, next_due)
            SELECT * FROM unnest(\(due.map(\.0)), \(due.map { SQLTimestamp(milliseconds: $0.1.rawValue) }))
            ON CONFLICT (id) DO NOTHING
            """)
    }

    /// Puts right a time that a wrong clock wrote.
    func correct(_ id: JobSchedule.ID, from wrong: Timestamp, to due: Timestamp) async throws(DatabaseError) {
        try await database.execute(
            """
            UPDATE job_schedule SET next_due = \(SQLTimestamp(milliseconds: due.rawValue))
             WHERE id = \(id) AND next_due = \(SQLTimestamp(milliseconds: wrong.rawValue))
            """)
    }

    func noteStart(_ id: JobSchedule.ID, at now: Timestamp, on owner: String) async throws(DatabaseError) {
        try await database.execute(
            """
            UPDATE job_schedule
               SET running_since = \(SQLTimestamp(milliseconds: now.rawValue)), running_on = \(owner), is_wanted = false
             WHERE id = \(id)
            """)
    }

    // MARK: Inside a transaction

    /// Takes the schedule until the transaction ends; nil when another bayd has it. The lock goes with the connection, so
    /// that a bayd which dies gives it back at once.
    static func lock(
        _ id: JobSchedule.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> ScheduleState? {
        let lock = try await transaction.rows(
            "SELECT pg_try_advisory_xact_lock(hashtext('job schedule'), hashtext(\(id))) AS got")
        guard try lock[0].decode(Bool.self, "got") else { return nil }
        return try await transaction.rows("SELECT \(columns) FROM job_schedule WHERE id = \(id)").first
            .map(ScheduleState.init(row:))
    }

    struct Run: Sendable {
        var started: Timestamp
        var ended: Timestamp
        var succeeded: Bool
        var message: String
        var failures: Int
        var nextDue: Timestamp
    }

    static func noteEnd(_ id: JobSchedule.ID, _ run: Run, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute(
            """
            UPDATE job_schedule
               SET next_due = \(SQLTimestamp(milliseconds: run.nextDue.rawValue)), running_since = NULL,
                   running_on = NULL, last_started = \(SQLTimestamp(milliseconds: run.started.rawValue)),
                   last_ended = \(SQLTimestamp(milliseconds: run.ended.rawValue)),
                   last_outcome = \(run.succeeded ? "succeeded" : "failed"), last_message = \(run.message),
                   failures = \(run.failures), runs = runs + 1
             WHERE id = \(id)
            """)
    }

    /// Asks for a run now. The one who runs it next takes the wish off.
    static func want(_ id: JobSchedule.ID, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute("UPDATE job_schedule SET is_wanted = true WHERE id = \(id)")
    }
}

extension ScheduleState {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.decode("id"),
            nextDue: Timestamp(milliseconds: try row.milliseconds("next_due")),
            isWanted: try row.decode("is_wanted"),
            runningSince: try row.instant("running_since"),
            runningOn: try row.decode("running_on"),
            lastStarted: try row.instant("last_started"),
            lastEnded: try row.instant("last_ended"),
            lastSucceeded: try row.decode(String?.self, "last_outcome").map { $0 == "succeeded" },
            lastMessage: try row.decode("last_message"),
            failures: try row.decode("failures"),
            runs: try row.decode("runs"))
    }
}

extension Row {
    /// A time that may be missing.
    func instant(_ column: String) throws(DatabaseError) -> Timestamp? {
        try optionalMilliseconds(column).map { Timestamp(milliseconds: $0) }
    }
}
