import CPostgres

/// Brings the tables up to date.
public struct Migrator: Sendable {
    private let options: ConnectionOptions
    private let migrations: [Migration]

    public init(_ options: ConnectionOptions, migrations: [Migration] = Migration.all) {
        var options = options
        // A step may rewrite a large table, and wait for another server that migrates.
        options.statementTimeout = .zero
        self.options = options
        self.migrations = migrations
    }

    /// Runs the steps that the database lacks, up to `limit`. Returns those it ran. Any number of servers may do so at
    /// once: one works, the others wait for it.
    public func migrate(upTo limit: Int = .max) async throws(MigrationError) -> [Migration] {
        let (options, migrations) = (options, migrations)
        return try await blocking { () throws(MigrationError) in
            let session: MigrationSession
            do throws(DatabaseError) { session = try MigrationSession(options) } catch { throw .database(error) }
            return try session.run(migrations, upTo: limit)
        }
    }
}

/// A plain connection on a thread that may block: a file holds several statements, which a pipeline does not take.
private struct MigrationSession {
    private let handle: PostgresHandle

    init(_ options: ConnectionOptions) throws(DatabaseError) { handle = try PostgresHandle.open(options) }

    func run(_ migrations: [Migration], upTo limit: Int) throws(MigrationError) -> [Migration] {
        // "baymigra" in ASCII. A lock of the session: it ends with the connection at the latest.
        try command(
            """
            SELECT pg_advisory_lock(7089080799284654689);
            CREATE TABLE IF NOT EXISTS schema_migration (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamp(3) NOT NULL DEFAULT timezone('UTC', now())
            )
            """)
        let applied = try applied()
        if let newest = applied.keys.max(), newest > migrations.last?.number ?? 0 {
            throw .newerDatabase(has: newest, known: migrations.last?.number ?? 0)
        }
        var done: [Migration] = []
        for (migration, checksum) in zip(migrations, try checksums(of: migrations)) {
            if let known = applied[migration.number] {
                if known != checksum { throw .changed(number: migration.number, name: migration.name) }
            } else if migration.number <= limit {
                try apply(migration, checksum)
                done.append(migration)
            }
        }
        return done
    }

    private func applied() throws(MigrationError) -> [Int: String] {
        var result: [Int: String] = [:]
        for row in try query("SELECT number, checksum FROM schema_migration") {
            if let number = Int(row[0]) { result[number] = row[1] }
        }
        return result
    }

    /// SHA-256, which PostgreSQL counts for us.
    private func checksums(of migrations: [Migration]) throws(MigrationError) -> [String] {
        let columns = migrations.indices.map { "encode(sha256(convert_to($\($0 + 1), 'UTF8')), 'hex')" }
        return try query("SELECT " + columns.joined(separator: ", "), migrations.map(\.sql))[0]
    }

    private func apply(_ migration: Migration, _ checksum: String) throws(MigrationError) {
        do throws(MigrationError) {
            try command("BEGIN")
            try command(migration.sql)
            if unsafe PQtransactionStatus(handle.raw) != PQTRANS_INTRANS {
                throw .database(
                    .server(
                        ServerError(sqlState: "2D000", message: "the file must not end the transaction it runs in")))
            }
            _ = try query(
                "INSERT INTO schema_migration (number, name, checksum) VALUES ($1::integer, $2, $3)",
                [String(migration.number), migration.name, checksum])
            try command("COMMIT")
        } catch {
            // The connection ends with the error, and with it the transaction.
            guard case .database(let cause) = error, let server = cause.serverError else { throw error }
            throw .failed(number: migration.number, name: migration.name, server)
        }
    }

    private func command(_ sql: String) throws(MigrationError) {
        _ = try unsafe rows(of: PQexec(handle.raw, sql))
    }

    private func query(_ sql: String, _ parameters: [String] = []) throws(MigrationError) -> [[String]] {
        let result = unsafe withCStrings(parameters) { values in
            unsafe PQexecParams(handle.raw, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        return try unsafe rows(of: result)
    }

    private func rows(of result: OpaquePointer?) throws(MigrationError) -> [[String]] {
        guard let result = unsafe result else { throw .database(.unavailable(reason: "out of memory")) }
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return []
        case PGRES_TUPLES_OK:
            let (rows, columns) = unsafe (PQntuples(result), PQnfields(result))
            return (0..<rows).map { row in
                (0..<columns).map { column in
                    unsafe PQgetvalue(result, row, column).map { unsafe String(cString: $0) } ?? ""
                }
            }
        default:
            if unsafe PQstatus(handle.raw) == CONNECTION_BAD {
                throw .database(.connectionLost(reason: handle.errorText))
            }
            throw unsafe .database(DatabaseError(ServerError(result)))
        }
    }
}
