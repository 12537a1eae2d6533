import Core
import GraphQL
import JSON

extension EventRecord: GraphQLObject {}

let eventSchema = SchemaPart<RequestContext> {
    Object(EventRecord.self, name: "Event") {
        Field("id") { ID(String($0.id)) }
        Field("at", \.at)
        Field("resource", \.resource)
        Field("action", \.action)
        Field("resourceId", \.resourceID)
        Field("resourceName", \.resourceName)
        Field("actor", \.actor).describe("Who did it: an account, or `libvirt` for what the host did by itself.")
        Field("message", \.message)
        Field("data") { $0.data == .null ? Optional<JSONValue>.none : .some($0.data) }
            .describe("What readers need to bring their copy up to date.")
    }
    // What happened to machines that are not one's own is the administrators' business.
    Query(requires: .user) {
        Field(
            "events",
            Argument<ID?>("after").describe("Events behind this one, oldest first."),
            Argument<ID?>("before").describe("Events before this one, newest first."),
            Argument<Int?>("limit", default: 100)
        ) { context, after, before, limit in
            let scope = try context.signedIn.machineScope
            let limit = min(max(limit ?? 100, 0), EventStore.maximumPage)
            if let after {
                return try await context.services.events.events(
                    after: try after.eventID(), limit: limit, scope: scope)
            }
            return try await context.services.events.events(
                before: try before?.eventID(), limit: limit, scope: scope)
        }
    }
    Subscription(requires: .user) {
        Field(
            "events", Argument<ID?>("after").describe("Resumes behind this event; without it, from now on.")
        ) { context, after in
            EventFollower(
                hub: context.services.hub, store: context.services.events, after: try after?.eventID(),
                scope: try context.signedIn.machineScope)
        }
    }
}

extension ID {
    fileprivate func eventID() throws(FieldError) -> EventRecord.ID {
        guard let number = EventRecord.ID(rawValue), number >= 0 else {
            throw FieldError("\"\(rawValue.prefix(40))\" is not the id of an event", code: .badInput)
        }
        return number
    }
}
