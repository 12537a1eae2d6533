/// What one feature adds to the schema: types, root fields, and fields on the types of other features.
///
///     let machineSchema = SchemaPart<RequestContext> {
///         Object(Machine.self) {
///             Field("id", \.id)
///             Field("snapshots", groupedBy: \.id) { ids, context in try await context.snapshots.snapshots(of: ids) }
///         }
///         Query(requires: .user) {
///             Field("machine", Argument<String>("id")) { context, id in try await context.machines.find(id) }
///         }
///     }
public struct SchemaPart<Context: GraphQLContext>: Sendable {
    let declarations: [any SchemaDeclaration<Context>]

    public init(@SchemaPartBuilder<Context> _ declarations: () -> [any SchemaDeclaration<Context>]) {
        self.declarations = declarations()
    }
}

/// Something that a part declares.
public protocol SchemaDeclaration<Context>: Sendable {
    associatedtype Context: GraphQLContext
    func add(to builder: inout SchemaBuilder<Context>)
}

@resultBuilder
public enum SchemaPartBuilder<Context: GraphQLContext> {
    public typealias Declarations = [any SchemaDeclaration<Context>]

    public static func buildExpression<T>(_ object: Object<Context, T>) -> Declarations { [object] }
    public static func buildExpression<T>(_ fields: Extend<Context, T>) -> Declarations { [fields] }
    public static func buildExpression<T>(_ interface: Interface<Context, T>) -> Declarations { [interface] }
    public static func buildExpression<T>(_ union: Union<Context, T>) -> Declarations { [union] }
    public static func buildExpression(_ query: Query<Context>) -> Declarations { [query] }
    public static func buildExpression(_ mutation: Mutation<Context>) -> Declarations { [mutation] }
    public static func buildExpression(_ subscription: Subscription<Context>) -> Declarations { [subscription] }
    public static func buildExpression<T>(_ type: Enum<T>) -> Declarations {
        [TypeDeclaration { $0.add(type) }]
    }
    public static func buildExpression<T>(_ type: Input<T>) -> Declarations {
        [TypeDeclaration { $0.add(type) }]
    }
    public static func buildBlock(_ parts: Declarations...) -> Declarations { parts.flatMap { $0 } }
    public static func buildOptional(_ part: Declarations?) -> Declarations { part ?? [] }
    public static func buildEither(first part: Declarations) -> Declarations { part }
    public static func buildEither(second part: Declarations) -> Declarations { part }
}

/// A declaration that has nothing to do with the context.
struct TypeDeclaration<Context: GraphQLContext>: SchemaDeclaration {
    let body: @Sendable (inout SchemaBuilder<Context>) -> Void
    func add(to builder: inout SchemaBuilder<Context>) { body(&builder) }
}

/// An object of the API and its fields. The name is that of the Swift type unless given.
public struct Object<Context: GraphQLContext, Parent: GraphQLObject>: SchemaDeclaration {
    let name: String
    var text: String?
    let fields: [Field<Context, Parent>]

    public init(
        _ type: Parent.Type, name: String? = nil,
        @FieldsBuilder<Context, Parent> _ fields: () -> [Field<Context, Parent>]
    ) {
        self.name = name ?? swiftName(type)
        self.fields = fields()
    }

    public func describe(_ text: String) -> Object {
        var copy = self
        copy.text = text
        return copy
    }

    public func add(to builder: inout SchemaBuilder<Context>) {
        builder.addObject(Parent.self, name: name, description: text, fields)
    }
}

/// Fields for an object that another part declares.
public struct Extend<Context: GraphQLContext, Parent: GraphQLObject>: SchemaDeclaration {
    let fields: [Field<Context, Parent>]

    public init(
        _ type: Parent.Type, @FieldsBuilder<Context, Parent> _ fields: () -> [Field<Context, Parent>]
    ) {
        self.fields = fields()
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.extend(Parent.self, fields) }
}

/// Fields of the query root. Each must say what it requires, itself or through its block: a root field that anybody may
/// have by oversight is refused when the schema is built.
public struct Query<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, QueryRoot>]

    public init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, QueryRoot> _ fields: () -> [Field<Context, QueryRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(QueryRoot.self, fields) }
}

/// Fields of the mutation root, with the same rule for access as `Query`.
public struct Mutation<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, MutationRoot>]

    public init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, MutationRoot> _ fields: () -> [Field<Context, MutationRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(MutationRoot.self, fields) }
}

/// Fields of the subscription root, with the same rule for access as `Query`.
public struct Subscription<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, SubscriptionRoot>]

    public init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, SubscriptionRoot> _ fields: () -> [Field<Context, SubscriptionRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    public func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(SubscriptionRoot.self, fields) }
}

extension Field {
    func withAccess(_ access: Context.Access?) -> Field {
        var copy = self
        copy.access = access
        return copy
    }
}
