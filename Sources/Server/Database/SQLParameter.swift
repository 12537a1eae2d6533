public import JSON

/// A value that can be interpolated into a `Statement`.
public protocol SQLParameter: Sendable {
    /// PostgreSQL's number of the type; 0 lets PostgreSQL infer it from the place of the parameter.
    static var parameterType: UInt32 { get }
    /// Whether `encode` writes the binary form of the type. Text must not hold a NUL.
    static var isBinary: Bool { get }
    /// Appends the value, or returns false for null.
    func encode(into bytes: inout [UInt8]) -> Bool
}

/// A value that can be an element of an array parameter.
public protocol SQLArrayElement: SQLParameter {
    static var arrayType: UInt32 { get }
    /// The type that the elements name, which is never inferred.
    static var elementType: UInt32 { get }
}

extension SQLArrayElement { public static var elementType: UInt32 { parameterType } }

/// Numbers of PostgreSQL's built-in types. They never change; source: `pg_type.dat`.
public enum SQLType {
    public static let bool: UInt32 = 16, bytea: UInt32 = 17, name: UInt32 = 19, int8: UInt32 = 20, int2: UInt32 = 21
    public static let int4: UInt32 = 23, text: UInt32 = 25, json: UInt32 = 114, xml: UInt32 = 142
    public static let float4: UInt32 = 700, float8: UInt32 = 701, unknown: UInt32 = 705
    public static let bpchar: UInt32 = 1042, varchar: UInt32 = 1043, timestamp: UInt32 = 1114
    public static let timestamptz: UInt32 = 1184, uuid: UInt32 = 2950, jsonb: UInt32 = 3802
    public static let boolArray: UInt32 = 1000, int2Array: UInt32 = 1005, int4Array: UInt32 = 1007
    public static let textArray: UInt32 = 1009, varcharArray: UInt32 = 1015, int8Array: UInt32 = 1016
    public static let float4Array: UInt32 = 1021, float8Array: UInt32 = 1022, timestampArray: UInt32 = 1115
    /// Types that `CREATE TYPE` makes have numbers from here on.
    public static let firstOwn: UInt32 = 16384

    private static let names: [UInt32: String] = [
        bool: "boolean", bytea: "bytea", name: "name", int8: "bigint", int2: "smallint", int4: "integer", text: "text",
        json: "json", xml: "xml", float4: "real", float8: "double precision", bpchar: "character",
        varchar: "character varying", timestamp: "timestamp", timestamptz: "timestamp with time zone", uuid: "uuid",
        jsonb: "jsonb", boolArray: "boolean[]", int2Array: "smallint[]", int4Array: "integer[]",
        textArray: "text[]", varcharArray: "character varying[]", int8Array: "bigint[]", float4Array: "real[]",
        float8Array: "double precision[]", timestampArray: "timestamp[]",
        1082: "date", 1083: "time", 1186: "interval", 1700: "numeric", 869: "inet", 26: "oid", 2249: "record",
    ]
    static func describe(_ type: UInt32) -> String { names[type] ?? "number \(type)" }
}

/// A time as `timestamp` holds it: UTC, no zone. The tables keep milliseconds.
public struct SQLTimestamp: Hashable, Sendable {
    /// Since 1970-01-01.
    public var milliseconds: Int64
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// 2000-01-01, from which PostgreSQL counts microseconds.
    static let epoch: Int64 = 946_684_800_000
}

extension FixedWidthInteger {
    /// Big-endian bytes, the order of PostgreSQL's binary forms.
    func append(to bytes: inout [UInt8]) {
        var shift = Self.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: self >> Self(shift)))
        }
    }
}

extension String: SQLArrayElement {
    public static var parameterType: UInt32 { 0 }
    public static var elementType: UInt32 { SQLType.text }
    public static var arrayType: UInt32 { SQLType.textArray }
    public static var isBinary: Bool { false }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: utf8)
        return true
    }
}

extension Int: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.int8 }
    public static var arrayType: UInt32 { SQLType.int8Array }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        append(to: &bytes)
        return true
    }
}

extension Int64: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.int8 }
    public static var arrayType: UInt32 { SQLType.int8Array }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        append(to: &bytes)
        return true
    }
}

extension Int32: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.int4 }
    public static var arrayType: UInt32 { SQLType.int4Array }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        append(to: &bytes)
        return true
    }
}

extension Double: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.float8 }
    public static var arrayType: UInt32 { SQLType.float8Array }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bitPattern.append(to: &bytes)
        return true
    }
}

extension Bool: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.bool }
    public static var arrayType: UInt32 { SQLType.boolArray }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension SQLTimestamp: SQLArrayElement {
    public static var parameterType: UInt32 { SQLType.timestamp }
    public static var arrayType: UInt32 { SQLType.timestampArray }
    public static var isBinary: Bool { true }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        // Beyond what PostgreSQL can hold the ends of its range do, which are times too.
        let (micros, overflow) = (milliseconds &- Self.epoch).multipliedReportingOverflow(by: 1000)
        (overflow ? (milliseconds < 0 ? Int64.min + 1 : Int64.max - 1) : micros).append(to: &bytes)
        return true
    }
}

