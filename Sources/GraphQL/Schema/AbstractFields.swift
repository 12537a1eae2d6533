protocol AnyAbstractFields<Context>: Sendable {
    associatedtype Context: GraphQLContext
    var name: String { get }
    var description: String? { get }
    /// Nil for a union, which has no fields of its own.
    var fields: [FieldDeclaration]? { get }
    var interfaces: [DeclaredType] { get }
    var possible: [DeclaredType] { get }
}

/// An interface or union: what it says, and how to tell its values apart.
struct AbstractFields<Context: GraphQLContext, Value: GraphQLAbstract>: AnyAbstractFields {
    let name: String
    let description: String?
    let fields: [FieldDeclaration]?
    let interfaces: [DeclaredType]
    let branches: [Possible<Context, Value>]

    var possible: [DeclaredType] { branches.map(\.type) }
}
