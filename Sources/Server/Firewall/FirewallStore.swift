package import Core
package import Postgres

/// Rules, rule sets and what departments say beside them, as rows.
package struct FirewallStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    static let setColumns: Statement = """
        s.id, s.name, s."internalName", s."entityType"::text AS kind, s."entityId", s.priority, s."isActive",
        s."libvirtUuid", s."xmlContent", s."lastSyncedAt", s."createdAt", s."updatedAt"
        """
    static let ruleColumns: Statement = """
        id, "ruleSetId", name, description, action::text AS action, direction::text AS direction, priority, protocol,
        "srcPortStart", "srcPortEnd", "dstPortStart", "dstPortEnd", "srcIpAddr", "srcIpMask", "dstIpAddr", "dstIpMask",
        "connectionState", "overridesDept", "createdAt", "updatedAt"
        """

    package func set(of owner: FirewallOwner) async throws(DatabaseError) -> FirewallRuleSet? {
        try await Self.sets(of: [owner], in: database)[owner]
    }

    // MARK: On the database, or inside a transaction

    /// The sets of owners, with their rules. Those that have none yet are not in it.
    static func sets(
        of owners: [FirewallOwner], in source: some Queryable
    ) async throws(DatabaseError) -> [FirewallOwner: FirewallRuleSet] {
        guard !owners.isEmpty else { return [:] }
        let rows = try await source.rows(
            """
            SELECT \(setColumns) FROM "FirewallRuleSet" s
              JOIN unnest(\(owners.map(\.kind.rawValue)), \(owners.map(\.id))) AS o(kind, id)
                ON s."entityType" = o.kind::"RuleSetType" AND s."entityId" = o.id
             ORDER BY s.id
            """)
        var sets = try rows.map(FirewallRuleSet.init(row:))
        let rules = try await rules(ofSets: sets.map(\.id), in: source)
        for index in sets.indices { sets[index].rules = rules[sets[index].id] ?? [] }
        return Dictionary(sets.map { ($0.owner, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func rules(
        ofSets ids: [String], in source: some Queryable
    ) async throws(DatabaseError) -> [String: [StoredFirewallRule]] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await source.rows(
            """
            SELECT \(ruleColumns) FROM "FirewallRule" WHERE "ruleSetId" = ANY(\(ids)) ORDER BY "createdAt", id
            """
        ).map(StoredFirewallRule.init(row:))
        return Dictionary(grouping: rows, by: \.setID)
    }

    /// Whose set a rule is in.
    static func owner(
        of id: FirewallRule.ID, in source: some Queryable
    ) async throws(DatabaseError) -> FirewallOwner? {
        let row = try await source.row(
            """
            SELECT s."entityType"::text AS kind, s."entityId"
              FROM "FirewallRule" r JOIN "FirewallRuleSet" s ON s.id = r."ruleSetId" WHERE r.id = \(id.rawValue)
            """)
        return try row.map(FirewallOwner.init(row:))
    }

    static func settings(
        of departments: Set<Department.ID>, in source: some Queryable
    ) async throws(DatabaseError) -> [Department.ID: FirewallSettings] {
        guard !departments.isEmpty else { return [:] }
        let rows = try await source.rows(
            """
            SELECT department_id, incoming::text AS incoming, outgoing::text AS outgoing, guards_addresses
              FROM firewall_policy WHERE department_id = ANY(\(departments.map(\.rawValue)))
            """)
        var settings: [Department.ID: FirewallSettings] = [:]
        for row in rows {
            var found = FirewallSettings()
            found.policy.incoming = try row.choice("incoming")
            found.policy.outgoing = try row.choice("outgoing")
            found.guardsAddresses = try row.decode("guards_addresses")
            settings[Department.ID(try row.decode(String.self, "department_id"))] = found
        }
        return settings
    }

    // MARK: Inside a transaction

    /// Changes of a department's rules and of its machines' come one after the other: whether one may be made depends on
    /// both. A machine that has no department is alone.
    static func lock(_ department: Department.ID?, or machine: Machine.ID?, in transaction: Transaction)
        async throws(DatabaseError)
    {
        let subject = department?.rawValue ?? machine?.rawValue ?? ""
        try await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('firewall rules'), hashtext(\(subject)))")
    }

    /// Adds a set for an owner that has none. Its name in libvirt is the first of `names` that nobody has.
    static func add(
        _ id: String, named name: String, for owner: FirewallOwner, filterNames names: [String],
        in transaction: Transaction
    ) async throws -> FirewallRuleSet {
        for filterName in names {
            let row = try await transaction.row(
                """
                INSERT INTO "FirewallRuleSet" AS s (id, name, "internalName", "entityType", "entityId", priority)
                VALUES (\(id), \(name), \(filterName), \(owner.kind.rawValue)::text::"RuleSetType", \(owner.id),
                        \(owner.kind == .department ? 1000 : 500))
                ON CONFLICT ("internalName") DO NOTHING
                RETURNING \(setColumns)
                """)
            guard let row else { continue }
            switch owner {
            case .department:
                transaction.changes("Department")
                try await transaction.execute(
                    "UPDATE \"Department\" SET \"firewallRuleSetId\" = \(id) WHERE id = \(owner.id)")
            case .machine:
                transaction.changes(MachineStore.table, [owner.id])
                try await transaction.execute(
                    "UPDATE \"Machine\" SET \"firewallRuleSetId\" = \(id) WHERE id = \(owner.id)")
            }
            return try FirewallRuleSet(row: row)
        }
        throw FirewallError.hypervisor(reason: "every name for the filter is taken: \(names.joined(separator: ", "))")
    }

    static func insert(_ rules: [StoredFirewallRule], in transaction: Transaction) async throws(DatabaseError) {
        for rule in rules {
            let draft = rule.draft
            try await transaction.execute(
                """
                INSERT INTO "FirewallRule" (
                    id, "ruleSetId", name, description, action, direction, priority, protocol, "srcPortStart",
                    "srcPortEnd", "dstPortStart", "dstPortEnd", "srcIpAddr", "srcIpMask", "dstIpAddr", "dstIpMask",
                    "connectionState", "overridesDept", "createdAt")
                VALUES (
                    \(rule.id.rawValue), \(rule.setID), \(draft.name), \(draft.description),
                    \(draft.action.rawValue)::text::"RuleAction", \(draft.direction.rawValue)::text::"RuleDirection",
                    \(draft.priority), \(draft.protocolName), \(draft.source.portStart), \(draft.source.portEnd),
                    \(draft.destination.portStart), \(draft.destination.portEnd), \(draft.source.address),
                    \(draft.source.mask), \(draft.destination.address), \(draft.destination.mask),
                    \(draft.stateJSON), \(draft.overridesDepartment),
                    timezone('UTC', to_timestamp(\(Double(rule.createdAt.rawValue) / 1000))))
                """)
        }
    }

    static func update(_ rules: [StoredFirewallRule], in transaction: Transaction) async throws(DatabaseError) {
        for rule in rules {
            let draft = rule.draft
            try await transaction.execute(
                """
                UPDATE "FirewallRule"
                   SET name = \(draft.name), description = \(draft.description),
                       action = \(draft.action.rawValue)::text::"RuleAction",
                       direction = \(draft.direction.rawValue)::text::"RuleDirection", priority = \(draft.priority),
                       protocol = \(draft.protocolName), "srcPortStart" = \(draft.source.portStart),
                       "srcPortEnd" = \(draft.source.portEnd), "dstPortStart" = \(draft.destination.portStart),
                       "dstPortEnd" = \(draft.destination.portEnd), "srcIpAddr" = \(draft.source.address),
                       "srcIpMask" = \(draft.source.mask), "dstIpAddr" = \(draft.destination.address),
                       "dstIpMask" = \(draft.destination.mask), "connectionState" = \(draft.stateJSON),
                       "overridesDept" = \(draft.overridesDepartment)
                 WHERE id = \(rule.id.rawValue)
                """)
        }
    }

    static func delete(_ rules: [FirewallRule.ID], in transaction: Transaction) async throws(DatabaseError) {
        guard !rules.isEmpty else { return }
        try await transaction.execute("DELETE FROM \"FirewallRule\" WHERE id = ANY(\(rules.map(\.rawValue)))")
    }

    static func set(
        _ settings: FirewallSettings, of department: Department.ID, in transaction: Transaction
    ) async throws(DatabaseError) {
        try await transaction.execute(
            """
            INSERT INTO firewall_policy AS p (department_id, incoming, outgoing, guards_addresses)
            VALUES (\(department.rawValue), \(settings.policy.incoming.rawValue)::text::"RuleAction",
                    \(settings.policy.outgoing.rawValue)::text::"RuleAction", \(settings.guardsAddresses))
            ON CONFLICT (department_id) DO UPDATE
               SET incoming = excluded.incoming, outgoing = excluded.outgoing,
                   guards_addresses = excluded.guards_addresses
            """)
    }
}

extension FirewallOwner {
    init(row: Row) throws(DatabaseError) {
        self.init(try row.choice("kind"), id: try row.decode(String.self, "entityId"))
    }
}

extension FirewallRuleSet {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: try row.decode("id"), name: try row.decode("name"), filterName: try row.decode("internalName"),
            owner: try FirewallOwner(row: row), priority: try row.decode("priority"),
            isActive: try row.decode("isActive"), filterUUID: try row.decode("libvirtUuid"),
            filterXML: try row.decode("xmlContent"), appliedAt: try row.optionalTime("lastSyncedAt"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")),
            updatedAt: Timestamp(milliseconds: try row.milliseconds("updatedAt")))
    }
}

