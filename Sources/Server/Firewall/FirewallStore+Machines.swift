import Core
import Postgres

// How far the rules of machines have come.
extension FirewallStore {
    /// As those who follow changes of rows know it.
    static let machines = "firewall_machine"
    /// How long after a first failure it is tried again; each further one doubles it, up to the longest.
    static let firstRetry = 5
    static let longestRetry = 300

    private static let machineColumns: Statement = """
        machine_id, wanted, applied, sent_digest, held_digest, applied_at, problem, drift, drift_at
        """

    func states(of ids: Set<Machine.ID>) async throws(DatabaseError) -> [Machine.ID: MachineFirewall] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.rows(
            """
            SELECT \(Self.machineColumns) FROM firewall_machine WHERE machine_id = ANY(\(ids.map(\.rawValue)))
            """
        ).map(MachineFirewall.init(row:))
        return Dictionary(rows.map { ($0.machineID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// How many machines have come how far. Departments without filtered machines are not in it.
    func counts(ofDepartments ids: Set<Department.ID>) async throws(DatabaseError) -> [Department.ID:
        DepartmentFirewall]
    {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.rows(
            """
            SELECT m."departmentId" AS department,
                   count(*) FILTER (WHERE f.problem IS NULL AND f.wanted > f.applied) AS pending,
                   count(*) FILTER (WHERE f.problem IS NULL AND f.wanted <= f.applied AND f.drift IS NULL) AS applied,
                   count(*) FILTER (WHERE f.problem IS NULL AND f.wanted <= f.applied AND f.drift IS NOT NULL) AS drifted,
                   count(*) FILTER (WHERE f.problem IS NOT NULL) AS failed,
                   (array_agg(m.name || ': ' || coalesce(f.problem, f.drift) ORDER BY f.problem IS NULL, m.name)
                    FILTER (WHERE f.problem IS NOT NULL OR f.drift IS NOT NULL))[1] AS first
              FROM firewall_machine f JOIN "Machine" m ON m.id = f.machine_id
             WHERE m."departmentId" = ANY(\(ids.map(\.rawValue))) AND f.wanted > 0
             GROUP BY m."departmentId"
            """)
        var counts: [Department.ID: DepartmentFirewall] = [:]
        for row in rows {
            counts[Department.ID(try row.decode(String.self, "department"))] = DepartmentFirewall(
                pending: try row.decode("pending"), applied: try row.decode("applied"),
                drifted: try row.decode("drifted"), failed: try row.decode("failed"), problem: try row.decode("first"))
        }
        return counts
    }

    /// Machines to bring the rules to, those that run first, and when the next of the others is to be tried again.
    func waiting(limit: Int) async throws(DatabaseError) -> (now: [Machine.ID], retryMilliseconds: Int?) {
        let now = try await database.rows(
            """
            SELECT f.machine_id FROM firewall_machine f JOIN "Machine" m ON m.id = f.machine_id
             WHERE f.applied < f.wanted
               AND (f.retry_at IS NULL OR f.retry_at <= timezone('UTC', clock_timestamp()))
             ORDER BY m.status <> 'running', f.machine_id LIMIT \(limit)
            """
        ).map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "machine_id")) }
        let next = try await database.row(
            """
            SELECT (extract(epoch FROM min(retry_at) - timezone('UTC', clock_timestamp())) * 1000)::bigint AS wait
              FROM firewall_machine
             WHERE applied < wanted AND retry_at > timezone('UTC', clock_timestamp())
            """)
        return (now, try next?.decode(Int?.self, "wait"))
    }

