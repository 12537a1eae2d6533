public import JSON

/// A Swift enum that is an enum of the API, as an `Enum` declaration says. Names are the raw values unless `graphQLName`
/// says otherwise.
public protocol GraphQLEnum: GraphQLOutput, GraphQLInput, CaseIterable, Hashable {
    var graphQLName: String { get }
}

extension GraphQLEnum where Self: RawRepresentable, RawValue == String {
    @inlinable public var graphQLName: String { rawValue }
}

extension GraphQLEnum {
    public static var outputType: DeclaredType { .nonNull(.declared(Self.self)) }
    public static var inputType: DeclaredType { .nonNull(.declared(Self.self)) }

    public var literal: ValueNode? { ValueNode(.enumeration(graphQLName)) }

    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Self {
        guard case .string(let name) = value, let found = allCases.first(where: { $0.graphQLName == name }) else {
            throw InputError("there is no such enum value: \(value.text)")
        }
        return found
    }

    @inlinable public static var isLeaf: Bool { true }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self> {
        .direct { value, _, output in value.write(leaf: &output) }
    }

    @inlinable public func write(leaf output: inout Output) -> Bool {
        output.writer.string(graphQLName)
        return true
    }
}
