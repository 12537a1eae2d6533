import JSON

/// An argument of a field, or a field of an input object, with the Swift type that it becomes.
///
///     Argument<String>("id")                        // id: String!
///     Argument<Int?>("limit", default: 100)         // limit: Int = 100
///     Argument<MachineOrderBy?>("orderBy")          // orderBy: MachineOrderBy
///     Argument<Supplied<String>>("description")     // description: String, and null is not absence
public struct Argument<Value: GraphQLInput>: Sendable {
    let name: String
    var text: String?
    var deprecation: String?
    private let defaultValue: Value?
    /// A default in GraphQL's notation, for types that cannot print themselves.
    private let defaultLiteral: String?

    public init(_ name: String) {
        self.name = name
        defaultValue = nil
        defaultLiteral = nil
    }

    public init(_ name: String, default value: Value) {
        self.name = name
        defaultValue = value
        defaultLiteral = nil
    }

    /// `Argument<MachineOrderBy?>("orderBy", defaultLiteral: "{fieldName: ID}")`
    public init(_ name: String, defaultLiteral: String) {
        self.name = name
        defaultValue = nil
        self.defaultLiteral = defaultLiteral
    }

    public func describe(_ text: String) -> Argument {
        var copy = self
        copy.text = text
        return copy
    }

    public func deprecated(_ reason: String = "No longer supported") -> Argument {
        var copy = self
        copy.deprecation = reason
        return copy
    }

    var hasDefault: Bool { defaultValue != nil || defaultLiteral != nil }

    func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Value {
        if case .null = value, Value.inputType.isNonNull { throw InputError("must not be null") }
        return try Value.decode(value, inputs)
    }

    func valueWhenUnsaid(_ inputs: InputObjects) throws(InputError) -> Value {
        if let defaultValue { return defaultValue }
        if let defaultLiteral, let parsed = try? ValueNode(parsing: defaultLiteral),
            let json = JSONValue(parsed, variables: [:])
        {
            return try Value.decode(json, inputs)
        }
        if let unsaid = Value.unsaid { return unsaid }
        throw InputError("is required")
    }

    var declaration: ArgumentDeclaration {
        var declaration = ArgumentDeclaration(
            name: name, description: text, deprecation: deprecation, type: Value.inputType)
        if let defaultLiteral {
            declaration.hasDefault = true
            declaration.defaultValue = try? ValueNode(parsing: defaultLiteral)
        } else if let defaultValue {
            declaration.hasDefault = true
            declaration.defaultValue = defaultValue.literal
        }
        return declaration
    }
}

/// An argument without its Swift type.
@usableFromInline struct ArgumentDeclaration: Sendable {
    var name: String
    var description: String?
    var deprecation: String?
    var type: DeclaredType
    var hasDefault = false
    /// Nil beside `hasDefault` when the default cannot be printed.
    var defaultValue: ValueNode?
}
