package import JSON

/// One thing that changed, as a row of the outbox: what consoles follow live and admins read later.
package struct EventRecord: Identifiable, Equatable, Sendable {
    /// Grows with the order of commit, so that a reader who has seen `id` has seen all before it.
    package typealias ID = Int64

    package var id: ID
    package var at: Timestamp
    /// What kind of thing changed: `machine`, `snapshot`, `department`, `host`.
    package var resource: String
    /// What happened to it: `create`, `update`, `delete`, `power_on`, ...
    package var action: String
    package var resourceID: String
    /// The name that the thing had then, for readers who come when it is gone.
    package var resourceName: String
    /// Who did it: an account, `local:root`, or `libvirt` for what the host did by itself.
    package var actor: String
    /// One sentence for people.
    package var message: String
    /// What readers need to bring their copy up to date.
    package var data: JSONValue

    package init(
        id: ID, at: Timestamp, resource: String, action: String, resourceID: String, resourceName: String,
        actor: String, message: String, data: JSONValue = .null
    ) {
        self.id = id
        self.at = at
        self.resource = resource
        self.action = action
        self.resourceID = resourceID
        self.resourceName = resourceName
        self.actor = actor
        self.message = message
        self.data = data
    }
}
