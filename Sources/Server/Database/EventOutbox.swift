public import JSON

/// An event to be written. Its id and time are given when it is committed.
public struct NewEvent: Equatable, Sendable {
    public var resource: String
    public var action: String
    public var resourceID: String
    public var resourceName: String
    public var actor: String
    public var message: String
    public var data: JSONValue

    public init(
        resource: String, action: String, resourceID: String, resourceName: String, actor: String, message: String,
        data: JSONValue = .null
    ) {
        self.resource = resource
        self.action = action
        self.resourceID = resourceID
        self.resourceName = resourceName
        self.actor = actor
        self.message = message
        self.data = data
    }
}

/// The outbox: events are rows, written in the transaction that makes the change.
///
/// Ids grow in the order of commit. That takes a lock from the drawing of the ids to the end of the transaction, so events
/// are not written where they are recorded, but all together as the last act before `COMMIT`, in one packet with it: see
/// `append_events` in the first migration. Gaps are possible and mean nothing.
public enum EventOutbox {
    /// Notified with the newest id after each commit that wrote events.
    public static let channel: StaticString = "bay_event"

    /// Writes `events` when `transaction` is committed.
    public static func append(_ events: [NewEvent], in transaction: Transaction) {
        for event in events { transaction.record(event) }
    }

    public static let columns: Statement =
        "id, at, resource, action, resource_id, resource_name, actor, message, data"

    /// The last events that this transaction has written. Their ids follow each other: nobody else draws any meanwhile.
    static func newest(_ count: Int) -> Statement {
        """
        SELECT \(columns) FROM event WHERE id > (SELECT currval('event_id')) - \(Int64(count)) ORDER BY id
        """
    }

    static func append(_ events: [NewEvent]) -> Statement {
        """
        SELECT append_events(\(events.map(\.resource)), \(events.map(\.action)), \(events.map(\.resourceID)),
               \(events.map(\.resourceName)), \(events.map(\.actor)), \(events.map(\.message)),
               \(events.map(\.data.text)))
        """
    }
}
