public import JSON

/// A value that a column can be decoded to.
public protocol SQLDecodable: Sendable {
    /// What to call it in an error: `text`, `whole number`.
    static var expectation: String { get }
    /// The value of a column that the row has.
    ///
    /// Neither cell nor result is optional here: generic code of another module would have to look up the type
    /// `Optional<Self>` for each value, which takes longer than decoding it.
    static func decode(_ row: Row, _ column: Int) throws(DatabaseError) -> Self
}

/// A value that one cell holds and that is never null.
public protocol SQLScalar: SQLDecodable {
    /// The types of PostgreSQL it is made from.
    static var types: [UInt32] { get }
    /// Nil when the cell is of another type or holds a value that does not fit.
    static func decode(_ cell: Cell) -> Self?
}

extension SQLScalar {
    public static func decode(_ row: Row, _ column: Int) throws(DatabaseError) -> Self {
        guard let cell = row.cell(column) else { throw row.problem(column, expectation, .null) }
        guard let value = decode(cell) else { throw row.problem(column, expectation, cell.mismatch(types)) }
        return value
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    public static var expectation: String { Wrapped.expectation }
    public static func decode(_ row: Row, _ column: Int) throws(DatabaseError) -> Wrapped? {
        row.isNull(column) ? nil : try Wrapped.decode(row, column)
    }
}

extension Cell {
    /// A big-endian number that starts at `offset`. The caller has checked the length.
    func load<T: FixedWidthInteger>(_ type: T.Type, at offset: Int = 0) -> T {
        unsafe T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    var integer: Int64? {
        switch (type, unsafe bytes.count) {
        case (SQLType.int8, 8): load(Int64.self)
        case (SQLType.int4, 4): Int64(load(Int32.self))
        case (SQLType.int2, 2): Int64(load(Int16.self))
        default: nil
        }
    }

    /// The bytes of a type whose binary form is its text.
    var text: UnsafeRawBufferPointer? {
        switch type {
        case SQLType.text, SQLType.varchar, SQLType.bpchar, SQLType.name, SQLType.json, SQLType.xml, SQLType.unknown:
            unsafe bytes
        case SQLType.firstOwn...: unsafe bytes  // An enum.
        // Version 1 of jsonb's binary form is its text behind one byte.
        case SQLType.jsonb where unsafe bytes.first == 1: unsafe UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        default: nil
        }
    }
}

extension String: SQLScalar {
    public static var expectation: String { "text" }
    public static var types: [UInt32] { [SQLType.text, SQLType.varchar, SQLType.name, SQLType.uuid] }
    public static func decode(_ cell: Cell) -> String? {
        if cell.type == SQLType.text { return unsafe String(decoding: cell.bytes, as: UTF8.self) }
        if let text = unsafe cell.text { return unsafe String(decoding: text, as: UTF8.self) }
        if cell.type == SQLType.uuid { return cell.uuid }
        return nil
    }
}

extension Cell {
    fileprivate var uuid: String? {
        guard unsafe bytes.count == 16 else { return nil }
        let digits: StaticString = "0123456789abcdef"
        return unsafe String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    unsafe buffer[place] = UInt8(ascii: "-")
                    place += 1
                }
                let byte = unsafe Int(bytes[index])
                unsafe buffer[place] = digits.utf8Start[byte >> 4]
                unsafe buffer[place + 1] = digits.utf8Start[byte & 15]
                place += 2
            }
            return place
        }
    }
}

extension Int: SQLScalar {
    public static var expectation: String { "whole number" }
    public static var types: [UInt32] { [SQLType.int8, SQLType.int4, SQLType.int2] }
    public static func decode(_ cell: Cell) -> Int? { cell.integer.map(Int.init) }
}

extension Int64: SQLScalar {
    public static var expectation: String { "whole number" }
    public static var types: [UInt32] { Int.types }
    public static func decode(_ cell: Cell) -> Int64? { cell.integer }
}

extension Int32: SQLScalar {
    public static var expectation: String { "whole number of 32 bits" }
    public static var types: [UInt32] { Int.types }
    public static func decode(_ cell: Cell) -> Int32? { cell.integer.flatMap(Int32.init(exactly:)) }
}

extension Double: SQLScalar {
    public static var expectation: String { "number" }
    public static var types: [UInt32] { [SQLType.float8, SQLType.float4] + Int.types }
    public static func decode(_ cell: Cell) -> Double? {
        switch (cell.type, unsafe cell.bytes.count) {
        case (SQLType.float8, 8): Double(bitPattern: cell.load(UInt64.self))
        case (SQLType.float4, 4): Double(Float(bitPattern: cell.load(UInt32.self)))
        default: cell.integer.map(Double.init)
        }
    }
}

extension Bool: SQLScalar {
    public static var expectation: String { "boolean" }
    public static var types: [UInt32] { [SQLType.bool] }
    public static func decode(_ cell: Cell) -> Bool? {
        guard cell.type == SQLType.bool, unsafe cell.bytes.count == 1 else { return nil }
        return unsafe cell.bytes[0] != 0
    }
}