extension StoredFirewallRule {
    init(row: Row) throws(DatabaseError) {
        func peer(_ port: String, _ end: String, _ address: String, _ mask: String) throws(DatabaseError)
            -> FirewallRuleDraft.Peer
        {
            FirewallRuleDraft.Peer(
                portStart: try row.decode(port), portEnd: try row.decode(end), address: try row.decode(address),
                mask: try row.decode(mask))
        }
        let draft = FirewallRuleDraft(
            name: try row.decode("name"), description: try row.decode("description"),
            action: try row.choice("action"), direction: try row.choice("direction"),
            priority: try row.decode("priority"), protocolName: try row.decode("protocol"),
            source: try peer("srcPortStart", "srcPortEnd", "srcIpAddr", "srcIpMask"),
            destination: try peer("dstPortStart", "dstPortEnd", "dstIpAddr", "dstIpMask"),
            connectionState: FirewallRuleDraft.states(try row.decode("connectionState")),
            overridesDepartment: try row.decode("overridesDept"))
        self.init(
            id: FirewallRule.ID(try row.decode(String.self, "id")), setID: try row.decode("ruleSetId"), draft: draft,
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")),
            updatedAt: Timestamp(milliseconds: try row.milliseconds("updatedAt")))
    }
}

extension Row {
    /// A value of an enum that the tables know by its raw value.
    func choice<Choice: RawRepresentable<String>>(_ name: String) throws(DatabaseError) -> Choice {
        let text = try decode(String.self, name)
        guard let choice = Choice(rawValue: text) else { throw .parameter(reason: "\(name) is \"\(text)\"") }
        return choice
    }

    func optionalTime(_ name: String) throws(DatabaseError) -> Timestamp? {
        try optionalMilliseconds(name).map { Timestamp(milliseconds: $0) }
    }
}
