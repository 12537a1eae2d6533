/// Everything that is wrong with a schema, so that one build shows it all.
public struct SchemaError: Error, CustomStringConvertible {
    public var problems: [String]
    public var description: String {
        "the schema has \(problems.count) problem\(problems.count == 1 ? "" : "s"):\n"
            + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

/// Puts the parts of a schema together and checks that nothing is missing.
public struct SchemaBuilder<Context: GraphQLContext> {
    private var objects: [ObjectIdentifier: any AnyObjectFields<Context>] = [:]
    private var abstracts: [ObjectIdentifier: any AnyAbstractFields<Context>] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var types: [String: NamedType] = [:]
    private var inputs = InputObjects()
    private var inputFields: [String: [ArgumentDeclaration]] = [:]
    private var extensions: [(inout SchemaBuilder) -> Void] = []
    var problems: [String] = []

    init() {}

    // MARK: Collecting

    mutating func addObject<Parent: Sendable>(
        _ type: Parent.Type, name: String, description: String?, _ fields: [Field<Context, Parent>]
    ) {
        let key = ObjectIdentifier(type)
        if objects[key] != nil {
            problems.append("object \(type) is declared twice; use Extend(\(type).self) to add fields to it")
            return
        }
        claim(name, for: key)
        var object = ObjectFields<Context, Parent>(name: name, description: description)
        problems += object.add(fields)
        objects[key] = object
    }

    /// Extensions are applied when all parts are there, so that parts may come in any order.
    mutating func extend<Parent: Sendable>(_ type: Parent.Type, _ fields: [Field<Context, Parent>]) {
        extensions.append { builder in
            guard var object = builder.objects[ObjectIdentifier(type)] as? ObjectFields<Context, Parent> else {
                builder.problems.append("object \(type) is extended but not declared")
                return
            }
            builder.problems += object.add(fields)
            builder.objects[ObjectIdentifier(type)] = object
        }
    }

    mutating func addRoot<Root: RootObject>(_ root: Root.Type, _ fields: [Field<Context, Root>]) {
        let key = ObjectIdentifier(root)
        let name = String(swiftName(root).dropLast(4))
        var object =
            objects[key] as? ObjectFields<Context, Root> ?? ObjectFields<Context, Root>(name: name, description: nil)
        if objects[key] == nil { claim(name, for: key) }
        problems += object.add(fields)
        if Context.Access.self != Never.self {
            for field in fields where field.access == nil && !Introspection.names.contains(field.name) {
                problems.append(
                    "\(name).\(field.name) does not say whom it is for; write .requires(…) or \(name)(requires: …)")
            }
        }
        objects[key] = object
    }

    mutating func add<T>(_ declaration: Enum<T>) {
        claim(declaration.name, for: ObjectIdentifier(T.self))
        let type = declaration.type
        if type.values.isEmpty { problems.append("enum \(type.name) has no values") }
        var seen: Set<String> = []
        for value in type.values {
            checkName(value.name, "value of enum \(type.name)")
            if ["true", "false", "null"].contains(value.name) || !seen.insert(value.name).inserted {
                problems.append("enum \(type.name) cannot have the value \(value.name) (again)")
            }
        }
        types[type.name] = .enumeration(type)
    }

    mutating func add<T>(_ declaration: Input<T>) {
        claim(declaration.name, for: ObjectIdentifier(T.self))
        inputs.makers[ObjectIdentifier(T.self)] = declaration.make
        inputFields[declaration.name] = declaration.fields
        if declaration.fields.isEmpty { problems.append("input \(declaration.name) has no fields") }
        types[declaration.name] = .input(
            InputType(name: declaration.name, description: declaration.text, fields: []))
    }

    mutating func addAbstract<Value>(_ fields: AbstractFields<Context, Value>) {
        claim(fields.name, for: ObjectIdentifier(Value.self))
        abstracts[ObjectIdentifier(Value.self)] = fields
    }

    var sortedAbstracts: [any AnyAbstractFields<Context>] { abstracts.values.sorted { $0.name < $1.name } }

    mutating func define(_ type: NamedType) { types[type.name] = type }

    func name(of type: DeclaredType) -> String? {
        if case .declared(let key, _) = type.nullable { names[key] } else { nil }
    }

    private mutating func claim(_ name: String, for key: ObjectIdentifier) {
        checkName(name, "type")
        if names.values.contains(name) { problems.append("type \(name) is declared twice") }
        names[key] = name
    }

    private mutating func checkName(_ name: String, _ what: String) {
        let bytes = Array(name.utf8)
        let isName = bytes.first.map(Lexer.isNameStart) == true && bytes.allSatisfy(Lexer.isNameContinue)
        if !isName { problems.append("\(what): \"\(name)\" is not a name") }
        if name.hasPrefix("__"), !Introspection.names.contains(name) {
            problems.append("\(what): \"\(name)\" begins with two underscores, which introspection keeps for itself")
        }
    }

    // MARK: Putting together

    mutating func build() throws(SchemaError) -> Schema<Context> {
        for apply in extensions { apply(&self) }
        extensions = []
        for (name, fields) in inputFields.sorted(by: { $0.key < $1.key }) {
            guard case .input(var type) = types[name] else { continue }
            type.fields = arguments(fields, of: "input \(name)")
            types[name] = .input(type)
        }
        let interfaces = interfacesByObject()
        for object in objects.values.sorted(by: { $0.name < $1.name }) {
            types[object.name] = .object(
                ObjectType(
                    name: object.name, description: object.description, interfaces: interfaces[object.name] ?? [],
                    fields: object.declarations.map { definition($0, of: object.name) }))
            if object.declarations.isEmpty { problems.append("object \(object.name) has no fields") }
        }
        defineAbstracts()
        if objects[ObjectIdentifier(QueryRoot.self)] == nil { problems.append("there is no query") }
        for scalar in [Int.scalarType, Double.scalarType, String.scalarType, Bool.scalarType, ID.scalarType] {
            types[scalar.name] = types[scalar.name] ?? .scalar(scalar)
        }
        checkInputCycles()
        var system = TypeSystem(types: types)
        checkImplementations(system)
        if !problems.isEmpty {
            var seen: Set<String> = []
            throw SchemaError(problems: problems.filter { seen.insert($0).inserted })
        }
        if types["Mutation"] != nil { system.mutation = "Mutation" }
        if types["Subscription"] != nil { system.subscription = "Subscription" }
        return Schema(types: system, inputs: inputs, objects: objects, abstracts: abstracts)
    }

    mutating func definition(_ field: FieldDeclaration, of type: String) -> FieldDefinition {
        checkName(field.name, "field of \(type)")
        return FieldDefinition(
            name: field.name, description: field.description, deprecation: field.deprecation,
            arguments: arguments(field.arguments, of: "\(type).\(field.name)"),
            type: resolve(field.type, "\(type).\(field.name)"))
    }

    private mutating func arguments(_ declared: [ArgumentDeclaration], of place: String) -> [InputValueDefinition] {
        var seen: Set<String> = []
        return declared.map { argument in
            let here = "\(place)(\(argument.name))"
            checkName(argument.name, "argument of \(place)")
            if !seen.insert(argument.name).inserted { problems.append("\(here) is declared twice") }
            let type = resolve(argument.type, here)
            if argument.hasDefault, argument.defaultValue == nil {
                problems.append("\(here): the default cannot be printed; write a valid defaultLiteral")
            }
            let definition = InputValueDefinition(
                name: argument.name, description: argument.description, deprecation: argument.deprecation, type: type,
                defaultValue: argument.defaultValue)
            if argument.deprecation != nil, definition.isRequired {
                problems.append("\(here) is required and cannot be deprecated")
            }
            return definition
        }
    }

    mutating func resolve(_ type: DeclaredType, _ place: String) -> TypeReference {
        switch type {
        case .list(let inner): return .list(resolve(inner, place))
        case .nonNull(let inner): return .nonNull(resolve(inner, place))
        case .scalar(let scalar):
            if let taken = types[scalar.name], case .scalar = taken {
                // Several Swift types share a scalar.
            } else if types[scalar.name] != nil {
                problems.append("\(place): \(scalar.name) is a scalar here and another kind of type elsewhere")
            } else {
                checkName(scalar.name, "scalar")
                types[scalar.name] = .scalar(scalar)
            }
            return .named(scalar.name)
        case .declared(let key, let swiftName):
            guard let name = names[key] else {
                problems.append("\(place): type \(swiftName) is not declared in any part")
                return .named(swiftName)
            }
            return .named(name)
        }
    }

    /// An input object that needs itself can never be written.
    /// Source: <https://spec.graphql.org/October2021/#sec-Input-Objects.Circular-References>
    private mutating func checkInputCycles() {
        for (name, _) in inputFields.sorted(by: { $0.key < $1.key }) {
            var waiting = [name]
            var seen: Set<String> = []
            while let next = waiting.popLast() {
                guard case .input(let type) = types[next] else { continue }
                for field in type.fields {
                    guard case .nonNull(.named(let inner)) = field.type else { continue }
                    if inner == name {
                        problems.append("input \(name) needs itself through \(next).\(field.name)")
                    } else if seen.insert(inner).inserted {
                        waiting.append(inner)
                    }
                }
            }
        }
    }
}
