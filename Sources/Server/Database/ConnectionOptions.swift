/// Where PostgreSQL is and how long Bay waits for it.
public struct ConnectionOptions: Sendable {
    /// What libpq understands: `postgresql://user@host/db`, or `host=/run/bay user=bay dbname=bay`.
    public var connectionString: String
    /// Replaces the database that the string names.
    public var database: String?
    /// How long a new connection may take, from the first packet to the first answer.
    public var connectTimeout: Duration = .seconds(3)
    /// How long a statement may run before PostgreSQL stops it. Zero: as long as it likes.
    public var statementTimeout: Duration = .seconds(30)
    /// How many statements stay prepared on one connection.
    public var preparedStatements = 256
    /// Whether others wait for the thread that a statement is sent on. If so, its answer is not waited for on the spot.
    public var othersWait: @Sendable () -> Bool = { false }
    /// What `pg_stat_activity` shows.
    public var applicationName = "bayd"

    public init(_ connectionString: String, database: String? = nil) {
        self.connectionString = Self.withoutForeignParameters(connectionString)
        self.database = database
    }

    /// How much longer than `statementTimeout` an answer may take before the connection counts as lost: PostgreSQL
    /// stops a statement by itself unless it hangs.
    static let answerGrace: Duration = .seconds(3)

    /// How long it may take to tell the server that a statement is cancelled.
    static let cancelWish: Duration = .seconds(6)
    /// How long a cancelled statement may take to end after that, before its connection is given up.
    static let cancelGrace: Duration = .seconds(2)

    /// Parameters that other programs put into a `DATABASE_URL` for themselves and that libpq would refuse.
    private static let foreignParameters: Set<String> = [
        "schema", "connection_limit", "pool_timeout", "pgbouncer", "sslaccept", "socket_timeout",
        "statement_cache_size",
    ]

    static func withoutForeignParameters(_ text: String) -> String {
        guard text.contains("://"), let mark = text.firstIndex(of: "?") else { return text }
        let kept = text[text.index(after: mark)...].split(separator: "&").filter { parameter in
            !foreignParameters.contains(String(parameter.prefix { $0 != "=" }))
        }
        return text[..<mark] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
