/// One step from the tables of one release to those of the next: a file in `Migrations`, named `NNNN_name.sql`.
///
/// It runs once, in one transaction, and never changes once it is merged.
public struct Migration: Sendable {
    public var number: Int
    public var name: String
    public var sql: String

    public init(_ number: Int, _ name: String, _ sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// `0001_foundation.sql`
    public var fileName: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)_\(name).sql"
    }

    /// All of them, as they were when the program was built, in order. A test compares the list with the directory.
    public static let all: [Migration] = [
        Migration(1, "foundation", embedded(PackageResources._001_foundation_sql)),
        Migration(2, "accounts", embedded(PackageResources._002_accounts_sql)),
        Migration(3, "entities", embedded(PackageResources._003_entities_sql)),
        Migration(4, "token_news", embedded(PackageResources._004_token_news_sql)),
        Migration(5, "jobs", embedded(PackageResources._005_jobs_sql)),
        Migration(6, "row_news", embedded(PackageResources._006_row_news_sql)),
        Migration(7, "firewall", embedded(PackageResources._007_firewall_sql)),
        Migration(8, "dropped_packets", embedded(PackageResources._008_dropped_packets_sql)),
        Migration(9, "machine_order", embedded(PackageResources._009_machine_order_sql)),
    ]

    private static func embedded(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Why the tables could not be brought up to date. Nothing of the step in question was done.
public enum MigrationError: Error, Equatable, Sendable {
    case database(DatabaseError)
    /// The database has a step that this program does not know: a newer one made it.
    case newerDatabase(has: Int, known: Int)
    /// A step that was run is not the one that this program has under the same number.
    case changed(number: Int, name: String)
    case failed(number: Int, name: String, ServerError)

    public var message: String {
        switch self {
        case .database(let error): error.message
        case .newerDatabase(let has, let known):
            "database is newer than this program: it is at step \(has), the program knows \(known)"
        case .changed(let number, let name):
            "migration \(number) (\(name)) is not the one that made this database: its text has changed"
        case .failed(let number, let name, let error): "migration \(number) (\(name)) failed: \(error.message)"
        }
    }

    public var hint: String? {
        switch self {
        case .database(let error): error.hint
        case .newerDatabase: "install the release that last ran here, or a later one"
        case .changed: "a migration must not change once it was run: put the change into a new one"
        case .failed(_, _, let error): error.hint ?? error.detail
        }
    }
}
