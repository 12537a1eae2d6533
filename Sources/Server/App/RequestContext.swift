package import Core
package import GraphQL

/// What a resolver works with: who asks, and the features.
package struct RequestContext: GraphQLContext {
    package let caller: Caller
    package let services: Services
    package let server: ServerFacts

    package init(caller: Caller, services: Services, server: ServerFacts) {
        self.caller = caller
        self.services = services
        self.server = server
    }

    /// The one place where a role opens or closes a field, for every door.
    package func authorize(_ access: UserRole, for field: FieldName) throws(FieldError) {
        guard caller.role >= access else {
            throw FieldError("\(field.field) needs the role \(access.rawValue)", code: .forbidden)
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
