import JSON

/// A complete schema: what it says and the code behind it.
public final class Schema<Context: GraphQLContext>: Sendable {
    public let types: TypeSystem
    let inputs: InputObjects
    private let objects: [ObjectIdentifier: any AnyObjectFields<Context>]
    private let abstracts: [ObjectIdentifier: any AnyAbstractFields<Context>]

    init(
        types: TypeSystem, inputs: InputObjects, objects: [ObjectIdentifier: any AnyObjectFields<Context>],
        abstracts: [ObjectIdentifier: any AnyAbstractFields<Context>]
    ) {
        self.types = types
        self.inputs = inputs
        self.objects = objects
        self.abstracts = abstracts
    }

    /// Puts the parts of all features together. Throws with all problems at once.
    public static func build(_ parts: [SchemaPart<Context>]) throws(SchemaError) -> Schema {
        var builder = SchemaBuilder<Context>()
        for part in parts + [Introspection.part()] {
            for declaration in part.declarations { declaration.add(to: &builder) }
        }
        return try builder.build()
    }

    func fields<Parent: Sendable>(of type: Parent.Type) -> ObjectFields<Context, Parent> {
        guard let fields = objects[ObjectIdentifier(type)] as? ObjectFields<Context, Parent> else {
            // The builder refuses a schema in which a field has a type that nobody declares.
            preconditionFailure("object \(type) is not part of the schema")
        }
        return fields
    }

    func fields<Value: GraphQLAbstract>(of type: Value.Type) -> AbstractFields<Context, Value> {
        guard let fields = abstracts[ObjectIdentifier(type)] as? AbstractFields<Context, Value> else {
            preconditionFailure("interface or union \(type) is not part of the schema")
        }
        return fields
    }
}

/// A field without its code.
struct FieldDeclaration: Sendable {
    var name: String
    var description: String?
    var deprecation: String?
    var type: DeclaredType
    var arguments: [ArgumentDeclaration]
}

protocol AnyObjectFields<Context>: Sendable {
    associatedtype Context: GraphQLContext
    var name: String { get }
    var description: String? { get }
    var declarations: [FieldDeclaration] { get }
}

/// The fields of one object by name.
struct ObjectFields<Context: GraphQLContext, Parent: Sendable>: AnyObjectFields {
    let name: String
    let description: String?
    private(set) var fields: [String: Field<Context, Parent>] = [:]
    /// Names with quotes and colon, encoded once.
    private(set) var encodedKeys: [String: [UInt8]] = [:]
    private(set) var declarations: [FieldDeclaration] = []

    init(name: String, description: String?) {
        self.name = name
        self.description = description
    }

    /// Answers what is wrong with the added fields.
    mutating func add(_ added: [Field<Context, Parent>]) -> [String] {
        var problems: [String] = []
        for field in added {
            if fields[field.name] != nil {
                problems.append("\(name).\(field.name) is declared twice")
                continue
            }
            fields[field.name] = field
            encodedKeys[field.name] = Array("\"\(field.name)\":".utf8)
            // Introspection's own fields are there without being listed.
            if Introspection.names.contains(field.name) { continue }
            declarations.append(
                FieldDeclaration(
                    name: field.name, description: field.text, deprecation: field.deprecation, type: field.type,
                    arguments: field.arguments))
        }
        return problems
    }
}
