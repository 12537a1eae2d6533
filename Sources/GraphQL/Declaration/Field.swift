/// A field of an object or of a root, with the code that resolves it.
///
/// Beneath an object there is no asynchronous code for a single parent: what must be fetched is `groupedBy` a key and
/// fetched for all parents in one call, so the number of round trips never depends on the number of rows.
package struct Field<Context: GraphQLContext, Parent: Sendable>: Sendable {
    let name: String
    let type: DeclaredType
    let arguments: [ArgumentDeclaration]
    var text: String?
    var deprecation: String?
    var access: Context.Access?
    let plan: @Sendable (FieldSite<Context>) throws(RequestError) -> FieldStep<Context, Parent>

    var isNullable: Bool { !type.isNonNull }

    init(
        _ name: String, type: DeclaredType, arguments: [ArgumentDeclaration],
        plan: @escaping @Sendable (FieldSite<Context>) throws(RequestError) -> FieldStep<Context, Parent>
    ) {
        self.name = name
        self.type = type
        self.arguments = arguments
        self.plan = plan
    }

    package func describe(_ text: String) -> Field {
        var copy = self
        copy.text = text
        return copy
    }

    package func deprecated(_ reason: String = "No longer supported") -> Field {
        var copy = self
        copy.deprecation = reason
        return copy
    }

    /// Who may have this field; the context decides, before anything runs.
    package func requires(_ access: Context.Access) -> Field {
        var copy = self
        copy.access = access
        return copy
    }
}

/// Collects the fields of one object or root.
@resultBuilder
package enum FieldsBuilder<Context: GraphQLContext, Parent: Sendable> {
    package static func buildExpression(_ field: Field<Context, Parent>) -> [Field<Context, Parent>] { [field] }
    package static func buildBlock(_ fields: [Field<Context, Parent>]...) -> [Field<Context, Parent>] {
        fields.flatMap { $0 }
    }
    package static func buildOptional(_ fields: [Field<Context, Parent>]?) -> [Field<Context, Parent>] { fields ?? [] }
    package static func buildEither(first fields: [Field<Context, Parent>]) -> [Field<Context, Parent>] { fields }
    package static func buildEither(second fields: [Field<Context, Parent>]) -> [Field<Context, Parent>] { fields }
}
