package import Core
package import GraphQL
import JSON

extension Application: GraphQLObject {}
extension Application.ID: GraphQLIdentifier {}

struct ApplicationInput: GraphQLInputObject {
    var name: String
    var description: Supplied<String>
    var systems: [String]
    var installCommand: JSONObject
    var parameters: JSONObject?

    /// What it makes of an application: what was not mentioned stays.
    func apply(to draft: ApplicationDraft) -> ApplicationDraft {
        var changed = draft
        changed.name = name
        changed.systems = systems
        changed.installCommand = installCommand
        switch description {
        case .absent: break
        case .null: changed.description = nil
        case .value(let text): changed.description = text
        }
        if let parameters { changed.parameters = parameters }
        return changed
    }

    var draft: ApplicationDraft {
        apply(to: ApplicationDraft(name: name, systems: systems, installCommand: installCommand))
    }
}

extension ApplicationError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound: FieldError(message, code: .notFound)
        case .invalid: FieldError(message, code: .badInput)
        case .nameTaken, .inUse: FieldError(message, code: .conflict)
        }
    }
}

let applicationSchema = SchemaPart<RequestContext> {
    Object(Application.self, name: "ApplicationType") {
        Field("id", \.id)
        Field("name", \.name)
        Field("description", \.description)
        Field("icon", \.icon).describe("An SVG image as text.")
        Field("os", \.systems)
        Field("installCommand", \.installCommand).describe("The command that installs it, by system.")
        Field("parameters", \.parameters)
        Field("createdAt", \.createdAt)
    }
    Input(
        ApplicationInput.self, name: "CreateApplicationInputType", Argument<Supplied<String>>("description"),
        Argument<JSONObject>("installCommand"), Argument<String>("name", default: ""),
        Argument<[String]>("os", default: []), Argument<JSONObject?>("parameters", default: nil)
    ) {
        ApplicationInput(name: $2, description: $0, systems: $3, installCommand: $1, parameters: $4)
    }

    Query(requires: .user) {
        Field("application", Argument<String>("id")) { context, id in
            try await context.services.applications.store.find([Application.ID(id)]).values.first
        }
        Field("applications") { context in try await context.services.applications.store.all() }
    }
    Mutation(requires: .admin) {
        Field("createApplication", Argument<ApplicationInput>("input")) { context, input in
            try await context.services.applications.create(input.draft, by: try context.signedIn.name)
        }
        Field("updateApplication", Argument<String>("id"), Argument<ApplicationInput>("input")) {
            context, id, input in
            try await context.services.applications.update(
                Application.ID(id), by: try context.signedIn.name, input.apply(to:))
        }
        Field("deleteApplication", Argument<String>("id")) { context, id in
            try await context.services.applications.delete(Application.ID(id), by: try context.signedIn.name)
            return true
        }
    }
}
