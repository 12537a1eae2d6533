import Core
import JSON
import Postgres

// Changes that wait for their confirmation, as rows. Time is counted by the database's clock, which all bayd share.
extension FirewallStore {
    private static let trialColumns: Statement = """
        t.id, t.rule_set_id, s."entityType"::text AS kind, s."entityId", t.actor, t.created_at, t.expires_at,
        ceil(extract(epoch FROM t.expires_at - timezone('UTC', clock_timestamp())))::integer AS seconds
        """

    /// The most that a list has; one set has at most one.
    static let maximumTrials = 1000

    func trials() async throws(DatabaseError) -> [FirewallTrial] {
        try await database.rows(
            """
            SELECT \(Self.trialColumns) FROM firewall_trial t JOIN "FirewallRuleSet" s ON s.id = t.rule_set_id
             ORDER BY t.expires_at, t.id LIMIT \(Self.maximumTrials)
            """
        ).map(FirewallTrial.init(row:))
    }

    func trials(ofSets ids: Set<String>) async throws(DatabaseError) -> [String: FirewallTrial] {
        let trials = try await database.rows(
            """
            SELECT \(Self.trialColumns) FROM firewall_trial t JOIN "FirewallRuleSet" s ON s.id = t.rule_set_id
             WHERE t.rule_set_id = ANY(\(Array(ids)))
            """
        ).map(FirewallTrial.init(row:))
        return Dictionary(trials.map { ($0.setID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Those whose time is over, and in how many milliseconds the next one's is.
    func expired() async throws(DatabaseError) -> (ids: [String], nextMilliseconds: Int?) {
        let rows = try await database.rows(
            """
            SELECT id, (extract(epoch FROM expires_at - timezone('UTC', clock_timestamp())) * 1000)::bigint AS wait
              FROM firewall_trial ORDER BY expires_at, id LIMIT 64
            """)
        let all = try rows.map { row throws(DatabaseError) in
            (id: try row.decode(String.self, "id"), wait: try row.decode(Int.self, "wait"))
        }
        return (all.filter { $0.wait <= 0 }.map(\.id), all.first { $0.wait > 0 }?.wait)
    }

    // MARK: Inside a transaction

    static func trial(ofSet id: String, in transaction: Transaction) async throws(DatabaseError) -> FirewallTrial? {
        try await transaction.row(
            """
            SELECT \(trialColumns) FROM firewall_trial t JOIN "FirewallRuleSet" s ON s.id = t.rule_set_id
             WHERE t.rule_set_id = \(id) FOR UPDATE OF t
            """
        ).map(FirewallTrial.init(row:))
    }

    /// The trial, locked, with what the rules were before it.
    static func trial(
        _ id: String, in transaction: Transaction
    ) async throws(DatabaseError) -> (trial: FirewallTrial, before: JSONObject)? {
        guard
            let row = try await transaction.row(
                """
                SELECT \(trialColumns), t.before FROM firewall_trial t
                  JOIN "FirewallRuleSet" s ON s.id = t.rule_set_id WHERE t.id = \(id) FOR UPDATE OF t
                """)
        else { return nil }
        return (try FirewallTrial(row: row), try row.decode("before"))
    }

    static func addTrial(
        _ id: String, ofSet set: String, before: JSONObject, seconds: Int, actor: String, in transaction: Transaction
    ) async throws(DatabaseError) {
        try await transaction.execute(
            """
            INSERT INTO firewall_trial (id, rule_set_id, before, actor, expires_at)
            VALUES (\(id), \(set), \(before), \(actor),
                    timezone('UTC', clock_timestamp()) + make_interval(secs => \(Double(seconds))))
            """)
    }

    static func extendTrial(_ id: String, seconds: Int, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute(
            """
            UPDATE firewall_trial
               SET expires_at = timezone('UTC', clock_timestamp()) + make_interval(secs => \(Double(seconds)))
             WHERE id = \(id)
            """)
    }

    static func deleteTrial(_ id: String, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute("DELETE FROM firewall_trial WHERE id = \(id)")
    }
}

extension FirewallTrial {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.decode("id"), setID: try row.decode("rule_set_id"), owner: try FirewallOwner(row: row),
            actor: try row.decode("actor"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("created_at")),
            expiresAt: Timestamp(milliseconds: try row.milliseconds("expires_at")),
            secondsLeft: max(0, try row.decode(Int.self, "seconds")))
    }
}