extension JSONValue: SQLParameter {
    public static var parameterType: UInt32 { SQLType.jsonb }
    public static var isBinary: Bool { false }
    /// `.null` is JSON's null, a value; a column without a value takes `JSONValue?.none`.
    public func encode(into bytes: inout [UInt8]) -> Bool {
        var writer = JSONWriter()
        writer.value(self)
        bytes.append(contentsOf: writer.bytes)
        return true
    }
}

extension JSONObject: SQLParameter {
    public static var parameterType: UInt32 { SQLType.jsonb }
    public static var isBinary: Bool { false }
    public func encode(into bytes: inout [UInt8]) -> Bool { JSONValue.object(self).encode(into: &bytes) }
}

/// Bytes as `bytea`. A type of its own, since `[UInt8]` as an array of numbers has no type in PostgreSQL.
struct SQLBytes: SQLParameter {
    var bytes: [UInt8]
    static var parameterType: UInt32 { SQLType.bytea }
    static var isBinary: Bool { true }
    func encode(into buffer: inout [UInt8]) -> Bool {
        buffer.append(contentsOf: bytes)
        return true
    }
}

extension Optional: SQLParameter where Wrapped: SQLParameter {
    public static var parameterType: UInt32 { Wrapped.parameterType }
    public static var isBinary: Bool { Wrapped.isBinary }
    public func encode(into bytes: inout [UInt8]) -> Bool { self?.encode(into: &bytes) ?? false }
}

extension Optional: SQLArrayElement where Wrapped: SQLArrayElement {
    public static var arrayType: UInt32 { Wrapped.arrayType }
    public static var elementType: UInt32 { Wrapped.elementType }
}

extension Array: SQLParameter where Element: SQLArrayElement {
    public static var parameterType: UInt32 { Element.arrayType }
    public static var isBinary: Bool { true }

    /// The binary form of an array: dimensions, a flag for nulls, the element's type, length and first index, then each
    /// element behind its length. Source: `array_send`.
    public func encode(into bytes: inout [UInt8]) -> Bool {
        Int32(isEmpty ? 0 : 1).append(to: &bytes)
        let flags = bytes.count
        Int32(0).append(to: &bytes)
        Element.elementType.append(to: &bytes)
        if isEmpty { return true }
        Int32(count).append(to: &bytes)
        Int32(1).append(to: &bytes)
        for element in self {
            let start = bytes.count
            Int32(-1).append(to: &bytes)
            guard element.encode(into: &bytes) else {
                bytes[flags + 3] = 1
                continue
            }
            let length = UInt32(bytes.count - start - 4)
            for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(place))) }
        }
        return true
    }
}

/// The parameters of a statement, encoded one behind the other.
struct ParameterBuffer: Sendable {
    struct Entry {
        var type: UInt32
        /// Negative for null.
        var offset: Int32
        var length: Int32
        var isBinary: Bool
    }

    private(set) var entries: [Entry] = []
    private(set) var bytes: [UInt8] = []
    /// The first value that cannot be sent, found when it was interpolated, reported when the statement is run.
    private(set) var problem: DatabaseError?

    /// PostgreSQL's own limit of a value is 1 GB; what Bay stores is far smaller.
    static let maximumBytes = 64 << 20
    /// The protocol counts parameters in 16 bits.
    static let maximumCount = 65_535

    mutating func reserve(_ count: Int) {
        entries.reserveCapacity(count)
        if count > 0 { bytes.reserveCapacity(count * 24) }
    }

    /// Returns the type that the parameter has.
    mutating func append(_ value: some SQLParameter) -> UInt32 {
        let kind = type(of: value)
        let start = bytes.count
        let hasValue = value.encode(into: &bytes)
        let length = bytes.count - start
        if hasValue, !kind.isBinary {
            if bytes[start...].contains(0) { problem = problem ?? .parameter(reason: "the text holds a NUL character") }
            bytes.append(0)
        }
        note(length)
        entries.append(
            Entry(
                type: kind.parameterType, offset: hasValue ? Int32(clamping: start) : -1,
                length: Int32(clamping: length), isBinary: kind.isBinary))
        return kind.parameterType
    }

    mutating func append(contentsOf other: ParameterBuffer) {
        let start = Int32(clamping: bytes.count)
        bytes.append(contentsOf: other.bytes)
        for var entry in other.entries {
            if entry.offset >= 0 { entry.offset += start }
            entries.append(entry)
        }
        problem = problem ?? other.problem
        note(0)
    }

    private mutating func note(_ length: Int) {
        if bytes.count > Self.maximumBytes {
            problem = problem ?? .parameter(reason: "the parameters are longer than \(Self.maximumBytes) bytes")
        }
        if entries.count >= Self.maximumCount {
            problem = problem ?? .parameter(reason: "the statement has more than \(Self.maximumCount) parameters")
        }
    }
}
