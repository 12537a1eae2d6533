public import JSON

/// A Swift type that is one JSON value in the API. Conforming is all that a custom scalar needs:
///
///     extension Timestamp: GraphQLScalar {
///         static let scalarName = "DateTimeISO"
///         func write(to writer: inout JSONWriter) { writer.string(iso8601) }
///         init(graphQL value: JSONValue) throws(InputError) { … }
///     }
///
/// Several Swift types may share a scalar: each kind of id is an `ID`.
public protocol GraphQLScalar: GraphQLOutput, GraphQLInput {
    static var scalarName: String { get }
    static var scalarDescription: String? { get }
    static var specifiedBy: String? { get }
    /// Whether a word without quotes is read as text. Only of use to scalars that take any value.
    static var acceptsWords: Bool { get }

    /// Writes exactly one JSON value, or throws before it wrote anything.
    func write(to writer: inout JSONWriter) throws(FieldError)
    init(graphQL value: JSONValue) throws(InputError)
}

extension GraphQLScalar {
    public static var scalarDescription: String? { nil }
    public static var specifiedBy: String? { nil }
    public static var acceptsWords: Bool { false }

    static var scalarType: ScalarType {
        ScalarType(
            name: scalarName, description: scalarDescription, specifiedBy: specifiedBy, acceptsWords: acceptsWords
        ) { value in
            do throws(InputError) {
                _ = try Self(graphQL: value)
                return nil
            } catch {
                return error.message
            }
        }
    }

    public static var outputType: DeclaredType { .nonNull(.scalar(scalarType)) }
    public static var inputType: DeclaredType { .nonNull(.scalar(scalarType)) }

    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Self {
        try Self(graphQL: value)
    }

    public var literal: ValueNode? {
        var writer = JSONWriter()
        do {
            try write(to: &writer)
            return ValueNode(json: try JSONValue(parsing: writer.bytes))
        } catch {
            return nil
        }
    }

    @inlinable public static var isLeaf: Bool { true }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self> {
        .direct { value, _, output in value.write(leaf: &output) }
    }

    @inlinable public func write(leaf output: inout Output) -> Bool {
        do throws(FieldError) {
            try write(to: &output.writer)
            return true
        } catch {
            output.report(error)
            return false
        }
    }
}

extension ValueNode {
    /// JSON in GraphQL's own notation.
    init(json: JSONValue) {
        switch json {
        case .null: self.init(.null)
        case .bool(let value): self.init(.boolean(value))
        case .int(let value): self.init(.int(String(value)))
        case .double(let value): self.init(.float(value.description))
        case .string(let value): self.init(.string(value))
        case .array(let items): self.init(.list(items.map { ValueNode(json: $0) }))
        case .object(let object): self.init(.object(object.members.map { Member($0.name, ValueNode(json: $0.value)) }))
        }
    }
}
