import JSON

/// An enum of the API.
///
///     Enum(UserRole.self).describe(.admin, "Runs a department.").deprecated(.guest, "use USER")
public struct Enum<Value: GraphQLEnum>: Sendable {
    let name: String
    var text: String?
    private var texts: [Value: String] = [:]
    private var deprecations: [Value: String] = [:]

    public init(_ type: Value.Type, name: String? = nil) { self.name = name ?? swiftName(type) }

    public func describe(_ text: String) -> Enum {
        var copy = self
        copy.text = text
        return copy
    }

    public func describe(_ value: Value, _ text: String) -> Enum {
        var copy = self
        copy.texts[value] = text
        return copy
    }

    public func deprecated(_ value: Value, _ reason: String = "No longer supported") -> Enum {
        var copy = self
        copy.deprecations[value] = reason
        return copy
    }

    var type: EnumType {
        EnumType(
            name: name, description: text,
            values: Value.allCases.map { value in
                EnumType.Value(
                    name: value.graphQLName, description: texts[value], deprecation: deprecations[value])
            })
    }
}

/// An input object of the API and how its fields become a Swift value.
///
///     Input(CreateSnapshotInput.self, Argument<String>("machineId"), Argument<String?>("description")) {
///         CreateSnapshotInput(machineID: $0, description: $1)
///     }
public struct Input<Made: GraphQLInputObject>: Sendable {
    let name: String
    var text: String?
    let fields: [ArgumentDeclaration]
    let make: InputObjects.Make

    public init<each A: GraphQLInput>(
        _ type: Made.Type, name: String? = nil, _ fields: repeat Argument<each A>,
        make: @escaping @Sendable (repeat each A) throws -> Made
    ) {
        self.name = name ?? swiftName(type)
        var declarations: [ArgumentDeclaration] = []
        for field in repeat each fields { declarations.append(field.declaration) }
        self.fields = declarations
        self.make = { object, inputs throws(InputError) in
            let values = (repeat try object.value(each fields, inputs))
            do {
                return try make(repeat each values)
            } catch let error as InputError {
                throw error
            } catch let error as any FieldErrorConvertible {
                throw InputError(error.fieldError.message)
            } catch {
                throw InputError("invalid \(type)")
            }
        }
    }

    public func describe(_ text: String) -> Input {
        var copy = self
        copy.text = text
        return copy
    }
}

extension JSONObject {
    fileprivate func value<Read>(_ field: Argument<Read>, _ inputs: InputObjects) throws(InputError) -> Read {
        do throws(InputError) {
            guard let value = self[field.name] else { return try field.valueWhenUnsaid(inputs) }
            return try field.decode(value, inputs)
        } catch {
            throw InputError("\(field.name): \(error.message)")
        }
    }
}
