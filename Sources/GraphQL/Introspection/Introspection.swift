/// What a schema says about itself, declared like any other types.
/// Source: <https://spec.graphql.org/October2021/#sec-Introspection>
enum Introspection {
    static let names: Set<String> = [
        "__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive", "__TypeKind",
        "__DirectiveLocation", "__schema", "__type", "__typename",
    ]

    /// The fields that every selection, or the query root, has without declaring them.
    static let typeName = FieldDefinition(name: "__typename", type: .nonNull(.named("String")))
    static let schemaField = FieldDefinition(name: "__schema", type: .nonNull(.named("__Schema")))
    static let typeField = FieldDefinition(
        name: "__type", arguments: [InputValueDefinition(name: "name", type: .nonNull(.named("String")))],
        type: .named("__Type"))

    static func part<Context: GraphQLContext>() -> SchemaPart<Context> {
        SchemaPart {
            Object(TypeSystem.self, name: "__Schema") {
                Field("description") { _ in String?.none }
                Field("types") { system in
                    system.types.values.sorted { $0.name < $1.name }.map { TypeView(.named($0.name), system) }
                }
                Field("queryType") { TypeView(.named($0.query), $0) }
                Field("mutationType") { system in system.mutation.map { TypeView(.named($0), system) } }
                Field("subscriptionType") { system in system.subscription.map { TypeView(.named($0), system) } }
                Field("directives") { system in system.directives.map { View($0, system) } }
            }
            Object(TypeView.self, name: "__Type") {
                Field("kind", \.kind)
                Field("name", \.name)
                Field("description", \.text)
                Field("specifiedByURL", \.specifiedBy)
                Field("fields", Argument<Bool?>("includeDeprecated", default: false)) { type, _, deprecated in
                    type.fields(deprecated ?? false)
                }
                Field("interfaces", \.interfaces)
                Field("possibleTypes", \.possibleTypes)
                Field("enumValues", Argument<Bool?>("includeDeprecated", default: false)) { type, _, deprecated in
                    type.enumValues(deprecated ?? false)
                }
                Field("inputFields", Argument<Bool?>("includeDeprecated", default: false)) { type, _, deprecated in
                    type.inputFields(deprecated ?? false)
                }
                Field("ofType", \.inner)
            }
            Object(View<FieldDefinition>.self, name: "__Field") {
                Field("name", \.value.name)
                Field("description", \.value.description)
                Field("args", Argument<Bool?>("includeDeprecated", default: false)) { field, _, deprecated in
                    field.value.arguments.filter { deprecated == true || $0.deprecation == nil }
                        .map { View($0, field.system) }
                }
                Field("type") { TypeView($0.value.type, $0.system) }
                Field("isDeprecated") { $0.value.deprecation != nil }
                Field("deprecationReason", \.value.deprecation)
            }
            Object(View<InputValueDefinition>.self, name: "__InputValue") {
                Field("name", \.value.name)
                Field("description", \.value.description)
                Field("type") { TypeView($0.value.type, $0.system) }
                Field("defaultValue") { $0.value.defaultValue?.description }
                Field("isDeprecated") { $0.value.deprecation != nil }
                Field("deprecationReason", \.value.deprecation)
            }
            Object(View<EnumType.Value>.self, name: "__EnumValue") {
                Field("name", \.value.name)
                Field("description", \.value.description)
                Field("isDeprecated") { $0.value.deprecation != nil }
                Field("deprecationReason", \.value.deprecation)
            }
            Object(View<DirectiveDefinition>.self, name: "__Directive") {
                Field("name", \.value.name)
                Field("description") { Optional($0.value.description) }
                Field("isRepeatable") { _ in false }
                Field("locations", \.value.locations)
                Field("args", Argument<Bool?>("includeDeprecated", default: false)) { directive, _, deprecated in
                    directive.value.arguments.filter { deprecated == true || $0.deprecation == nil }
                        .map { View($0, directive.system) }
                }
            }
            Enum(TypeKind.self, name: "__TypeKind")
            Enum(DirectiveLocation.self, name: "__DirectiveLocation")
            Query {
                Field(Introspection.schemaField.name, schema: TypeSystem.self) { system in system }
                Field(Introspection.typeField.name, schema: TypeView?.self, Argument<String>("name")) { system, name in
                    system.types[name].map { TypeView(.named($0.name), system) }
                }
            }
        }
    }
}

