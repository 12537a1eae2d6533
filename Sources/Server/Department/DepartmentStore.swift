package import Core
package import Postgres

/// Departments as rows.
package struct DepartmentStore: Sendable {
    package let database: Database
    /// All departments in the order of their names. Nil where each reader is to ask the database.
    private let mirror: TableMirror<Department>?

    /// As `TableMirror` and the triggers know it.
    private static let table = "Department"

    package init(database: Database, keepsRows: Bool = false) {
        self.database = database
        mirror = keepsRows ? Self.mirror(of: database) : nil
    }

    private static func mirror(of database: Database) -> TableMirror<Department> {
        TableMirror(of: table, in: database, maximum: maximumList, id: \.id.rawValue) {
            database, _, limit throws(DatabaseError) in
            // The order is that of names, which change: whatever happens, all are read.
            try await list(limit, in: database)
        }
    }

    private static func list(_ limit: Int, in database: Database) async throws(DatabaseError) -> [Department] {
        try await database.rows(
            "SELECT \(columns) FROM \"Department\" ORDER BY lower(name), id LIMIT \(limit)"
        ).map(Department.init(row:))
    }

    private static let columns: Statement = "id, name, \"createdAt\", \"internetSpeed\", \"ipSubnet\""

    /// An office has dozens; a list that needs more than this needs paging first.
    package static let maximumList = 1000

    package func all() async throws(DatabaseError) -> [Department] {
        if let kept = try await mirror?.contents() { return kept.rows }
        return try await Self.list(Self.maximumList, in: database)
    }

    package func find(_ ids: [Department.ID]) async throws(DatabaseError) -> [Department.ID: Department] {
        if let kept = try await mirror?.contents() {
            var found: [Department.ID: Department] = [:]
            for id in ids { found[id] = kept[id.rawValue] }
            return found
        }
        let rows = try await database.read(Self.finding(ids)).map(Department.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// For those who ask for more in the same round trip.
    static func finding(_ ids: [Department.ID]) -> Statement {
        """
        SELECT \(columns) FROM "Department" WHERE id = ANY(\(ids.map(\.rawValue)))
        """
    }

    /// What finds a department by its id; nil where the database has to be asked.
    var known: ((Department.ID) -> Department?)? {
        guard let kept = mirror?.current else { return nil }
        return { kept[$0.rawValue] }
    }

    /// As its name is unique whatever the case, so it is found; one that other programs made twice is found as it is written.
    package func find(named name: String) async throws(DatabaseError) -> Department? {
        try await database.rows(
            """
            SELECT \(Self.columns) FROM "Department" WHERE lower(name) = lower(\(name))
             ORDER BY name <> \(name), "createdAt", id LIMIT 1
            """
        ).first.map(Department.init(row:))
    }

    /// How many machines of each department are in which state; departments without machines are not in it.
    package func counts(of ids: [Department.ID]) async throws(DatabaseError) -> [Department.ID: MachineCounts] {
        try Self.counts(try await database.rows(Self.counting(ids)))
    }

    static func counting(_ ids: [Department.ID]) -> Statement {
        """
        SELECT "departmentId", status, count(*) AS machines
          FROM "Machine"
         WHERE "departmentId" = ANY(\(ids.map(\.rawValue)))
         GROUP BY "departmentId", status
        """
    }

    static func counts(_ rows: Rows) throws(DatabaseError) -> [Department.ID: MachineCounts] {
        var counts: [Department.ID: MachineCounts] = [:]
        for row in rows {
            let id = Department.ID(try row.decode(String.self, "departmentId"))
            let status = MachineStatus(stored: try row.decode(String.self, "status")) ?? .off
            counts[id, default: MachineCounts()].add(status, try row.decode(Int.self, "machines"))
        }
        return counts
    }

    // MARK: Inside a transaction

    /// Names are unique without regard to case. The table that others share has no such constraint, so a lock stands for it.
    static func isNameTaken(
        _ name: String, except id: Department.ID?, in transaction: Transaction
    ) async throws(DatabaseError) -> Bool {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('department name'))")
        return try await !transaction.rows(
            """
            SELECT 1 AS found FROM "Department"
             WHERE lower(name) = lower(\(name)) AND id <> \(id?.rawValue ?? "") LIMIT 1
            """
        ).isEmpty
    }

    static func insert(_ department: Department, in transaction: Transaction) async throws(DatabaseError) -> Department
    {
        transaction.changes(table)
        return try await transaction.row(
            """
            INSERT INTO "Department" (id, name) VALUES (\(department.id.rawValue), \(department.name))
            RETURNING \(Self.columns)
            """
        ).map(Department.init(row:)) ?? department
    }

    static func rename(
        _ id: Department.ID, to name: String, in transaction: Transaction
    ) async throws(DatabaseError) -> Department? {
        transaction.changes(table)
        return try await transaction.rows(
            """
            UPDATE "Department" SET name = \(name) WHERE id = \(id.rawValue) RETURNING \(Self.columns)
            """
        ).first.map(Department.init(row:))
    }

    /// The department, locked until the transaction ends, so that no machine can be moved in while it is deleted.
    static func lock(
        _ id: Department.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> (department: Department, machines: Int)? {
        guard
            let row = try await transaction.rows(
                """
                SELECT \(Self.columns) FROM "Department" WHERE id = \(id.rawValue) FOR UPDATE
                """
            ).first
        else { return nil }
        let count = try await transaction.rows(
            "SELECT count(*) AS machines FROM \"Machine\" WHERE \"departmentId\" = \(id.rawValue)")
        return (try Department(row: row), try count[0].decode(Int.self, "machines"))
    }

    static func delete(_ id: Department.ID, in transaction: Transaction) async throws(DatabaseError) {
        transaction.changes(table)
        try await transaction.execute(
            "DELETE FROM \"FirewallRuleSet\" WHERE \"entityType\" = 'DEPARTMENT' AND \"entityId\" = \(id.rawValue)")
        try await transaction.execute("DELETE FROM \"Department\" WHERE id = \(id.rawValue)")
    }
}

extension Department {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: Department.ID(try row.decode(String.self, "id")),
            name: try row.decode(String.self, "name"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")),
            internetSpeed: try row.decode("internetSpeed"),
            ipSubnet: try row.decode("ipSubnet"))
    }
}
