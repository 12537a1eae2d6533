package import Core
package import Postgres

/// What rules kept out, as rows.
package struct BlockedConnectionStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    package enum Limit {
        /// How many are told at once.
        package static let page = 500
        /// How many of a machine are kept, however young they are.
        package static let kept: Int32 = 10_000
        /// How many kinds of attempts are looked at for suggestions.
        static let groups = 5_000
        static let batch = 5_000
    }

    /// Writes rows that are new, or have grown. Machines that are gone have none.
    package func write(_ rows: [BlockedConnection]) async throws(DatabaseError) {
        guard !rows.isEmpty else { return }
        // Rules that nobody made have names, too.
        let names = Dictionary(
            (FirewallPolicy.base + FirewallPolicy().rules).map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
        try await database.execute(
            """
            INSERT INTO "BlockedConnection"
                   (id, "machineId", port, protocol, "attemptTime", "blockReason", "sourceIp", "ruleId", direction,
                    "destinationIp", attempts)
            SELECT n.id, m.id, n.port, n.protocol, n.at,
                   CASE WHEN n.direction = 'IN' THEN 'kept out by "' ELSE 'not let out by "' END
                       || coalesce(r.name, n.name, 'a rule that is gone') || '"',
                   n.source, n.rule, n.direction::"RuleDirection", n.destination, n.attempts
              FROM unnest(\(rows.map(\.id)), \(rows.map(\.machineID.rawValue)), \(rows.map { Int32($0.port) }),
                          \(rows.map(\.protocolName)), \(rows.map { SQLTimestamp(milliseconds: $0.at.rawValue) }),
                          \(rows.map(\.source)), \(rows.map { $0.rule?.rawValue }),
                          \(rows.map { $0.rule.flatMap { names[$0] } }), \(rows.map(\.direction.rawValue)),
                          \(rows.map(\.destination)), \(rows.map { Int32(clamping: $0.attempts) }))
                   AS n(id, machine, port, protocol, at, source, rule, name, direction, destination, attempts)
              JOIN "Machine" m ON m.id = n.machine
              LEFT JOIN "FirewallRule" r ON r.id = n.rule
            ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts
            """)
    }

    /// The newest first.
    package func rows(
        of owner: FirewallOwner, limit: Int, scope: MachineStore.Scope
    ) async throws(DatabaseError) -> [BlockedConnection] {
        try await database.rows(
            """
            SELECT b.id, b."machineId", b.port, b.protocol, b."processName", b."processId", b."attemptTime",
                   b."blockReason", b."sourceIp", b."ruleId", b.direction::text AS direction, b."destinationIp", b.attempts
              FROM "BlockedConnection" b JOIN "Machine" m ON m.id = b."machineId"
             WHERE \(Self.belongs(to: owner, scope))
             ORDER BY b."attemptTime" DESC, b.id LIMIT \(Int32(clamping: min(max(limit, 1), Limit.page)))
            """
        ).map(BlockedConnection.init(row:))
    }

    /// What came in during the last day, by kind, the most frequent first.
    package func groups(
        of owner: FirewallOwner, scope: MachineStore.Scope
    ) async throws(DatabaseError) -> [BlockedGroup] {
        let groups = try await database.rows(
            """
            SELECT b.protocol, b.port, b."sourceIp", b."ruleId", sum(b.attempts)::bigint AS attempts
              FROM "BlockedConnection" b JOIN "Machine" m ON m.id = b."machineId"
             WHERE \(Self.belongs(to: owner, scope)) AND b.direction = 'IN' AND b."sourceIp" IS NOT NULL
               AND b."attemptTime" > timezone('UTC', now()) - interval '1 day'
             GROUP BY b.protocol, b.port, b."sourceIp", b."ruleId"
             ORDER BY attempts DESC, b."sourceIp", b.port LIMIT \(Int32(Limit.groups))
            """
        ).map { row throws(DatabaseError) -> BlockedGroup? in
            // A guest may have written what it liked.
            guard let source = IPAddress(try row.decode(String.self, "sourceIp")),
                let transport = FirewallProtocol(rawValue: try row.decode(String.self, "protocol").lowercased())
            else { return nil }
            return BlockedGroup(
                transport: transport, port: Int(try row.decode(Int32.self, "port")), source: source,
                rule: try row.decode(String?.self, "ruleId").map { FirewallRule.ID($0) },
                attempts: Int(try row.decode(Int64.self, "attempts")))
        }
        return groups.compactMap(\.self)
    }

    private static func belongs(to owner: FirewallOwner, _ scope: MachineStore.Scope) -> Statement {
        let whose: Statement =
            switch owner {
            case .machine(let id): "m.id = \(id.rawValue)"
            case .department(let id): "m.\"departmentId\" = \(id.rawValue)"
            }
        return "\(whose) AND (\(scope.owner)::text IS NULL OR m.\"userId\" = \(scope.owner)::text)"
    }

    /// Forgets what is older than so many days, and of each machine what is more than is kept. Returns how many went.
    package func prune(olderThan days: Int) async throws(DatabaseError) -> Int {
        var total = 0
        while true {
            let count = try await database.execute(
                """
                DELETE FROM "BlockedConnection"
                 WHERE id IN (SELECT id FROM "BlockedConnection"
                               WHERE "attemptTime" < timezone('UTC', now()) - make_interval(days => \(Int32(days)))
                               LIMIT \(Int32(Limit.batch)))
                """)
            total += count
            if count < Limit.batch { break }
        }
        for machine in try await machinesBeyondLimit() { total += try await prune(machine) }
        return total
    }

    private func machinesBeyondLimit() async throws(DatabaseError) -> [String] {
        try await database.rows(
            """
            SELECT "machineId" FROM "BlockedConnection" GROUP BY "machineId" HAVING count(*) > \(Limit.kept)
            """
        ).map { row throws(DatabaseError) in try row.decode(String.self, "machineId") }
    }

    /// Leaves the youngest of a machine.
    private func prune(_ machine: String) async throws(DatabaseError) -> Int {
        var total = 0
        while true {
            let count = try await database.execute(
                """
                DELETE FROM "BlockedConnection"
                 WHERE id IN (SELECT id FROM "BlockedConnection" WHERE "machineId" = \(machine)
                               ORDER BY "attemptTime" DESC OFFSET \(Limit.kept) LIMIT \(Int32(Limit.batch)))
                """)
            total += count
            if count < Limit.batch { return total }
        }
    }

    /// Which machine has which filter.
    package func machines() async throws(DatabaseError) -> [String: Machine.ID] {
        let rows = try await database.rows(
            """
            SELECT s."internalName", s."entityId" FROM "FirewallRuleSet" s WHERE s."entityType" = 'VM' ORDER BY s.id
            """
        ).map { row throws(DatabaseError) in
            (try row.decode(String.self, "internalName"), Machine.ID(try row.decode(String.self, "entityId")))
        }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
}

extension BlockedConnection {
    fileprivate init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.decode("id"), machineID: Machine.ID(try row.decode(String.self, "machineId")),
            direction: try row.choice("direction"), protocolName: try row.decode("protocol"),
            port: Int(try row.decode(Int32.self, "port")), source: try row.decode("sourceIp"),
            destination: try row.decode("destinationIp"),
            rule: try row.decode(String?.self, "ruleId").map { FirewallRule.ID($0) },
            at: Timestamp(milliseconds: try row.milliseconds("attemptTime")),
            attempts: Int(try row.decode(Int32.self, "attempts")), reason: try row.decode("blockReason"),
            processName: try row.decode("processName"),
            processID: try row.decode(Int32?.self, "processId").map { Int($0) })
    }
}
