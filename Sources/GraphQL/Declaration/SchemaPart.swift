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
package struct SchemaPart<Context: GraphQLContext>: Sendable {
    let declarations: [any SchemaDeclaration<Context>]

    package init(@SchemaPartBuilder<Context> _ declarations: () -> [any SchemaDeclaration<Context>]) {
        self.declarations = declarations()
    }
}

/// Something that a part declares.
package protocol SchemaDeclaration<Context>: Sendable {
    associatedtype Context: GraphQLContext
    func add(to builder: inout SchemaBuilder<Context>)
}

@resultBuilder
package enum SchemaPartBuilder<Context: GraphQLContext> {
    package typealias Declarations = [any SchemaDeclaration<Context>]

    package static func buildExpression<T>(_ object: Object<Context, T>) -> Declarations { [object] }
    package static func buildExpression<T>(_ fields: Extend<Context, T>) -> Declarations { [fields] }
    package static func buildExpression<T>(_ interface: Interface<Context, T>) -> Declarations { [interface] }
    package static func buildExpression<T>(_ union: Union<Context, T>) -> Declarations { [union] }
    package static func buildExpression(_ query: Query<Context>) -> Declarations { [query] }
    package static func buildExpression(_ mutation: Mutation<Context>) -> Declarations { [mutation] }
    package static func buildExpression(_ subscription: Subscription<Context>) -> Declarations { [subscription] }
    package static func buildExpression<T>(_ type: Enum<T>) -> Declarations {
        [TypeDeclaration { $0.add(type) }]
    }
    package static func buildExpression<T>(_ type: Input<T>) -> Declarations {
        [TypeDeclaration { $0.add(type) }]
    }
    package static func buildBlock(_ parts: Declarations...) -> Declarations { parts.flatMap { $0 } }
    package static func buildOptional(_ part: Declarations?) -> Declarations { part ?? [] }
    package static func buildEither(first part: Declarations) -> Declarations { part }
    package static func buildEither(second part: Declarations) -> Declarations { part }
}

/// A declaration that has nothing to do with the context.
struct TypeDeclaration<Context: GraphQLContext>: SchemaDeclaration {
    let body: @Sendable (inout SchemaBuilder<Context>) -> Void
    func add(to builder: inout SchemaBuilder<Context>) { body(&builder) }
}

/// An object of the API and its fields. The name is that of the Swift type unless given.
package struct Object<Context: GraphQLContext, Parent: GraphQLObject>: SchemaDeclaration {
    let name: String
    var text: String?
    let fields: [Field<Context, Parent>]

    package init(
        _ type: Parent.Type, name: String? = nil,
        @FieldsBuilder<Context, Parent> _ fields: () -> [Field<Context, Parent>]
    ) {
        self.name = name ?? String(describing: type)
        self.fields = fields()
    }

    package func describe(_ text: String) -> Object {
        var copy = self
        copy.text = text
        return copy
    }

    package func add(to builder: inout SchemaBuilder<Context>) {
        builder.addObject(Parent.self, name: name, description: text, fields)
    }
}

/// Fields for an object that another part declares.
package struct Extend<Context: GraphQLContext, Parent: GraphQLObject>: SchemaDeclaration {
    let fields: [Field<Context, Parent>]

    package init(
        _ type: Parent.Type, @FieldsBuilder<Context, Parent> _ fields: () -> [Field<Context, Parent>]
    ) {
        self.fields = fields()
    }

    package func add(to builder: inout SchemaBuilder<Context>) { builder.extend(Parent.self, fields) }
}

/// Fields of the query root. Each must say what it requires, itself or through its block: a root field that anybody may
/// have by oversight is refused when the schema is built.
package struct Query<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, QueryRoot>]

    package init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, QueryRoot> _ fields: () -> [Field<Context, QueryRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    package func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(QueryRoot.self, fields) }
}

/// Fields of the mutation root, with the same rule for access as `Query`.
package struct Mutation<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, MutationRoot>]

    package init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, MutationRoot> _ fields: () -> [Field<Context, MutationRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    package func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(MutationRoot.self, fields) }
}

/// Fields of the subscription root, with the same rule for access as `Query`.
package struct Subscription<Context: GraphQLContext>: SchemaDeclaration {
    let fields: [Field<Context, SubscriptionRoot>]

    package init(
        requires access: Context.Access? = nil,
        @FieldsBuilder<Context, SubscriptionRoot> _ fields: () -> [Field<Context, SubscriptionRoot>]
    ) {
        self.fields = fields().map { $0.access == nil ? $0.withAccess(access) : $0 }
    }

    package func add(to builder: inout SchemaBuilder<Context>) { builder.addRoot(SubscriptionRoot.self, fields) }
}

extension Field {
    func withAccess(_ access: Context.Access?) -> Field {
        var copy = self
        copy.access = access
        return copy
    }
}
