package import Core
package import JSON

/// What one event is to those who are connected: worked out once, however many of them there are.
package struct Announcement: Equatable, Sendable {
    package var event: EventRecord.ID
    package var at: Timestamp
    /// Who may stay in a room, now that somebody may have lost the right to it. Done before anything is told.
    package var evictions: [Eviction] = []
    package var notices: [Notice] = []
    /// Rooms of what is gone: everybody leaves when the notices are told.
    package var closings: [SocketRoom] = []

    package init(_ event: EventRecord) {
        self.event = event.id
        at = event.at
    }

    package struct Eviction: Equatable, Sendable {
        package var room: SocketRoom
        package var staying: Set<String>

        package init(_ room: SocketRoom, staying: Set<String>) {
            self.room = room
            self.staying = staying
        }
    }

    /// One thing to tell, in the words that these readers may have.
    package struct Notice: Equatable, Sendable {
        /// `vms:update`: stands behind the reader's own name, and alone in a room.
        package var name: String
        package var data: JSONValue
        /// Users who are told by their own name, on all of their connections.
        package var users: Set<String>
        /// Rooms in which it is told, and who of those in them hears this notice.
        package var rooms: [SocketRoom]
        package var roomReaders: Set<String>

        package init(
            _ name: String, _ data: JSONValue, to users: Set<String>, rooms: [SocketRoom] = [],
            roomReaders: Set<String> = []
        ) {
            self.name = name
            self.data = data
            self.users = users
            self.rooms = rooms
            self.roomReaders = roomReaders
        }
    }
}

/// What the Socket.io door asks of the features. The door itself knows no rule.
package protocol SocketBackend: Sendable {
    /// The id of the newest event.
    var lastEvent: EventRecord.ID { get }
    /// The events behind `id`, oldest first; waits until there are some. Nil when the server stops.
    func events(after id: EventRecord.ID, limit: Int) async throws -> [EventRecord]?
    /// Whether every event behind `id` can still be had, and there are at most `limit` of them.
    func reachesBack(to id: EventRecord.ID, limit: Int) async throws -> Bool
    /// What these events are to `users`, in their order.
    func announcements(of events: [EventRecord], to users: Set<String>) async throws -> [Announcement]
    /// The caller's account, as the welcome shows it.
    func account(of caller: Caller) async throws -> User?
    func mayJoin(_ room: SocketRoom, _ caller: Caller) async throws -> Bool
}
