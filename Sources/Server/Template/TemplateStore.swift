package import Core
package import Postgres

/// Templates and their categories as rows.
package struct TemplateStore: Sendable {
    package let database: Database

    package init(database: Database) { self.database = database }

    /// Every list ends here, whatever the caller asks for.
    package static let maximumPage = 1000

    private static let columns: Statement = "id, name, description, cores, ram, storage, \"categoryId\", \"createdAt\""
    private static let categoryColumns: Statement = "id, name, description, \"createdAt\""

    package enum Order: Sendable { case id, name, cores, memory, storage, createdAt }

    package func list(
        by order: Order, descending: Bool, skip: Int, limit: Int
    ) async throws(DatabaseError) -> [MachineTemplate] {
        let column: Statement =
            switch order {
            case .id: "id"
            case .name: "lower(name)"
            case .cores: "cores"
            case .memory: "ram"
            case .storage: "storage"
            case .createdAt: "\"createdAt\""
            }
        let direction: Statement = descending ? "DESC" : "ASC"
        return try await database.rows(
            """
            SELECT \(Self.columns) FROM "MachineTemplate"
             ORDER BY \(column) \(direction), id
             LIMIT \(min(limit, Self.maximumPage)) OFFSET \(skip)
            """
        ).map(MachineTemplate.init(row:))
    }

    package func find(
        _ ids: some Collection<MachineTemplate.ID>
    ) async throws(DatabaseError) -> [MachineTemplate.ID: MachineTemplate] {
        let rows = try await database.rows(Self.finding(ids)).map(MachineTemplate.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// For those who ask for more in the same round trip.
    static func finding(_ ids: some Collection<MachineTemplate.ID>) -> Statement {
        """
        SELECT \(columns) FROM "MachineTemplate" WHERE id = ANY(\(ids.map(\.rawValue)))
        """
    }

    package func categories() async throws(DatabaseError) -> [TemplateCategory] {
        try await database.rows(
            """
            SELECT \(Self.categoryColumns) FROM "MachineTemplateCategory"
             ORDER BY lower(name), id LIMIT \(Self.maximumPage)
            """
        ).map(TemplateCategory.init(row:))
    }

    package func categories(
        _ ids: some Collection<TemplateCategory.ID>
    ) async throws(DatabaseError) -> [TemplateCategory.ID: TemplateCategory] {
        let rows = try await database.rows(
            """
            SELECT \(Self.categoryColumns) FROM "MachineTemplateCategory" WHERE id = ANY(\(ids.map(\.rawValue)))
            """
        ).map(TemplateCategory.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Counts

    /// How many machines were made from each template; those without are not in it.
    package func machines(
        from ids: some Collection<MachineTemplate.ID>
    ) async throws(DatabaseError) -> [MachineTemplate.ID: Int] {
        try await counts(
            """
            SELECT "templateId" AS id, count(*) AS number FROM "Machine"
             WHERE "templateId" = ANY(\(ids.map(\.rawValue))) GROUP BY "templateId"
            """)
    }

    package func templates(
        in ids: some Collection<TemplateCategory.ID>
    ) async throws(DatabaseError) -> [TemplateCategory.ID: Int] {
        try await counts(
            """
            SELECT "categoryId" AS id, count(*) AS number FROM "MachineTemplate"
             WHERE "categoryId" = ANY(\(ids.map(\.rawValue))) GROUP BY "categoryId"
            """)
    }

    /// How many machines were made from the templates of each category.
    package func machines(
        in ids: some Collection<TemplateCategory.ID>
    ) async throws(DatabaseError) -> [TemplateCategory.ID: Int] {
        try await counts(
            """
            SELECT t."categoryId" AS id, count(*) AS number
              FROM "MachineTemplate" t JOIN "Machine" m ON m."templateId" = t.id
             WHERE t."categoryId" = ANY(\(ids.map(\.rawValue))) GROUP BY t."categoryId"
            """)
    }

    private func counts<Key: RawRepresentable & Hashable>(
        _ statement: Statement
    ) async throws(DatabaseError) -> [Key: Int] where Key.RawValue == String {
        var counts: [Key: Int] = [:]
        for row in try await database.rows(statement) {
            guard let key = Key(rawValue: try row.decode(String.self, "id")) else { continue }
            counts[key] = try row.decode(Int.self, "number")
        }
        return counts
    }
}

// MARK: Inside a transaction

extension TemplateStore {
    /// Names are unique without regard to case. The table that others share has no such constraint, so a lock stands for it.
    static func isNameTaken(
        _ name: String, except id: MachineTemplate.ID?, in transaction: Transaction
    ) async throws(DatabaseError) -> Bool {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('template name'))")
        return try await !transaction.rows(
            """
            SELECT 1 AS found FROM "MachineTemplate"
             WHERE lower(name) = lower(\(name)) AND id <> \(id?.rawValue ?? "") LIMIT 1
            """
        ).isEmpty
    }

    static func isNameTaken(
        _ name: String, except id: TemplateCategory.ID?, in transaction: Transaction
    ) async throws(DatabaseError) -> Bool {
        _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('template category name'))")
        return try await !transaction.rows(
            """
            SELECT 1 AS found FROM "MachineTemplateCategory"
             WHERE lower(name) = lower(\(name)) AND id <> \(id?.rawValue ?? "") LIMIT 1
            """
        ).isEmpty
    }

    static func insert(
        _ draft: TemplateDraft, id: MachineTemplate.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> MachineTemplate? {
        try await transaction.rows(
            """
            INSERT INTO "MachineTemplate" (id, name, description, cores, ram, storage, "categoryId")
            VALUES (\(id.rawValue), \(draft.name), \(draft.description), \(draft.cores), \(draft.memoryGB),
                    \(draft.storageGB), \(draft.categoryID?.rawValue))
            RETURNING \(columns)
            """
        ).first.map(MachineTemplate.init(row:))
    }

    static func update(
        _ id: MachineTemplate.ID, to draft: TemplateDraft, in transaction: Transaction
    ) async throws(DatabaseError) -> MachineTemplate? {
        try await transaction.rows(
            """
            UPDATE "MachineTemplate"
               SET name = \(draft.name), description = \(draft.description), cores = \(draft.cores),
                   ram = \(draft.memoryGB), storage = \(draft.storageGB), "categoryId" = \(draft.categoryID?.rawValue)
             WHERE id = \(id.rawValue)
            RETURNING \(columns)
            """
        ).first.map(MachineTemplate.init(row:))
    }

    /// The template, locked until the transaction ends, so that no machine can be made from it while it is deleted.
    static func lock(
        _ id: MachineTemplate.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> (template: MachineTemplate, machines: Int)? {
        guard
            let row = try await transaction.rows(
                "SELECT \(columns) FROM \"MachineTemplate\" WHERE id = \(id.rawValue) FOR UPDATE"
            ).first
        else { return nil }
        let count = try await transaction.rows(
            "SELECT count(*) AS number FROM \"Machine\" WHERE \"templateId\" = \(id.rawValue)")
        return (try MachineTemplate(row: row), try count[0].decode(Int.self, "number"))
    }

    static func delete(_ id: MachineTemplate.ID, in transaction: Transaction) async throws(DatabaseError) {
        // Machines made from it lose their link to it.
        transaction.changes(MachineStore.table)
        try await transaction.execute("DELETE FROM \"MachineTemplate\" WHERE id = \(id.rawValue)")
    }

    /// Whether the category is there. It stays until the transaction ends.
    static func hold(_ id: TemplateCategory.ID, in transaction: Transaction) async throws(DatabaseError) -> Bool {
        try await !transaction.rows(
            "SELECT 1 AS found FROM \"MachineTemplateCategory\" WHERE id = \(id.rawValue) FOR KEY SHARE"
        ).isEmpty
    }

    static func insert(
        _ draft: CategoryDraft, id: TemplateCategory.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> TemplateCategory? {
        try await transaction.rows(
            """
            INSERT INTO "MachineTemplateCategory" (id, name, description)
            VALUES (\(id.rawValue), \(draft.name), \(draft.description))
            RETURNING \(categoryColumns)
            """
        ).first.map(TemplateCategory.init(row:))
    }

    static func update(
        _ id: TemplateCategory.ID, to draft: CategoryDraft, in transaction: Transaction
    ) async throws(DatabaseError) -> TemplateCategory? {
        try await transaction.rows(
            """
            UPDATE "MachineTemplateCategory" SET name = \(draft.name), description = \(draft.description)
             WHERE id = \(id.rawValue)
            RETURNING \(categoryColumns)
            """
        ).first.map(TemplateCategory.init(row:))
    }

    /// The category, locked until the transaction ends, so that no template can be put into it while it is deleted.
    static func lock(
        _ id: TemplateCategory.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> (category: TemplateCategory, templates: Int)? {
        guard
            let row = try await transaction.rows(
                "SELECT \(categoryColumns) FROM \"MachineTemplateCategory\" WHERE id = \(id.rawValue) FOR UPDATE"
            ).first
        else { return nil }
        let count = try await transaction.rows(
            "SELECT count(*) AS number FROM \"MachineTemplate\" WHERE \"categoryId\" = \(id.rawValue)")
        return (try TemplateCategory(row: row), try count[0].decode(Int.self, "number"))
    }

    static func delete(_ id: TemplateCategory.ID, in transaction: Transaction) async throws(DatabaseError) {
        try await transaction.execute("DELETE FROM \"MachineTemplateCategory\" WHERE id = \(id.rawValue)")
    }
}

extension MachineTemplate {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: MachineTemplate.ID(try row.decode(String.self, "id")),
            name: try row.decode("name"),
            description: try row.decode("description"),
            cores: try row.decode("cores"),
            memoryGB: try row.decode("ram"),
            storageGB: try row.decode("storage"),
            categoryID: try row.decode(String?.self, "categoryId").map { TemplateCategory.ID($0) },
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")))
    }
}

extension TemplateCategory {
    init(row: Row) throws(DatabaseError) {
        self.init(
            id: TemplateCategory.ID(try row.decode(String.self, "id")),
            name: try row.decode("name"),
            description: try row.decode("description"),
            createdAt: Timestamp(milliseconds: try row.milliseconds("createdAt")))
    }
}
