package import JSON

/// A Swift enum that is an enum of the API, as an `Enum` declaration says. Names are the raw values unless `graphQLName`
/// says otherwise.
package protocol GraphQLEnum: GraphQLOutput, GraphQLInput, CaseIterable, Hashable {
    var graphQLName: String { get }
}

extension GraphQLEnum where Self: RawRepresentable, RawValue == String {
    package var graphQLName: String { rawValue }
}

extension GraphQLEnum {
    package static var outputType: DeclaredType { .nonNull(.declared(Self.self)) }
    package static var inputType: DeclaredType { .nonNull(.declared(Self.self)) }

    package var literal: ValueNode? { ValueNode(.enumeration(graphQLName)) }

    package static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Self {
        guard case .string(let name) = value, let found = allCases.first(where: { $0.graphQLName == name }) else {
            throw InputError("there is no such enum value: \(value.text)")
        }
        return found
    }

    package static var isLeaf: Bool { true }

    package static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self> {
        .direct { value, _, output in value.write(leaf: &output) }
    }

    package func write(leaf output: inout Output) -> Bool {
        output.writer.string(graphQLName)
        return true
    }
}
