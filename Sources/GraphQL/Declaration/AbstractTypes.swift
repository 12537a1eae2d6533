/// Objects that have fields in common: which fields those are, and which objects.
///
///     enum Entity: GraphQLInterface { case machine(Machine), department(Department) }
///
///     Interface(Entity.self) {
///         Demand<String>("name").describe("What people call it.")
///         Possible(Machine.self) { if case .machine(let machine) = $0 { machine } else { nil } }
///         Possible(Department.self) { if case .department(let department) = $0 { department } else { nil } }
///     }
///
/// The objects declare the fields, with their code, like all others; a schema in which one lacks a field is refused. An
/// object that is possible here implements the interface, and needs not say so itself.
public struct Interface<Context: GraphQLContext, Value: GraphQLInterface>: SchemaDeclaration {
    let name: String
    var text: String?
    var interfaces: [DeclaredType] = []
    let content: AbstractContent<Context, Value>

    public init(
        _ type: Value.Type, name: String? = nil,
        @AbstractContentBuilder<Context, Value> _ content: () -> AbstractContent<Context, Value>
    ) {
        self.name = name ?? swiftName(type)
        self.content = content()
    }

    public func describe(_ text: String) -> Interface {
        var copy = self
        copy.text = text
        return copy
    }

    /// An interface that whoever implements this one implements too.
    public func implements(_ other: (some GraphQLInterface).Type) -> Interface {
        var copy = self
        copy.interfaces.append(.declared(other))
        return copy
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.add(self) }
}

/// Objects that need have nothing in common.
///
///     Union(Finding.self) {
///         Possible(Machine.self) { if case .machine(let machine) = $0 { machine } else { nil } }
///         Possible(User.self) { if case .user(let user) = $0 { user } else { nil } }
///     }
public struct Union<Context: GraphQLContext, Value: GraphQLUnion>: SchemaDeclaration {
    let name: String
    var text: String?
    let content: AbstractContent<Context, Value>

    public init(
        _ type: Value.Type, name: String? = nil,
        @UnionContentBuilder<Context, Value> _ content: () -> AbstractContent<Context, Value>
    ) {
        self.name = name ?? swiftName(type)
        self.content = content()
    }

    public func describe(_ text: String) -> Union {
        var copy = self
        copy.text = text
        return copy
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.add(self) }
}

/// A field that an interface demands of what implements it: no code, that is the objects' own.
public struct Demand<Value: GraphQLOutput>: Sendable {
    var declaration: FieldDeclaration

    public init<each A: GraphQLInput>(_ name: String, _ arguments: repeat Argument<each A>) {
        var declarations: [ArgumentDeclaration] = []
        for argument in repeat each arguments { declarations.append(argument.declaration) }
        declaration = FieldDeclaration(name: name, type: Value.outputType, arguments: declarations)
    }

    public func describe(_ text: String) -> Demand {
        var copy = self
        copy.declaration.description = text
        return copy
    }

    public func deprecated(_ reason: String = "No longer supported") -> Demand {
        var copy = self
        copy.declaration.deprecation = reason
        return copy
    }
}

/// An object that a value of an interface or union may be, and how to tell.
public struct Possible<Context: GraphQLContext, Value: GraphQLAbstract>: Sendable {
    let type: DeclaredType
    let branch: @Sendable (Planner<Context>, [[Selection]]) throws(RequestError) -> Branch<Context, Value>

    public init<Member: GraphQLObject>(_ type: Member.Type, _ member: @escaping @Sendable (Value) -> Member?) {
        self.type = .declared(type)
        branch = { planner, selections throws(RequestError) in
            Branch(try planner.object(type, selections), member)
        }
    }
}

/// What an interface or union consists of.
public struct AbstractContent<Context: GraphQLContext, Value: GraphQLAbstract>: Sendable {
    var fields: [FieldDeclaration] = []
    var possible: [Possible<Context, Value>] = []
}

@resultBuilder
public enum AbstractContentBuilder<Context: GraphQLContext, Value: GraphQLInterface> {
    public typealias Content = AbstractContent<Context, Value>

    public static func buildExpression<T>(_ field: Demand<T>) -> Content { Content(fields: [field.declaration]) }
    public static func buildExpression(_ type: Possible<Context, Value>) -> Content { Content(possible: [type]) }
    public static func buildBlock(_ parts: Content...) -> Content {
        Content(fields: parts.flatMap(\.fields), possible: parts.flatMap(\.possible))
    }
}

@resultBuilder
public enum UnionContentBuilder<Context: GraphQLContext, Value: GraphQLUnion> {
    public typealias Content = AbstractContent<Context, Value>

    public static func buildExpression(_ type: Possible<Context, Value>) -> Content { Content(possible: [type]) }
    public static func buildBlock(_ parts: Content...) -> Content {
        Content(possible: parts.flatMap(\.possible))
    }
}
