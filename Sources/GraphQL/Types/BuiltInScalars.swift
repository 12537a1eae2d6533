public import JSON

// The scalars that every schema may use.
// Source: <https://spec.graphql.org/October2021/#sec-Scalars.Built-in-Scalars>

extension Int: GraphQLScalar {
    public static var scalarName: String { "Int" }
    public static var scalarDescription: String? { "A whole number of 32 bits with a sign." }

    public func write(to writer: inout JSONWriter) throws(FieldError) {
        guard Int32(exactly: self) != nil else {
            throw FieldError("Int cannot represent non 32-bit signed integer value: \(self)", code: .internalError)
        }
        writer.int(self)
    }

    public init(graphQL value: JSONValue) throws(InputError) {
        switch value {
        case .int(let whole):
            guard Int32(exactly: whole) != nil else {
                throw InputError("Int cannot represent non 32-bit signed integer value: \(whole)")
            }
            self = whole
        case .double(let number) where number == number.rounded():
            guard let whole = Int32(exactly: number) else {
                throw InputError("Int cannot represent non 32-bit signed integer value: \(value.text)")
            }
            self = Int(whole)
        default: throw InputError("Int cannot represent non-integer value: \(value.text)")
        }
    }
}

extension Double: GraphQLScalar {
    public static var scalarName: String { "Float" }
    public static var scalarDescription: String? { "A number with a fraction, in double precision." }

    public func write(to writer: inout JSONWriter) throws(FieldError) {
        guard isFinite else {
            throw FieldError("Float cannot represent non numeric value: \(self)", code: .internalError)
        }
        writer.double(self)
    }

    public init(graphQL value: JSONValue) throws(InputError) {
        guard let number = value.double, number.isFinite else {
            throw InputError("Float cannot represent non numeric value: \(value.text)")
        }
        self = number
    }
}

extension String: GraphQLScalar {
    public static var scalarName: String { "String" }
    public static var scalarDescription: String? { "Text in UTF-8." }

    public func write(to writer: inout JSONWriter) { writer.string(self) }

    public init(graphQL value: JSONValue) throws(InputError) {
        guard case .string(let text) = value else {
            throw InputError("String cannot represent a non string value: \(value.text)")
        }
        self = text
    }
}

extension Bool: GraphQLScalar {
    public static var scalarName: String { "Boolean" }
    public static var scalarDescription: String? { "`true` or `false`." }

    public func write(to writer: inout JSONWriter) { writer.bool(self) }

    public init(graphQL value: JSONValue) throws(InputError) {
        guard case .bool(let truth) = value else {
            throw InputError("Boolean cannot represent a non boolean value: \(value.text)")
        }
        self = truth
    }
}

/// A Swift type that is an `ID` in the API: text that means nothing to the client but sameness. A type whose raw value is
/// text or a whole number needs no more than `extension Machine.ID: GraphQLIdentifier {}`.
public protocol GraphQLIdentifier: GraphQLScalar {
    var identifier: String { get }
    init?(identifier: String)
}

extension GraphQLIdentifier {
    public static var scalarName: String { "ID" }
    public static var scalarDescription: String? {
        "Tells one object from others. Clients take it as text and read nothing into it."
    }

    public func write(to writer: inout JSONWriter) { writer.string(identifier) }

    public init(graphQL value: JSONValue) throws(InputError) {
        let text: String
        switch value {
        case .string(let value): text = value
        case .int(let value): text = String(value)
        default: throw InputError("ID cannot represent value: \(value.text)")
        }
        guard let made = Self(identifier: text) else { throw InputError("ID cannot represent value: \(value.text)") }
        self = made
    }
}

extension GraphQLIdentifier where Self: RawRepresentable, RawValue == String {
    public var identifier: String { rawValue }
    public init?(identifier: String) { self.init(rawValue: identifier) }
}

extension GraphQLIdentifier where Self: RawRepresentable, RawValue: FixedWidthInteger {
    public var identifier: String { String(rawValue) }
    public init?(identifier: String) {
        guard let raw = RawValue(identifier) else { return nil }
        self.init(rawValue: raw)
    }
}

/// An `ID` without a Swift type of its own.
public struct ID: RawRepresentable, Hashable, GraphQLIdentifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// Any JSON value, as it is.
extension JSONValue: GraphQLScalar {
    public static var scalarName: String { "JSON" }
    public static var scalarDescription: String? { "Any JSON value." }
    public static var acceptsWords: Bool { true }
    public func write(to writer: inout JSONWriter) throws(FieldError) {
        if isNull { throw FieldError("Cannot return null for a non-nullable JSON value.", code: .internalError) }
        writer.value(self)
    }
    public init(graphQL value: JSONValue) { self = value }
    public var literal: ValueNode? { ValueNode(json: self) }
}

/// A JSON object, as it is.
extension JSONObject: GraphQLScalar {
    public static var scalarName: String { "JSONObject" }
    public static var scalarDescription: String? { "A JSON object." }
    public func write(to writer: inout JSONWriter) { writer.value(.object(self)) }
    public init(graphQL value: JSONValue) throws(InputError) {
        guard case .object(let object) = value else {
            throw InputError("JSONObject cannot represent non-object value: \(value.text)")
        }
        self = object
    }
}
