import CPostgres

/// A column of a result.
public struct Column: Sendable, Equatable {
    public let name: String
    public let type: UInt32
    fileprivate let mark: UInt64

    init(name: String, type: UInt32) {
        self.name = name
        self.type = type
        mark = name.mark
    }
}

extension String {
    /// A word that tells most texts apart without reading all of them: length, first and last bytes. Columns are looked up
    /// for each value of each row, and a literal and a text made at run time are compared byte by byte.
    fileprivate var mark: UInt64 {
        let word = unsafe utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).mark }
        return word ?? 0
    }
}

extension UnsafeRawBufferPointer {
    var mark: UInt64 {
        let length = UInt64(count) << 56
        if count >= 8 {
            let first = unsafe loadUnaligned(as: UInt64.self)
            let last = unsafe loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
            return (first &* 0x9E37_79B9_7F4A_7C15) ^ last ^ length
        }
        var word: UInt64 = 0
        for index in 0..<count { word = unsafe word << 8 | UInt64(self[index]) }
        return word ^ length
    }
}

/// The rows that a statement answered with. They stay as libpq received them: a column is decoded when it is asked for.
public struct Rows: RandomAccessCollection, Sendable {
    private let storage: ResultStorage?
    public let count: Int

    init(_ storage: ResultStorage) {
        self.storage = storage
        count = storage.rowCount
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < count, "row out of range")
        return Row(storage: storage!, index: Int32(position))  // A result without storage has no rows.
    }

    /// What the result has for columns, also when it has no rows.
    public var columns: [Column] { storage?.columns ?? [] }

    /// How many rows an `INSERT`, `UPDATE` or `DELETE` changed, or a `SELECT` found.
    public var affected: Int { storage?.affected ?? 0 }

    /// `INSERT 0 1`, `COMMIT`, ...
    var tag: String { storage?.tag ?? "" }
}

/// One row of a result.
public struct Row: Sendable {
    private let storage: ResultStorage
    private let index: Int32

    init(storage: ResultStorage, index: Int32) {
        self.storage = storage
        self.index = index
    }

    public var columns: [Column] { storage.columns }

    /// The value of a column. Null is an error unless `T` is optional.
    public func decode<T: SQLDecodable>(_ type: T.Type, _ name: String) throws(DatabaseError) -> T {
        let column = column(named: name)
        guard column >= 0 else { throw missing(name, T.expectation) }
        return try T.decode(self, column)
    }

    /// The value of a column by its place, counted from 0: a little faster in long lists.
    public func decode<T: SQLDecodable>(_ type: T.Type, at column: Int) throws(DatabaseError) -> T {
        guard column >= 0, column < storage.columns.count else { throw missing("#\(column)", T.expectation) }
        return try T.decode(self, column)
    }

    public func decode<T: SQLDecodable>(_ name: String) throws(DatabaseError) -> T { try decode(T.self, name) }
    public func decode<T: SQLDecodable>(at column: Int) throws(DatabaseError) -> T { try decode(T.self, at: column) }

    /// A time in milliseconds since 1970-01-01 UTC.
    public func milliseconds(_ name: String) throws(DatabaseError) -> Int64 {
        try decode(SQLTimestamp.self, name).milliseconds
    }

    public func optionalMilliseconds(_ name: String) throws(DatabaseError) -> Int64? {
        try decode(SQLTimestamp?.self, name)?.milliseconds
    }

    /// The place of a column, or -1. The first of two that have the same name.
    private func column(named name: String) -> Int {
        // Results have few columns: looking at their marks in turn costs less than hashing a text.
        let mark = name.mark
        for (index, column) in storage.columns.enumerated() where column.mark == mark && column.name == name {
            return index
        }
        return -1
    }

    /// The bytes of a column that the row has, or nil for null.
    func cell(_ column: Int) -> Cell? { storage.cell(row: index, column: Int32(column)) }

    func isNull(_ column: Int) -> Bool { storage.isNull(row: index, column: Int32(column)) }

    func missing(_ name: String, _ expected: String) -> DatabaseError {
        let names = storage.columns.map(\.name)
        return .decoding(DecodingProblem(column: name, expected: expected, kind: .missing(has: names)))
    }

    func problem(_ column: Int, _ expected: String, _ kind: DecodingProblem.Kind) -> DatabaseError {
        .decoding(DecodingProblem(column: storage.columns[column].name, expected: expected, kind: kind))
    }
}

// What long lists are made of, once more by name: a type that only a caller in another module knows is looked up by the
// runtime for each value, which takes longer than decoding it.
extension Row {
    public func decode(_: String.Type, at column: Int) throws(DatabaseError) -> String { try value(at: column) }
    public func decode(_: String?.Type, at column: Int) throws(DatabaseError) -> String? { try value(at: column) }
    public func decode(_: Int.Type, at column: Int) throws(DatabaseError) -> Int { try value(at: column) }
    public func decode(_: SQLTimestamp.Type, at column: Int) throws(DatabaseError) -> SQLTimestamp {
        try value(at: column)
    }

    @inline(__always)
    private func value<T: SQLDecodable>(at column: Int) throws(DatabaseError) -> T {
        guard column >= 0, column < storage.columns.count else { throw missing("#\(column)", T.expectation) }
        return try T.decode(self, column)
    }
}

/// The binary form of one value, valid as long as its result. It does not leave the decoding of a row.
@safe public struct Cell {
    public let type: UInt32
    public let bytes: UnsafeRawBufferPointer

    /// Why this cell is not what was asked for: its type, or else its value.
    func mismatch(_ types: [UInt32]) -> DecodingProblem.Kind {
        if types.contains(type) { return .value("a value that does not fit") }
        return .type(SQLType.describe(type))
    }
}

/// Owns one `PGresult`. libpq does not change a result once it is received, so that many threads may read it.
@safe final class ResultStorage: @unchecked Sendable {
    private let result: OpaquePointer
    let columns: [Column]
    let rowCount: Int

    /// `known` are the columns that the same prepared statement had before, taken over when they still fit.
    init(adopting result: OpaquePointer, known: [Column]?) {
        unsafe self.result = result
        rowCount = unsafe Int(PQntuples(result))
        let count = unsafe Int(PQnfields(result))
        if let known, known.count == count {
            // A statement whose columns changed fails ("cached plan must not change result type") and is prepared anew.
            columns = known
        } else {
            columns = (0..<Int32(count)).map { index in
                unsafe Column(name: String(cString: PQfname(result, index)), type: PQftype(result, index))
            }
        }
    }

    deinit { unsafe PQclear(result) }

    func cell(row: Int32, column: Int32) -> Cell? {
        let length = unsafe PQgetlength(result, row, column)
        if length == 0, unsafe PQgetisnull(result, row, column) != 0 { return nil }
        let start = unsafe PQgetvalue(result, row, column)
        return unsafe Cell(
            type: columns[Int(column)].type, bytes: UnsafeRawBufferPointer(start: start, count: Int(length)))
    }

    func isNull(row: Int32, column: Int32) -> Bool { unsafe PQgetisnull(result, row, column) != 0 }

    var affected: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    var tag: String {
        guard let text = unsafe PQcmdStatus(result) else { return "" }
        return unsafe String(cString: text)
    }
}