    /// All machines that have rules, with the names of their filters.
    func applied() async throws(DatabaseError) -> [(state: MachineFirewall, name: String, filter: String)] {
        try await database.rows(
            """
            SELECT \(Self.machineColumns), m.name, s."internalName"
              FROM firewall_machine f
              JOIN "Machine" m ON m.id = f.machine_id
              JOIN "FirewallRuleSet" s ON s."entityType" = 'VM' AND s."entityId" = f.machine_id
             WHERE f.applied > 0
             ORDER BY f.machine_id
            """
        ).map { row throws(DatabaseError) in
            (try MachineFirewall(row: row), try row.decode(String.self, "name"), try row.decode("internalName"))
        }
    }

    /// The names that the filters of machines have or will have.
    func filterNames() async throws(DatabaseError) -> Set<String> {
        Set(
            try await database.rows("SELECT \"internalName\" FROM \"FirewallRuleSet\"").map {
                row throws(DatabaseError) in try row.decode(String.self, "internalName")
            })
    }

    /// Notes in what libvirt was found to differ; nil where it does not. Returns those of which this is news.
    func note(
        drifts: [Machine.ID: String?], in transaction: Transaction
    ) async throws(DatabaseError) -> [Machine.ID] {
        guard !drifts.isEmpty else { return [] }
        let all = Array(drifts)
        return try await transaction.rows(
            """
            UPDATE firewall_machine f
               SET drift = n.drift,
                   drift_at = CASE WHEN n.drift IS NULL THEN NULL ELSE timezone('UTC', clock_timestamp()) END
              FROM unnest(\(all.map(\.key.rawValue)), \(all.map(\.value))) AS n(id, drift)
             WHERE f.machine_id = n.id AND f.drift IS DISTINCT FROM n.drift
            RETURNING f.machine_id
            """
        ).map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "machine_id")) }
    }

    // MARK: Inside a transaction

    /// Says that the rules of machines are to be brought to libvirt anew: of those that have any.
    /// - Parameter rings: whether somebody is to begin at once; not where the caller does it himself.
    static func want(
        _ machines: [Machine.ID], rings: Bool = true, in transaction: Transaction
    ) async throws(DatabaseError) {
        if rings { transaction.changes(Self.machines) }
        try await transaction.execute(
            """
            INSERT INTO firewall_machine AS f (machine_id)
            SELECT m.id FROM "Machine" m
             WHERE m.id = ANY(\(machines.map(\.rawValue))) AND \(hasRules)
             ORDER BY m.id
            ON CONFLICT (machine_id) DO UPDATE SET wanted = f.wanted + 1, retry_at = NULL, failures = 0
            """)
    }

    /// The same of all machines of a department.
    static func want(allOf department: Department.ID, in transaction: Transaction) async throws(DatabaseError) {
        transaction.changes(machines)
        try await transaction.execute(
            """
            INSERT INTO firewall_machine AS f (machine_id)
            SELECT m.id FROM "Machine" m WHERE m."departmentId" = \(department.rawValue) ORDER BY m.id
            ON CONFLICT (machine_id) DO UPDATE SET wanted = f.wanted + 1, retry_at = NULL, failures = 0
            """)
    }

    /// The same of all machines that have rules. Returns them, those that run first, for the caller to do it.
    static func wantAll(in transaction: Transaction) async throws(DatabaseError) -> [Machine.ID] {
        try await transaction.execute(
            """
            INSERT INTO firewall_machine AS f (machine_id)
            SELECT m.id FROM "Machine" m WHERE \(hasRules) ORDER BY m.id
            ON CONFLICT (machine_id) DO UPDATE SET wanted = f.wanted + 1, retry_at = NULL, failures = 0
            """)
        return try await transaction.rows(
            """
            SELECT f.machine_id FROM firewall_machine f JOIN "Machine" m ON m.id = f.machine_id
             ORDER BY m.status <> 'running', f.machine_id
            """
        ).map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "machine_id")) }
    }

    /// What a machine's rules are made of comes from its own set, from its department's, or was there once.
    private static let hasRules: Statement = """
        (EXISTS (SELECT 1 FROM "FirewallRuleSet" s
                  WHERE (s."entityType" = 'VM' AND s."entityId" = m.id)
                     OR (s."entityType" = 'DEPARTMENT' AND s."entityId" = m."departmentId"))
         OR EXISTS (SELECT 1 FROM firewall_machine k WHERE k.machine_id = m.id))
        """

    /// Takes a machine's filter for as long as the transaction lasts; false where somebody else is at it.
    static func take(_ id: Machine.ID, waits: Bool, in transaction: Transaction) async throws(DatabaseError) -> Bool {
        if waits {
            try await transaction.execute(
                "SELECT pg_advisory_xact_lock(hashtext('firewall filter'), hashtext(\(id.rawValue)))")
            return true
        }
        let row = try await transaction.row(
            """
            SELECT pg_try_advisory_xact_lock(hashtext('firewall filter'), hashtext(\(id.rawValue))) AS taken
            """)
        return try row?.decode(Bool.self, "taken") ?? false
    }

    /// The machine is going, and nothing is to be brought to libvirt for it any more.
    static func forget(_ id: Machine.ID, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute("DELETE FROM firewall_machine WHERE machine_id = \(id.rawValue)")
    }

    static func state(of id: Machine.ID, in transaction: Transaction) async throws(DatabaseError) -> MachineFirewall? {
        try await transaction.row(
            "SELECT \(machineColumns) FROM firewall_machine WHERE machine_id = \(id.rawValue)"
        ).map(MachineFirewall.init(row:))
    }

    /// Writes what libvirt holds now.
    /// - Parameter isMade: whether libvirt made rules for it, and so counts anew.
    static func recordApplied(
        _ state: MachineFirewall, set: FirewallRuleSet, isMade: Bool, in transaction: Transaction
    ) async throws(DatabaseError) {
        try await transaction.execute(
            """
            UPDATE firewall_machine
               SET applied = greatest(applied, \(state.applied)), sent_digest = \(state.sentDigest),
                   held_digest = \(state.heldDigest), applied_at = timezone('UTC', clock_timestamp()),
                   made_at = CASE WHEN \(isMade) THEN timezone('UTC', clock_timestamp()) ELSE made_at END,
                   problem = \(state.problem), failures = 0, retry_at = NULL, drift = NULL, drift_at = NULL
             WHERE machine_id = \(state.machineID.rawValue)
            """)
        try await transaction.execute(
            """
            UPDATE "FirewallRuleSet"
               SET "libvirtUuid" = \(set.filterUUID), "xmlContent" = \(set.filterXML),
                   "lastSyncedAt" = timezone('UTC', clock_timestamp())
             WHERE id = \(set.id)
            """)
    }

    /// Notes why a machine's rules could not be brought to libvirt. Says whether that is news.
    static func recordFailure(
        _ reason: String, of id: Machine.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> Bool {
        let before = try await transaction.row(
            "SELECT problem FROM firewall_machine WHERE machine_id = \(id.rawValue) FOR UPDATE")
        try await transaction.execute(
            """
            UPDATE firewall_machine
               SET problem = \(reason), failures = failures + 1,
                   retry_at = timezone('UTC', clock_timestamp()) + make_interval(
                       secs => least(\(Double(longestRetry)), \(Double(firstRetry)) * 2 ^ least(failures, 10)))
             WHERE machine_id = \(id.rawValue)
            """)
        return try before?.decode(String?.self, "problem") != reason
    }
}

extension MachineFirewall {
    init(row: Row) throws(DatabaseError) {
        self.init(
            machineID: Machine.ID(try row.decode(String.self, "machine_id")), wanted: try row.decode("wanted"),
            applied: try row.decode("applied"), sentDigest: try row.decode("sent_digest"),
            heldDigest: try row.decode("held_digest"), appliedAt: try row.optionalTime("applied_at"),
            problem: try row.decode("problem"), drift: try row.decode("drift"),
            driftAt: try row.optionalTime("drift_at"))
    }
}