extension TypeSystem: GraphQLObject {}

/// A part of a type system together with the whole, in which its types are looked up.
struct View<Element: Sendable>: GraphQLObject {
    var value: Element
    var system: TypeSystem

    init(_ value: Element, _ system: TypeSystem) {
        self.value = value
        self.system = system
    }
}

enum TypeKind: String, CaseIterable, GraphQLEnum {
    case SCALAR, OBJECT, INTERFACE, UNION, ENUM, INPUT_OBJECT, LIST, NON_NULL
}

/// Source: <https://spec.graphql.org/October2021/#DirectiveLocations>
public enum DirectiveLocation: String, CaseIterable, GraphQLEnum {
    case QUERY, MUTATION, SUBSCRIPTION, FIELD, FRAGMENT_DEFINITION, FRAGMENT_SPREAD, INLINE_FRAGMENT
    case VARIABLE_DEFINITION, SCHEMA, SCALAR, OBJECT, FIELD_DEFINITION, ARGUMENT_DEFINITION, INTERFACE, UNION
    case ENUM, ENUM_VALUE, INPUT_OBJECT, INPUT_FIELD_DEFINITION
}

/// A type as introspection shows it: named ones have content, lists and non-nulls have an inner type.
struct TypeView: GraphQLObject {
    let reference: TypeReference
    let system: TypeSystem

    init(_ reference: TypeReference, _ system: TypeSystem) {
        self.reference = reference
        self.system = system
    }

    private var named: NamedType? { if case .named(let name) = reference { system.types[name] } else { nil } }

    var kind: TypeKind {
        switch (reference, named) {
        case (.list, _): .LIST
        case (.nonNull, _): .NON_NULL
        case (_, .object?): .OBJECT
        case (_, .interface?): .INTERFACE
        case (_, .union?): .UNION
        case (_, .enumeration?): .ENUM
        case (_, .input?): .INPUT_OBJECT
        case (_, .scalar?), (_, nil): .SCALAR
        }
    }
    var name: String? { named?.name }
    var text: String? { named?.description }
    var specifiedBy: String? { if case .scalar(let scalar)? = named { scalar.specifiedBy } else { nil } }
    var interfaces: [TypeView]? {
        switch named {
        case .object(let type): type.interfaces.map { TypeView(.named($0), system) }
        case .interface(let type): type.interfaces.map { TypeView(.named($0), system) }
        default: nil
        }
    }
    var possibleTypes: [TypeView]? {
        switch named {
        case .interface(let type): system.possibleTypes(of: type.name).map { TypeView(.named($0), system) }
        case .union(let type): type.members.map { TypeView(.named($0), system) }
        default: nil
        }
    }
    var inner: TypeView? {
        switch reference {
        case .named: nil
        case .list(let inner), .nonNull(let inner): TypeView(inner, system)
        }
    }

    func fields(_ deprecated: Bool) -> [View<FieldDefinition>]? {
        guard let named, kind == .OBJECT || kind == .INTERFACE else { return nil }
        return named.fields.filter { deprecated || $0.deprecation == nil }.map { View($0, system) }
    }

    func enumValues(_ deprecated: Bool) -> [View<EnumType.Value>]? {
        guard case .enumeration(let type)? = named else { return nil }
        return type.values.filter { deprecated || $0.deprecation == nil }.map { View($0, system) }
    }

    func inputFields(_ deprecated: Bool) -> [View<InputValueDefinition>]? {
        guard case .input(let input)? = named else { return nil }
        return input.fields.filter { deprecated || $0.deprecation == nil }.map { View($0, system) }
    }
}

extension Field where Parent == QueryRoot {
    /// A root field that shows the schema itself.
    fileprivate init<Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, schema: Value.Type, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (TypeSystem, repeat each A) -> Value
    ) {
        self.init(
            name, type: Value.outputType, arguments: Field.declarations(repeat each arguments)
        ) { site throws(RequestError) in
            let plan = try Value.plan(site)
            let reader = site.arguments
            return .staged { _, execution in
                plan.slot(execution) {
                    let values = (repeat try reader.value(each arguments, execution.variables))
                    return resolve(execution.schema.types, repeat each values)
                }
            }
        }
    }
}
