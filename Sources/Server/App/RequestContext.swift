package import Core
package import GraphQL

/// What a resolver works with: who asks, and the features.
package struct RequestContext: GraphQLContext {
    /// Nil when nobody is signed in.
    package let caller: Caller?
    /// Where the caller is, as far as the door knows.
    package let address: String?
    package let services: Services
    package let server: ServerFacts

    package init(caller: Caller?, address: String? = nil, services: Services, server: ServerFacts) {
        self.caller = caller
        self.address = address
        self.services = services
        self.server = server
    }

    /// The one place where a role opens or closes a field, for every door.
    package func authorize(_ access: Access, for field: FieldName) throws(FieldError) {
        guard let needed = access.role else { return }
        if let reason = try signedIn.role.refusal(needing: needed) {
            throw FieldError("\(field.field) \(reason)", code: .forbidden)
        }
    }

    /// The caller of a field that is not for anyone.
    package var signedIn: Caller {
        get throws(FieldError) {
            guard let caller else { throw FieldError("Not authorized", code: .unauthorized) }
            return caller
        }
    }
}

/// What this server says of itself.
package struct ServerFacts: Equatable, Sendable {
    package var version: String
    /// Machines and figures are made up, and the console says so.
    package var isDemo: Bool
    package var hypervisorURI: String

    package init(version: String, isDemo: Bool, hypervisorURI: String) {
        self.version = version
        self.isDemo = isDemo
        self.hypervisorURI = hypervisorURI
    }
}
