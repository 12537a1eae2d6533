/// What resolvers work with, one for each request: who asks, and the services that answer.
public protocol GraphQLContext: Sendable {
    /// What a field may require of the caller, such as a role. `Never` where nothing is restricted.
    associatedtype Access: Sendable = Never

    /// Throws when the caller may not have the field. Called once for each restricted field of a request, before
    /// anything runs; what is refused is null and an error, and its resolver is never called.
    func authorize(_ access: Access, for field: FieldName) throws(FieldError)
}

extension GraphQLContext where Access == Never {
    public func authorize(_ access: Never, for field: FieldName) throws(FieldError) {}
}

/// A field by the names that the schema gives it.
public struct FieldName: Sendable, Hashable, CustomStringConvertible {
    public var type: String
    public var field: String
    public var description: String { "\(type).\(field)" }
}
