public import JSON

/// Why a value that a client sent cannot be what the schema asks for.
public struct InputError: Error, Equatable {
    public var message: String
    public init(_ message: String) { self.message = message }
}

/// A Swift type that an argument or a field of an input object may have.
public protocol GraphQLInput: Sendable {
    static var inputType: DeclaredType { get }

    /// The value when the client said nothing and there is no default; nil when it had to say something.
    static var unsaid: Self? { get }

    /// Reads a value in which variables and enum words were already replaced by JSON.
    static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Self

    /// How a default of this type is printed; nil when the type cannot say, as input objects cannot.
    var literal: ValueNode? { get }
}

extension GraphQLInput {
    public static var unsaid: Self? { nil }
}

extension Optional: GraphQLInput where Wrapped: GraphQLInput {
    public static var inputType: DeclaredType { Wrapped.inputType.nullable }
    public static var unsaid: Wrapped?? { .some(nil) }

    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Wrapped? {
        if case .null = value { nil } else { try Wrapped.decode(value, inputs) }
    }

    public var literal: ValueNode? { if let self { self.literal } else { ValueNode(.null) } }
}

extension Array: GraphQLInput where Element: GraphQLInput {
    public static var inputType: DeclaredType { .nonNull(.list(Element.inputType)) }

    /// One value stands for a list of one.
    /// Source: <https://spec.graphql.org/October2021/#sec-List.Input-Coercion>
    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> [Element] {
        guard case .array(let items) = value else { return [try Element.decode(value, inputs)] }
        var elements: [Element] = []
        elements.reserveCapacity(items.count)
        for item in items {
            if item.isNull, Element.inputType.isNonNull { throw InputError("must not be null") }
            elements.append(try Element.decode(item, inputs))
        }
        return elements
    }

    public var literal: ValueNode? {
        var items: [ValueNode] = []
        for element in self {
            guard let item = element.literal else { return nil }
            items.append(item)
        }
        return ValueNode(.list(items))
    }
}

/// An optional input that tells "not mentioned" from "set to null": what an update needs.
///
///     Argument<Supplied<String>>("description")
public enum Supplied<Wrapped: GraphQLInput>: GraphQLInput {
    case absent
    case null
    case value(Wrapped)

    public static var inputType: DeclaredType { Wrapped.inputType.nullable }
    public static var unsaid: Supplied? { .absent }

    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Supplied {
        if case .null = value { .null } else { .value(try Wrapped.decode(value, inputs)) }
    }

    public var literal: ValueNode? {
        switch self {
        case .absent: nil
        case .null: ValueNode(.null)
        case .value(let value): value.literal
        }
    }
}

extension Supplied: Equatable where Wrapped: Equatable {}
