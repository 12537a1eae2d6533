package import Core
import GraphQL
import JSON

extension ErrorEntry: GraphQLObject {}
extension ErrorEntry.ID: GraphQLIdentifier {}
extension ErrorSeverity: GraphQLEnum {}

/// Which errors a list is to have.
struct ErrorFilterInput: GraphQLInputObject {
    var filter: ErrorStore.Filter
}

let errorLogSchema = SchemaPart<RequestContext> {
    Enum(ErrorSeverity.self)
    Object(ErrorEntry.self, name: "ErrorLogEntry") {
        Field("id", \.id)
        Field("message", \.message)
        Field("code", \.code)
        Field("severity", \.severity)
        Field("context") { $0.context.isEmpty ? Optional<JSONObject>.none : .some($0.context) }
            .describe("Where it happened, and the id that a client was given in place of the reason.")
        Field("timestamp", \.at).describe("When it came first.")
        Field("lastAt", \.lastAt)
        Field("count", \.count).describe("How often it came until somebody dealt with it.")
        Field("resolved", \.isResolved)
        Field("resolvedAt", \.resolvedAt)
        Field("resolvedBy", \.resolvedBy)
    }
    Input(
        ErrorFilterInput.self, name: "ErrorLogFilterInput", Argument<Bool?>("resolved", default: nil),
        Argument<[ErrorSeverity]?>("severities", default: nil), Argument<String?>("code", default: nil)
    ) { ErrorFilterInput(filter: ErrorStore.Filter(isResolved: $0, severities: $1, code: $2)) }

    Query(requires: .admin) {
        Field(
            "errorLogs", Argument<ErrorFilterInput?>("filter", default: nil),
            Argument<Pagination?>("pagination", default: nil)
        ) { context, filter, page in
            let window = try Pagination.window(page, unsaid: 100, maximum: ErrorStore.maximumPage)
            return try await context.services.errors.store.list(
                filter?.filter ?? ErrorStore.Filter(), skip: window.skip, limit: window.take)
        }.describe("Errors that somebody has to look at, those that came last first.")
    }
    Mutation(requires: .admin) {
        Field("resolveErrors", Argument<[ErrorEntry.ID]>("ids")) { context, ids in
            if ids.count > ErrorStore.maximumPage {
                throw FieldError("at most \(ErrorStore.maximumPage) errors at once", code: .badInput)
            }
            return try await context.services.errors.resolve(ids, by: try context.signedIn.name)
        }.describe("Marks errors as dealt with. Returns those that were open.")
    }
}
