package import Core
package import GraphQL

extension Readiness: GraphQLObject {}

/// A state in one word.
struct SetupState: GraphQLObject {
    var value: String

    init(isSetUp: Bool) { value = isSetUp ? "complete" : "required" }
}

extension SetupError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .alreadySetUp: FieldError(message, code: .forbidden)
        case .wrongCode: FieldError(message, code: .unauthorized)
        case .incomplete: FieldError(message, code: .badInput)
        }
    }
}

let setupSchema = SchemaPart<RequestContext> {
    Object(SetupState.self, name: "DyummyType") {
        Field("value", \.value).describe("required while no administrator has an account, complete afterwards.")
    }
    Object(Readiness.self, name: "SystemReadiness") {
        Field("ready", \.isReady)
        Field("availableOS") { $0.available.map(\.rawValue) }
        Field("missingOS") { $0.missing.map(\.rawValue) }
    }

    Query(requires: .anyone) {
        Field("checkSetupStatus") { context in SetupState(isSetUp: try await context.services.setup.isSetUp()) }
        Field("getSupportedOSTypes") { _ in GuestSystem.allCases.map(\.rawValue) }
    }
    Query(requires: .user) {
        Field("checkSystemReadiness") { context in await context.services.setup.readiness() }
            .describe("Which systems have an image that machines can be installed from.")
    }
    Mutation(requires: .anyone) {
        Field(
            "setupNode", Argument<String?>("email"), Argument<String?>("password"),
            Argument<String?>("firstName"), Argument<String?>("lastName"),
            Argument<String?>("code").describe("The setup code in the server's log; not needed at the local socket.")
        ) { context, email, password, first, last, code in
            // To who is nobody there is nothing here once it is done.
            if context.caller == nil, try await context.services.setup.isSetUp() { _ = try context.signedIn }
            let user = User(
                id: User.ID(""), email: email ?? "", firstName: first ?? "Administrator", lastName: last ?? "")
            _ = try await context.services.setup.makeFirstAdministrator(
                user, password: password ?? "", code: code, by: context.caller)
            return SetupState(isSetUp: true)
        }.describe("Makes the first account, a SUPER_ADMIN, while no administrator has one.")
    }
}
