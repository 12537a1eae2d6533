/// A statement that PostgreSQL has parsed on one connection.
final class PreparedStatement {
    let key: [UInt]
    let name: String
    var columns: [Column]?
    var lastUse: UInt64 = 0
    /// How long an answer takes as a rule, in microseconds. Nothing is known at first, and most are short.
    private(set) var expected: Int64 = 0

    init(key: [UInt], name: String) {
        self.key = key
        self.name = name
    }

    /// A moving average, in which one long wait is forgotten after a few short ones.
    func learn(_ microseconds: Int64) { expected = (expected * 3 + min(microseconds, 100_000)) / 4 }
}

/// The statements that PostgreSQL has parsed on one connection.
struct StatementCache {
    private var known: [[UInt]: PreparedStatement] = [:]
    private var uses: UInt64 = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// The statement, if PostgreSQL knows it.
    mutating func use(_ statement: Statement) -> PreparedStatement? {
        uses += 1
        guard let entry = known[statement.key] else { return nil }
        entry.lastUse = uses
        return entry
    }

    /// One that is to be parsed.
    func make(_ statement: Statement) -> PreparedStatement {
        let entry = PreparedStatement(key: statement.key, name: "s\(uses)")
        entry.lastUse = uses
        return entry
    }

    mutating func keep(_ entry: PreparedStatement) { known[entry.key] = entry }

    /// It has to be parsed anew when it comes again.
    mutating func forget(_ entry: PreparedStatement) {
        if known[entry.key] === entry { known[entry.key] = nil }
    }

    /// Where there is no room for one more, takes out the one whose last use is longest ago.
    mutating func takeOldestIfFull() -> PreparedStatement? {
        guard known.count >= capacity, let oldest = known.values.min(by: { $0.lastUse < $1.lastUse }) else {
            return nil
        }
        known[oldest.key] = nil
        return oldest
    }
}
