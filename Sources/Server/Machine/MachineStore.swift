package import Core
package import Postgres

/// Machines as rows. What libvirt knows of them is added by `FleetIndex`.
package struct MachineStore: Sendable {
    package let database: Database
    /// All machines in the order of the newest first. Nil where each reader is to ask the database.
    private let mirror: TableMirror<Machine>?

    /// As `TableMirror` and the triggers know it.
    static let table = "Machine"
    /// More machines than this are not kept in memory.
    private static let maximumKept = 20_000

    package init(database: Database, keepsRows: Bool = false) {
        self.database = database
        mirror = keepsRows ? Self.mirror(of: database) : nil
    }

    private static func mirror(of database: Database) -> TableMirror<Machine> {
        TableMirror(of: table, in: database, maximum: maximumKept, id: \.id.rawValue) {
            database, ids, limit throws(DatabaseError) in
            let rows =
                if let ids {
                    try await database.rows("SELECT \(columns) FROM \"Machine\" WHERE id = ANY(\(ids))")
                } else {
                    try await database.rows(
                        """
                        SELECT \(columns) FROM "Machine" ORDER BY "createdAt" DESC NULLS LAST, id LIMIT \(limit)
                        """)
                }
            return try rows.map(Machine.init(row:))
        }
    }

    /// Every list ends here, whatever the caller asks for.
    package static let maximumPage = 1000

    static let columns: Statement = """
        id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB", "gpuPciAddress", "departmentId",
        "templateId", "userId", "localIP", "publicIP", "createdAt"
        """

    /// Which machines a caller may see: all, or those of one user.
    package enum Scope: Equatable, Sendable {
        case all
        case owned(by: String)

        var owner: String? {
            if case .owned(let user) = self { user } else { nil }
        }

        func has(_ machine: Machine) -> Bool { self == .all || machine.userID == owner }
    }

    package enum Order: Sendable { case id, createdAt, status, userID, templateID }

    /// Machines whose id comes after `cursor`, by id: a reader who asks for page after page misses none and sees none
    /// twice, whatever happens between.
    package func page(after cursor: String, limit: Int, scope: Scope) async throws(DatabaseError) -> [Machine] {
        try await Machine.list(
            database.read(
                """
                SELECT \(Self.columns)
                  FROM "Machine"
                 WHERE id > \(cursor) AND (\(scope.owner)::text IS NULL OR "userId" = \(scope.owner)::text)
                 ORDER BY id
                 LIMIT \(min(limit, Self.maximumPage))
                """))
    }

    package func list(
        by order: Order, descending: Bool, skip: Int, limit: Int, scope: Scope
    ) async throws(DatabaseError) -> [Machine] {
        let column: Statement =
            switch order {
            case .id: "id"
            case .createdAt: "\"createdAt\""
            case .status: "status"
            case .userID: "\"userId\""
            case .templateID: "\"templateId\""
            }
        if order == .createdAt, descending, let kept = try await mirror?.contents() {
            return Self.page(kept.rows, skip: max(0, skip), limit: min(limit, Self.maximumPage), scope)
        }
        let direction: Statement = descending ? "DESC NULLS LAST" : "ASC NULLS LAST"
        let condition: Statement = scope.owner.map { "WHERE \"userId\" = \($0)" } ?? ""
        return try await Machine.list(
            database.read(
                """
                SELECT \(Self.columns)
                  FROM "Machine"
                 \(condition)
                 ORDER BY \(column) \(direction), id
                 LIMIT \(min(limit, Self.maximumPage)) OFFSET \(max(0, skip))
                """))
    }

    private static func page(_ machines: [Machine], skip: Int, limit: Int, _ scope: Scope) -> [Machine] {
        switch scope {
        // All of them need no copy.
        case .all where skip == 0 && limit >= machines.count: machines
        case .all: Array(machines.dropFirst(skip).prefix(limit))
        case .owned(let user): Array(machines.lazy.filter { $0.userID == user }.dropFirst(skip).prefix(limit))
        }
    }

    package func find(_ id: Machine.ID, scope: Scope) async throws(DatabaseError) -> Machine? {
        if let kept = try await mirror?.contents() { return Self.find(id, scope, in: kept) }
        return try await find([id], scope: scope).first
    }

    private static func find(_ id: Machine.ID, _ scope: Scope, in kept: TableMirror<Machine>.Contents) -> Machine? {
        guard let machine = kept[id.rawValue], scope.has(machine) else { return nil }
        return machine
    }

    /// The machine, if it is known to be there without asking.
    func known(_ id: Machine.ID, scope: Scope) -> Machine? {
        mirror?.current.flatMap { Self.find(id, scope, in: $0) }
    }

    /// A page of the newest machines, where they are in memory.
    func knownNewest(skip: Int, limit: Int, scope: Scope) -> [Machine]? {
        mirror?.current.map { Self.page($0.rows, skip: max(0, skip), limit: min(limit, Self.maximumPage), scope) }
    }

    package func find(_ ids: [Machine.ID], scope: Scope) async throws(DatabaseError) -> [Machine] {
        try await Machine.list(
            database.read(
                """
                SELECT \(Self.columns)
                  FROM "Machine"
                 WHERE id = ANY(\(ids.map(\.rawValue)))
                   AND (\(scope.owner)::text IS NULL OR "userId" = \(scope.owner)::text)
                 ORDER BY id
                """))
    }

    /// Those of `ids` that the scope has.
    package func visible(_ ids: Set<Machine.ID>, in scope: Scope) async throws(DatabaseError) -> Set<Machine.ID> {
        guard let owner = scope.owner else { return ids }
        if ids.isEmpty { return [] }
        let rows = try await database.rows(
            """
            SELECT id FROM "Machine" WHERE id = ANY(\(ids.map(\.rawValue))) AND "userId" = \(owner)
            """)
        return Set(try rows.map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "id")) })
    }

    /// Which domain each machine is. Read once at start; adoptions add to it.
    package func domainLinks() async throws(DatabaseError) -> [DomainLink] {
        try await database.rows(
            """
            SELECT m.id, m."internalName", d.domain_uuid
              FROM "Machine" m
              LEFT JOIN machine_domain d ON d.machine_id = m.id
             ORDER BY m.id
            """
        ).map { row throws(DatabaseError) in
            DomainLink(
                machine: Machine.ID(try row.decode(String.self, "id")),
                internalName: try row.decode(String.self, "internalName"),
                domainUUID: try row.decode(String?.self, "domain_uuid"))
        }
    }

    // MARK: Inside a transaction

    /// Locked until the transaction ends: an event that carries a status must not be committed behind a newer one.
    static func find(_ ids: [Machine.ID], in transaction: Transaction) async throws(DatabaseError) -> [Machine] {
        if ids.isEmpty { return [] }
        return try await transaction.rows(
            """
            SELECT \(Self.columns) FROM "Machine" WHERE id = ANY(\(ids.map(\.rawValue))) ORDER BY id FOR UPDATE
            """
        ).map(Machine.init(row:))
    }

    /// Brings the stored status of machines to what libvirt says and tells which ones changed, as they are now. A status
    /// that an operation owns is left to it.
    static func recordStatus(
        _ statuses: [(Machine.ID, MachineStatus)], in transaction: Transaction
    ) async throws(DatabaseError) -> [Machine] {
        if statuses.isEmpty { return [] }
        transaction.changes(table, Set(statuses.map(\.0.rawValue)))
        let owned = MachineStatus.allCases.filter(\.isOwnedByOperation).map(\.rawValue)
        return try await transaction.rows(
            """
            UPDATE "Machine" m
               SET status = n.new_status
              FROM unnest(\(statuses.map { $0.0.rawValue }), \(statuses.map { $0.1.rawValue }))
                    AS n(machine_id, new_status)
             WHERE m.id = n.machine_id AND m.status <> n.new_status AND m.status <> ALL(\(owned))
               AND NOT (m.status IN ('failed', 'error_hardware_update') AND n.new_status = 'off')
            RETURNING \(Self.columns)
            """
        ).map(Machine.init(row:))
    }

    /// What came of renaming a machine: what it was called, and the machine as it is now. Nil where the scope has none.
    /// All in one round trip. Throws nothing where the name is taken: whoever asked rolls back what was done.
    static func rename(
        _ id: Machine.ID, to name: String, scope: Scope, in transaction: Transaction
    ) async throws(DatabaseError) -> (before: String, isTaken: Bool, machine: Machine)? {
        transaction.changes(table, [id.rawValue])
        let owner = scope.owner
        let answers = try await transaction.rows([
            // Two renames to one name must not both find it free.
            "SELECT pg_advisory_xact_lock(hashtext('machine name'))",
            """
            SELECT name, EXISTS (SELECT 1 FROM "Machine" other WHERE other.name = \(name) AND other.id <> m.id) AS taken
              FROM "Machine" m
             WHERE id = \(id.rawValue) AND (\(owner)::text IS NULL OR "userId" = \(owner)::text)
               FOR UPDATE
            """,
            """
            UPDATE "Machine" SET name = \(name)
             WHERE id = \(id.rawValue) AND (\(owner)::text IS NULL OR "userId" = \(owner)::text)
            RETURNING \(columns)
            """,
        ])
        guard let before = answers[1].first, let machine = answers[2].first else { return nil }
        return (
            try before.decode(String.self, "name"), try before.decode(Bool.self, "taken"), try Machine(row: machine)
        )
    }

    static func move(
        _ id: Machine.ID, to department: Department.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> Machine? {
        transaction.changes(table, [id.rawValue])
        return try await transaction.rows(
            """
            UPDATE "Machine" SET "departmentId" = \(department.rawValue) WHERE id = \(id.rawValue)
            RETURNING \(Self.columns)
            """
        ).first.map(Machine.init(row:))
    }

    static func assign(
        _ id: Machine.ID, to user: User.ID?, in transaction: Transaction
    ) async throws(DatabaseError) -> Machine? {
        transaction.changes(table, [id.rawValue])
        return try await transaction.rows(
            """
            UPDATE "Machine" SET "userId" = \(user?.rawValue) WHERE id = \(id.rawValue)
            RETURNING \(Self.columns)
            """
        ).first.map(Machine.init(row:))
    }

    /// Adds rows for domains that are adopted. Domains that somebody else adopted meanwhile are not in the answer.
    static func adopt(_ machines: [(Machine, domainUUID: String)], in transaction: Transaction)
        async throws(DatabaseError) -> [Machine]
    {
        transaction.changes(table)
        return try await transaction.rows(
            """
            WITH wanted AS (
                SELECT * FROM unnest(\(machines.map { $0.0.id.rawValue }), \(machines.map { $0.0.name }),
                       \(machines.map { $0.0.internalName }), \(machines.map { $0.0.status.rawValue }),
                       \(machines.map { $0.0.os }), \(machines.map { $0.0.cpuCores }),
                       \(machines.map { $0.0.ramGB }), \(machines.map { $0.0.diskSizeGB }),
                       \(machines.map { $0.0.departmentID?.rawValue ?? "" }), \(machines.map { $0.1 }))
                    AS w(id, name, internal_name, status, os, cores, ram, disk, department, uuid)
                 WHERE NOT EXISTS (SELECT 1 FROM machine_domain d WHERE d.domain_uuid = w.uuid)
            ), added AS (
                INSERT INTO "Machine" (id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB",
                                       "departmentId")
                SELECT id, name, internal_name, status, os, cores, ram, disk, department FROM wanted
                RETURNING \(Self.columns)
            ), linked AS (
                INSERT INTO machine_domain (machine_id, domain_uuid) SELECT id, uuid FROM wanted
            )
            SELECT * FROM added ORDER BY id
            """
        ).map(Machine.init(row:))
    }
}

