public import JSON

/// A Swift type that an `Input` declaration makes from the fields of an input object.
public protocol GraphQLInputObject: GraphQLInput {}

extension GraphQLInputObject {
    public static var inputType: DeclaredType { .nonNull(.declared(Self.self)) }
    public var literal: ValueNode? { nil }

    public static func decode(_ value: JSONValue, _ inputs: InputObjects) throws(InputError) -> Self {
        guard case .object(let object) = value else { throw InputError("expected an object") }
        return try inputs.make(Self.self, object)
    }
}

/// How each input object of a schema becomes its Swift value.
public struct InputObjects: Sendable {
    typealias Make = @Sendable (JSONObject, InputObjects) throws(InputError) -> any GraphQLInputObject

    var makers: [ObjectIdentifier: Make] = [:]

    func make<Made: GraphQLInputObject>(_ type: Made.Type, _ object: JSONObject) throws(InputError) -> Made {
        // The schema was built only because every input object that is used was declared, with its own type.
        guard let make = makers[ObjectIdentifier(type)], let made = try make(object, self) as? Made else {
            preconditionFailure("input object \(type) is not part of the schema")
        }
        return made
    }
}
