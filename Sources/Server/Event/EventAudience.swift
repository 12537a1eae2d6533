package import Core
import JSON
package import Postgres

/// Says for the events of one kind of thing who hears of them, and in which words.
///
/// A payload is made of what is named here and of nothing else, so that a new column is nobody's until somebody gives it.
protocol ResourceManager: Sendable {
    /// The kind of thing, as events have it.
    var resource: String { get }
    /// The name under which clients know it.
    var name: String { get }
    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds)
    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement
}

/// The one place where an event becomes what those hear who are connected: from roles, ownership and department.
package struct EventAudience: SocketBackend {
    private static let managers: [any ResourceManager] = [
        MachineAudience(), SnapshotAudience(), DepartmentAudience(), UserAudience(), ApplicationAudience(),
        FirewallAudience(), PlainAudience.templates, PlainAudience.categories, PlainAudience.networks,
        PlainAudience.settings,
        AdministratorAudience.jobs, AdministratorAudience.schedules, AdministratorAudience.errors,
    ]
    private static let byResource = Dictionary(uniqueKeysWithValues: managers.map { ($0.resource, $0) })

    /// What clients can hear of, as `socketConnectionStats` lists it.
    package static let managerNames = Set(managers.map(\.name)).sorted()

    private let database: Database
    private let hub: EventHub

    package init(database: Database, hub: EventHub) {
        self.database = database
        self.hub = hub
    }

    // MARK: Events

    package var lastEvent: EventRecord.ID { hub.last }

    package func events(after id: EventRecord.ID, limit: Int) async throws -> [EventRecord]? {
        switch await hub.next(after: id, limit: limit) {
        case .closed: nil
        case .events(let events): events
        case .behind: try await EventStore(database: database).events(after: id, limit: limit)
        }
    }

    package func reachesBack(to id: EventRecord.ID, limit: Int) async throws -> Bool {
        try await EventStore(database: database).reachesBack(to: id, limit: limit)
    }

    package func announcements(of events: [EventRecord], to users: Set<String>) async throws -> [Announcement] {
        var needs = AudienceNeeds()
        let known = events.compactMap { event in Self.byResource[event.resource].map { ($0, event) } }
        guard !known.isEmpty else { return [] }
        for (manager, event) in known { manager.addNeeds(of: event, to: &needs) }
        let facts = try await AudienceFacts.read(needs, connected: users, from: database)
        return known.map { manager, event in manager.announcement(of: event, facts) }
    }

    // MARK: Connections

    package func account(of caller: Caller) async throws -> User? {
        guard let id = caller.userID else { return nil }
        return try await UserStore(database: database).find(User.ID(id))
    }

    package func mayJoin(_ room: SocketRoom, _ caller: Caller) async throws -> Bool {
        switch room.kind {
        case .user: return room.id == caller.userID
        case .machine:
            let store = MachineStore(database: database)
            return try await store.find(Machine.ID(room.id), scope: caller.machineScope) != nil
        case .department:
            let owner = caller.machineScope.owner
            return try await database.row(
                """
                SELECT 1 AS found FROM "Department" d
                 WHERE d.id = \(room.id)
                   AND (\(owner)::text IS NULL OR EXISTS
                        (SELECT 1 FROM "Machine" m WHERE m."departmentId" = d.id AND m."userId" = \(owner)::text))
                """) != nil
        }
    }
}

extension EventRecord {
    /// What readers of a list need of something that is gone.
    func departure(_ action: String, _ more: JSONObject = JSONObject()) -> JSONValue {
        var data: JSONObject = [
            "id": .string(resourceID), "name": .string(resourceName), "action": .string(action),
            "deletedAt": .string(at.iso8601),
        ]
        for member in more.members { data[member.name] = member.value }
        return .object(data)
    }

    /// Members of the event's data, null where it has none.
    func members(_ names: [String]) -> JSONObject {
        JSONObject(names.map { JSONObject.Member($0, data[$0] ?? .null) })
    }

    func string(_ name: String) -> String? { data[name]?.string }
}
