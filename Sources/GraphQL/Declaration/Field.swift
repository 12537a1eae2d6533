/// A field of an object or of a root, with the code that resolves it.
///
/// Beneath an object there is no asynchronous code for a single parent: what must be fetched is `groupedBy` a key and
/// fetched for all parents in one call, so the number of round trips never depends on the number of rows.
public struct Field<Context: GraphQLContext, Parent: Sendable>: Sendable {
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

    public func describe(_ text: String) -> Field {
        var copy = self
        copy.text = text
        return copy
    }

    public func deprecated(_ reason: String = "No longer supported") -> Field {
        var copy = self
        copy.deprecation = reason
        return copy
    }

    /// Who may have this field; the context decides, before anything runs.
    public func requires(_ access: Context.Access) -> Field {
        var copy = self
        copy.access = access
        return copy
    }
}

/// Collects the fields of one object or root.
@resultBuilder
public enum FieldsBuilder<Context: GraphQLContext, Parent: Sendable> {
    public static func buildExpression(_ field: Field<Context, Parent>) -> [Field<Context, Parent>] { [field] }
    public static func buildBlock(_ fields: [Field<Context, Parent>]...) -> [Field<Context, Parent>] {
        fields.flatMap { $0 }
    }
    public static func buildOptional(_ fields: [Field<Context, Parent>]?) -> [Field<Context, Parent>] { fields ?? [] }
    public static func buildEither(first fields: [Field<Context, Parent>]) -> [Field<Context, Parent>] { fields }
    public static func buildEither(second fields: [Field<Context, Parent>]) -> [Field<Context, Parent>] { fields }
}
