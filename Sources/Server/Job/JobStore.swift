package import Core
import JSON
package import Postgres

/// Long operations as rows. Leases are counted by the database's clock, which all bayd share.
package struct JobStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    package static let maximumPage = 1000
    /// How many lines of its log a job keeps.
    package static let maximumLines = 200
    /// For how many days a job that has ended is kept.
    package static let days = 30

    static let columns: Statement = """
        id, kind, machine_id, machine_name, actor, user_id, state, step, progress, message, detail, can_cancel,
        is_cancel_requested, created_at, started_at, finished_at
        """

    /// Which jobs are wanted; nil leaves a choice open.
    package struct Filter: Sendable {
        package var states: [Job.State]?
        package var machine: Machine.ID?

        package init(states: [Job.State]? = nil, machine: Machine.ID? = nil) {
            self.states = states
            self.machine = machine
        }
    }

    /// A later release may know others, and what this one does not know it leaves alone.
    private static var ofKnownKinds: Statement { "kind = ANY(\(Job.Kind.allCases.map(\.rawValue)))" }

    /// A user has the jobs that he asked for, and those on machines of his.
    private static func restriction(to scope: MachineStore.Scope) -> Statement {
        guard let owner = scope.owner else { return ofKnownKinds }
        return """
            \(ofKnownKinds)
            AND (user_id = \(owner) OR machine_id IN (SELECT id FROM "Machine" WHERE "userId" = \(owner)))
            """
    }

    /// Those that run first, then those that began last.
    package func list(
        _ filter: Filter, skip: Int, limit: Int, scope: MachineStore.Scope
    ) async throws(DatabaseError) -> [Job] {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM job
             WHERE \(Self.restriction(to: scope))
               AND (\(filter.states == nil) OR state = ANY(\((filter.states ?? []).map(\.rawValue))))
               AND (\(filter.machine?.rawValue)::text IS NULL OR machine_id = \(filter.machine?.rawValue)::text)
             ORDER BY finished_at IS NOT NULL, created_at DESC, id
             LIMIT \(min(limit, Self.maximumPage)) OFFSET \(max(0, skip))
            """
        ).map(Job.init(row:))
    }

    package func find(_ id: Job.ID, scope: MachineStore.Scope) async throws(DatabaseError) -> Job? {
        try await database.row(
            "SELECT \(Self.columns) FROM job WHERE id = \(id.rawValue) AND \(Self.restriction(to: scope))"
        ).map(Job.init(row:))
    }

    /// What jobs have said, oldest line first.
    package func lines(of ids: Set<Job.ID>) async throws(DatabaseError) -> [Job.ID: [JobLine]] {
        let rows = try await database.rows("SELECT id, log FROM job WHERE id = ANY(\(ids.map(\.rawValue)))")
        var lines: [Job.ID: [JobLine]] = [:]
        for row in rows {
            lines[Job.ID(try row.decode(String.self, "id"))] = try row.decode([String].self, "log").map(
                JobLine.init(stored:))
        }
        return lines
    }

    /// How many there are in each state, and how schedules do: one statement.
    func counts() async throws(DatabaseError) -> JobCounts {
        let rows = try await database.rows(
            """
            SELECT s.state, count(j.id) AS n,
                   extract(epoch FROM timezone('UTC', clock_timestamp()) - min(j.created_at))::bigint AS age,
                   (SELECT count(*) FROM job_schedule WHERE failures > 0) AS failing
              FROM unnest(\(Job.State.allCases.map(\.rawValue))) AS s (state)
              LEFT JOIN job j ON j.state = s.state
             GROUP BY s.state
            """)
        var counts = JobCounts()
        for row in rows {
            guard let state = Job.State(rawValue: try row.decode(String.self, "state")) else { continue }
            counts.states[state] = try row.decode(Int.self, "n")
            if state == .queued { counts.oldestWaitingSeconds = try row.decode(Int?.self, "age") }
            counts.failingSchedules = try row.decode(Int.self, "failing")
        }
        return counts
    }

    /// Forgets jobs that ended long ago. Returns how many.
    func prune() async throws(DatabaseError) -> Int {
        try await database.execute(
            """
            DELETE FROM job WHERE finished_at < timezone('UTC', now()) - make_interval(days => \(Int32(Self.days)))
            """)
    }

    // MARK: Leases

    /// Renews the leases of jobs, and says which of them somebody wants to be called off, and which are no longer `owner`'s.
    func renew(
        _ ids: [Job.ID], of owner: String, seconds: Int
    ) async throws(DatabaseError) -> (cancelled: Set<Job.ID>, lost: Set<Job.ID>) {
        let rows = try await database.rows(
            """
            UPDATE job SET lease_until = timezone('UTC', clock_timestamp()) + make_interval(secs => \(Double(seconds)))
             WHERE id = ANY(\(ids.map(\.rawValue))) AND owner = \(owner) AND finished_at IS NULL
            RETURNING id, is_cancel_requested
            """)
        var kept: Set<Job.ID> = []
        var cancelled: Set<Job.ID> = []
        for row in rows {
            let id = Job.ID(try row.decode(String.self, "id"))
            kept.insert(id)
            if try row.decode(Bool.self, "is_cancel_requested") { cancelled.insert(id) }
        }
        return (cancelled, Set(ids).subtracting(kept))
    }

    /// Takes over jobs whose owner was not heard of in time: each by one bayd.
    func takeOver(by owner: String, seconds: Int) async throws(DatabaseError) -> [(job: Job, settlingFor: Int)] {
        try await database.rows(
            """
            UPDATE job
               SET owner = \(owner),
                   lease_until = timezone('UTC', clock_timestamp()) + make_interval(secs => \(Double(seconds))),
                   settling_since = coalesce(settling_since, timezone('UTC', clock_timestamp()))
             WHERE id IN (
                   SELECT id FROM job
                    WHERE finished_at IS NULL AND lease_until < timezone('UTC', clock_timestamp())
                      AND \(Self.ofKnownKinds)
                    ORDER BY lease_until LIMIT 16 FOR UPDATE SKIP LOCKED)
            RETURNING \(Self.columns),
                      extract(epoch FROM timezone('UTC', clock_timestamp()) - settling_since)::bigint AS settling_for
            """
        ).map { row throws(DatabaseError) in (try Job(row: row), try row.decode(Int.self, "settling_for")) }
    }

    // MARK: Inside a transaction

    /// Adds a job, unless there is one on its machine that has not ended: `MachineClaims` sees those of this bayd alone.
    static func insert(
        _ job: Job, owner: String, seconds: Int, in transaction: Transaction
    ) async throws {
        try await transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtext('job machine'), hashtext(\(job.machineID.rawValue)))")
        let other = try await transaction.rows(
            """
            SELECT \(columns) FROM job
             WHERE machine_id = \(job.machineID.rawValue) AND finished_at IS NULL AND \(ofKnownKinds) LIMIT 1
            """
        ).first.map(Job.init(row:))
        if let other { throw JobError.busy(with: other.title) }
        try await transaction.execute(
            """
            INSERT INTO job (id, kind, machine_id, machine_name, actor, user_id, state, step, detail, can_cancel, owner,
                             lease_until)
            VALUES (\(job.id.rawValue), \(job.kind.rawValue), \(job.machineID.rawValue), \(job.machineName),
                    \(job.actor), \(job.userID), \(job.state.rawValue), \(job.step), \(job.detail), \(job.canCancel),
                    \(owner), timezone('UTC', clock_timestamp()) + make_interval(secs => \(Double(seconds))))
            """)
    }

    /// A step of a job: what it does now, how far it is, and whether it can be called off from here on.
    struct Step: Sendable {
        var words: String
        var progress: Int?
        var canCancel: Bool
        var detail: JSONObject?
    }

    /// Notes a step if the job is `owner`'s still, and nobody wants it to be called off. Nil otherwise.
    static func note(
        _ step: Step, of id: Job.ID, owner: String, in transaction: Transaction
    ) async throws(DatabaseError) -> Job? {
        try await transaction.rows(
            """
            UPDATE job
               SET state = 'running', started_at = coalesce(started_at, timezone('UTC', clock_timestamp())),
                   step = \(step.words), progress = \(step.progress), can_cancel = \(step.canCancel),
                   detail = detail || \(step.detail ?? JSONObject()), log = \(appended(step.words))
             WHERE id = \(id.rawValue) AND owner = \(owner) AND finished_at IS NULL AND NOT is_cancel_requested
            RETURNING \(columns)
            """
        ).first.map(Job.init(row:))
    }

    static func finish(
        _ id: Job.ID, _ state: Job.State, message: String, owner: String, in transaction: Transaction
    ) async throws(DatabaseError) -> Job? {
        try await transaction.rows(
            """
            UPDATE job
               SET state = \(state.rawValue), message = \(message), can_cancel = false,
                   progress = CASE WHEN \(state == .succeeded) THEN 100 ELSE progress END,
                   finished_at = timezone('UTC', clock_timestamp()), log = \(appended(message))
             WHERE id = \(id.rawValue) AND owner = \(owner) AND finished_at IS NULL
            RETURNING \(columns)
            """
        ).first.map(Job.init(row:))
    }

    static func requestCancel(
        _ id: Job.ID, by actor: String, scope: MachineStore.Scope, in transaction: Transaction
    ) async throws -> Job {
        let found = try await transaction.rows(
            "SELECT \(columns) FROM job WHERE id = \(id.rawValue) AND \(restriction(to: scope)) FOR UPDATE"
        ).first.map(Job.init(row:))
        guard let job = found else { throw JobError.notFound }
        if job.state.isOver { throw JobError.isOver(job.state) }
        if !job.canCancel { throw JobError.tooLate(step: job.step) }
        if job.isCancelRequested { return job }
        let rows = try await transaction.rows(
            """
            UPDATE job SET is_cancel_requested = true, log = \(appended("\(actor) wants it to be called off"))
             WHERE id = \(id.rawValue)
            RETURNING \(columns)
            """)
        return try Job(row: rows[0])
    }

    /// The log with one line more; the oldest one goes when there are too many.
    private static func appended(_ line: String) -> Statement {
        """
        (log || (to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || \(line)::text))
        [greatest(1, cardinality(log) + 2 - \(maximumLines)):]
        """
    }
}

extension JobLine {
    /// A time and a sentence, as they are stored.
    init(stored: String) {
        let parts = stored.split(separator: " ", maxSplits: 1)
        self.init(
            at: parts.first.flatMap { Timestamp(iso8601: String($0)) } ?? Timestamp(milliseconds: 0),
            message: parts.count > 1 ? String(parts[1]) : "")
    }
}

extension Job {
    init(row: Row) throws(DatabaseError) {
        let kind = try row.decode(String.self, "kind")
        guard let known = Job.Kind(rawValue: kind) else {
            throw .parameter(reason: "a job of the kind \(kind) is not known")
        }
        self.init(
            id: Job.ID(try row.decode(String.self, "id")),
            kind: known,
            machineID: Machine.ID(try row.decode(String.self, "machine_id")),
            machineName: try row.decode("machine_name"),
            actor: try row.decode("actor"),
            userID: try row.decode("user_id"),
            state: Job.State(rawValue: try row.decode(String.self, "state")) ?? .interrupted,
            step: try row.decode("step"),
            progress: try row.decode("progress"),
            message: try row.decode("message"),
            detail: try row.decode(JSONValue.self, "detail").object ?? JSONObject(),
            canCancel: try row.decode("can_cancel"),
            isCancelRequested: try row.decode("is_cancel_requested"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("created_at")),
            startedAt: try row.instant("started_at"),
            finishedAt: try row.instant("finished_at"))
    }
}
