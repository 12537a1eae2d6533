/// Interfaces and unions.
extension SchemaBuilder {
    mutating func add<Value>(_ declaration: Interface<Context, Value>) {
        addAbstract(
            AbstractFields(
                name: declaration.name, description: declaration.text, fields: declaration.content.fields,
                interfaces: declaration.interfaces, branches: declaration.content.possible))
    }

    mutating func add<Value>(_ declaration: Union<Context, Value>) {
        addAbstract(
            AbstractFields(
                name: declaration.name, description: declaration.text, fields: nil, interfaces: [],
                branches: declaration.content.possible))
    }

    /// The interfaces that each object implements, by the object's name: those in which it is possible.
    func interfacesByObject() -> [String: [String]] {
        var interfaces: [String: [String]] = [:]
        for abstract in sortedAbstracts where abstract.fields != nil {
            for type in abstract.possible {
                if let name = name(of: type) { interfaces[name, default: []].append(abstract.name) }
            }
        }
        return interfaces
    }

    mutating func defineAbstracts() {
        for abstract in sortedAbstracts {
            let members = abstract.possible.map { resolve($0, abstract.name).name }
            if Set(members).count != members.count { problems.append("\(abstract.name) has a possible type twice") }
            guard let fields = abstract.fields else {
                if members.isEmpty { problems.append("union \(abstract.name) has no possible types") }
                define(.union(UnionType(name: abstract.name, description: abstract.description, members: members)))
                continue
            }
            if fields.isEmpty { problems.append("interface \(abstract.name) has no fields") }
            if Set(fields.map(\.name)).count != fields.count {
                problems.append("interface \(abstract.name) demands a field twice")
            }
            define(
                .interface(
                    InterfaceType(
                        name: abstract.name, description: abstract.description,
                        interfaces: abstract.interfaces.map { resolve($0, abstract.name).name },
                        fields: fields.map { definition($0, of: abstract.name) })))
        }
    }

    /// Whoever says to implement an interface does.
    /// Source: <https://spec.graphql.org/October2021/#IsValidImplementation()>
    mutating func checkImplementations(_ types: TypeSystem) {
        for type in types.types.values.sorted(by: { $0.name < $1.name }) {
            for name in type.interfaces {
                guard case .interface(let interface)? = types.types[name] else {
                    problems.append("\(type.name) implements \(name), which is no interface")
                    continue
                }
                if name == type.name { problems.append("interface \(name) implements itself") }
                for other in interface.interfaces where !type.interfaces.contains(other) && other != type.name {
                    problems.append("\(type.name) implements \(name) and must implement \(other) too")
                }
                for demanded in interface.fields { check(type, name, demanded, types) }
            }
        }
    }

    private mutating func check(
        _ type: NamedType, _ interface: String, _ demanded: FieldDefinition, _ types: TypeSystem
    ) {
        let place = "\(type.name).\(demanded.name)"
        guard let field = type.fields.first(where: { $0.name == demanded.name }) else {
            problems.append("\(type.name) lacks the field \(demanded.name), which \(interface) demands")
            return
        }
        if !types.isSame(field.type, orPartOf: demanded.type) {
            problems.append("\(place) is \(field.type), but \(interface) demands \(demanded.type)")
        }
        for argument in demanded.arguments {
            let own = field.arguments.first { $0.name == argument.name }
            if own?.type != argument.type {
                problems.append("\(place) must take \(argument.name): \(argument.type), as \(interface) demands")
            }
        }
        for argument in field.arguments where argument.isRequired {
            if demanded.arguments.contains(where: { $0.name == argument.name }) { continue }
            problems.append("\(place)(\(argument.name)) is required, but \(interface) does not have it")
        }
    }
}

extension TypeSystem {
    /// Whether every value of the first type is one of the second.
    /// Source: <https://spec.graphql.org/October2021/#IsValidImplementationFieldType()>
    func isSame(_ type: TypeReference, orPartOf other: TypeReference) -> Bool {
        switch (type, other) {
        case (.nonNull(let type), .nonNull(let other)): isSame(type, orPartOf: other)
        case (.nonNull(let type), _): isSame(type, orPartOf: other)
        case (.list(let type), .list(let other)): isSame(type, orPartOf: other)
        case (.named(let type), .named(let other)):
            type == other || possibleTypes(of: other).contains(type)
                || types[type]?.interfaces.contains(other) == true
        default: false
        }
    }
}