extension SQLTimestamp: SQLScalar {
    public static var expectation: String { "timestamp" }
    public static var types: [UInt32] { [SQLType.timestamp, SQLType.timestamptz] }
    public static func decode(_ cell: Cell) -> SQLTimestamp? {
        guard cell.type == SQLType.timestamp || cell.type == SQLType.timestamptz, unsafe cell.bytes.count == 8 else {
            return nil
        }
        let micros = cell.load(Int64.self)
        // Rounded down, also before 2000; `infinity` becomes a time far away.
        let milliseconds = micros / 1000 - (micros % 1000 < 0 ? 1 : 0)
        return SQLTimestamp(milliseconds: milliseconds + epoch)
    }
}

extension JSONValue: SQLScalar {
    public static var expectation: String { "JSON" }
    public static var types: [UInt32] { [SQLType.jsonb, SQLType.json] }
    public static func decode(_ cell: Cell) -> JSONValue? {
        guard types.contains(cell.type), let text = unsafe cell.text else { return nil }
        return unsafe try? JSONValue(parsing: Array(text))
    }
}

extension JSONObject: SQLScalar {
    public static var expectation: String { "JSON object" }
    public static var types: [UInt32] { JSONValue.types }
    public static func decode(_ cell: Cell) -> JSONObject? { JSONValue.decode(cell)?.object }
}

/// An element of a column that holds an array, or one byte of a `bytea`.
public protocol SQLDecodableElement: Sendable {
    static var elementExpectation: String { get }
    static var arrayTypes: [UInt32] { get }
    /// The element that these bytes hold; nil bytes are null.
    static func element(_ cell: Cell?) -> Self?
}

extension SQLDecodableElement where Self: SQLScalar {
    public static var elementExpectation: String { expectation }
    public static func element(_ cell: Cell?) -> Self? { cell.flatMap(decode) }
}

extension String: SQLDecodableElement {
    public static var arrayTypes: [UInt32] { [SQLType.textArray, SQLType.varcharArray] }
}
extension Int: SQLDecodableElement {
    public static var arrayTypes: [UInt32] { [SQLType.int8Array, SQLType.int4Array, SQLType.int2Array] }
}
extension Int64: SQLDecodableElement { public static var arrayTypes: [UInt32] { Int.arrayTypes } }
extension Double: SQLDecodableElement {
    public static var arrayTypes: [UInt32] { [SQLType.float8Array, SQLType.float4Array] }
}
extension Bool: SQLDecodableElement { public static var arrayTypes: [UInt32] { [SQLType.boolArray] } }
extension SQLTimestamp: SQLDecodableElement { public static var arrayTypes: [UInt32] { [SQLType.timestampArray] } }
extension Optional: SQLDecodableElement where Wrapped: SQLDecodableElement {
    public static var elementExpectation: String { Wrapped.elementExpectation }
    public static var arrayTypes: [UInt32] { Wrapped.arrayTypes }
    public static func element(_ cell: Cell?) -> Wrapped?? {
        cell == nil ? .some(nil) : Wrapped.element(cell).map(Optional.some)
    }
}
extension UInt8: SQLDecodableElement {
    public static var elementExpectation: String { "byte" }
    public static var arrayTypes: [UInt32] { [SQLType.bytea] }
    public static func element(_ cell: Cell?) -> UInt8? { nil }
}

extension Array: SQLDecodable, SQLScalar where Element: SQLDecodableElement {
    public static var expectation: String {
        Element.self == UInt8.self ? "bytes" : "array of \(Element.elementExpectation)"
    }
    public static var types: [UInt32] { Element.arrayTypes }

    /// An array of one dimension, or none when it is empty. The form is described where arrays are encoded.
    public static func decode(_ cell: Cell) -> [Element]? {
        let bytes = unsafe cell.bytes
        if cell.type == SQLType.bytea { return unsafe [UInt8](bytes) as? [Element] }
        guard types.contains(cell.type), bytes.count >= 12 else { return nil }
        let dimensions = cell.load(Int32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { return nil }
        let type = cell.load(UInt32.self, at: 8)
        let count = cell.load(Int32.self, at: 12)
        var result: [Element] = []
        result.reserveCapacity(Int(count))
        var offset = 20
        for _ in 0..<count {
            guard offset + 4 <= bytes.count else { return nil }
            let length = Int(cell.load(Int32.self, at: offset))
            offset += 4
            guard length >= 0 else {
                guard let null = Element.element(nil) else { return nil }
                result.append(null)
                continue
            }
            guard offset + length <= bytes.count else { return nil }
            let part = unsafe Cell(type: type, bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
            guard let element = Element.element(part) else { return nil }
            result.append(element)
            offset += length
        }
        return result
    }
}