/// Which libvirt domain a machine is.
package struct DomainLink: Equatable, Sendable {
    package var machine: Machine.ID
    package var internalName: String
    /// Nil for a row made by another server, which knew its domain by name only.
    package var domainUUID: String?
}

extension Machine {
    init(row: Row) throws(DatabaseError) {
        var texts = RepeatedTexts(limit: 0)
        try self.init(row, &texts)
    }

    /// What a list is made of. Machines share departments, templates and users.
    static func list(_ rows: Rows) throws(DatabaseError) -> [Machine] {
        var texts = RepeatedTexts()
        var machines: [Machine] = []
        machines.reserveCapacity(rows.count)
        for row in rows { machines.append(try Machine(row, &texts)) }
        return machines
    }

    /// A row of `MachineStore.columns`, which are counted here because lists of machines are long.
    private init(_ row: Row, _ texts: inout RepeatedTexts) throws(DatabaseError) {
        self.init(
            id: Machine.ID(try row.decode(String.self, at: 0)),
            name: try row.decode(String.self, at: 1),
            internalName: try row.decode(String.self, at: 2),
            status: MachineStatus(stored: try row.decode(String.self, at: 3)) ?? .off,
            os: try row.decode(String.self, at: 4),
            cpuCores: try row.decode(Int.self, at: 5),
            ramGB: try row.decode(Int.self, at: 6),
            diskSizeGB: try row.decode(Int.self, at: 7),
            gpuAddress: try row.decode(String?.self, at: 8),
            departmentID: try row.text(at: 9, among: &texts).map { Department.ID($0) },
            templateID: try row.text(at: 10, among: &texts).map { MachineTemplate.ID($0) },
            userID: try row.text(at: 11, among: &texts),
            localIP: try row.decode(String?.self, at: 12),
            publicIP: try row.decode(String?.self, at: 13),
            createdAt: Timestamp(milliseconds: try row.decode(SQLTimestamp.self, at: 14).milliseconds))
    }
}
