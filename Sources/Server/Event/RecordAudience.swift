import Core
import JSON

/// `departments`: for the administrators and for those who have a machine in it.
struct DepartmentAudience: ResourceManager {
    let resource = "department"
    let name = "departments"

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {
        needs.peopleOf.insert(event.resourceID)
        if event.action != "delete" { needs.counts.insert(event.resourceID) }
    }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        let readers = facts.administrators.union(facts.peopleOf[event.resourceID] ?? [])
        let room = SocketRoom(.department, event.resourceID)
        var data = event.departure("deleted")
        if event.action == "delete" {
            announcement.closings.append(room)
        } else {
            var members = event.members(["id", "name", "createdAt", "internetSpeed", "ipSubnet"])
            members["totalMachines"] = .int(facts.counts[Department.ID(event.resourceID)]?.total ?? 0)
            data = .object(members)
        }
        if !readers.isEmpty {
            announcement.notices.append(
                .init("\(name):\(event.action)", data, to: readers, rooms: [room], roomReaders: readers))
        }
        return announcement
    }
}

/// `users`: for the administrators and the user; changes and deletions also for those with machines in the same departments,
/// who see a name and no more.
struct UserAudience: ResourceManager {
    let resource = "user"
    let name = "users"

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {
        guard event.action != "logout" else { return }
        needs.users.insert(event.resourceID)
        needs.machinesOf.insert(event.resourceID)
        if event.action != "create" { needs.neighboursOf.insert(event.resourceID) }
    }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        // That somebody signs out is theirs to know.
        guard event.action != "logout" else { return announcement }
        let readers = facts.readers(besides: event.resourceID)
        if !readers.isEmpty {
            announcement.notices.append(.init("\(name):\(event.action)", whole(event, facts), to: readers))
        }
        let neighbours = (facts.neighboursOf[event.resourceID] ?? []).subtracting(readers)
        if !neighbours.isEmpty {
            announcement.notices.append(
                .init(
                    "\(name):\(event.action)", .object(event.members(["id", "firstName", "lastName", "deleted"])),
                    to: neighbours))
        }
        return announcement
    }

    private func whole(_ event: EventRecord, _ facts: AudienceFacts) -> JSONValue {
        var data = event.members(["id", "email", "firstName", "lastName", "role", "deleted"])
        let user = facts.user(event.resourceID)
        data["avatar"] = user?.avatar.map { .string($0) } ?? .null
        data["createdAt"] = user.map { .string($0.createdAt.iso8601) } ?? .null
        data["namespace"] = user.map { .string($0.namespace) } ?? .null
        data["VM"] = .array(
            (facts.machinesOf[event.resourceID] ?? []).map {
                ["id": .string($0.id), "name": .string($0.name), "status": .string($0.status)]
            })
        if event.action == "delete" { data["deletedAt"] = .string(event.at.iso8601) }
        return .object(data)
    }
}

/// `applications`: for the administrators, for those who have it on a machine, and for their departments.
struct ApplicationAudience: ResourceManager {
    let resource = "application"
    let name = "applications"

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {
        if event.action != "delete" { needs.applications.insert(event.resourceID) }
    }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        let readers = facts.administrators.union(facts.usersOf[event.resourceID] ?? [])
        guard !readers.isEmpty else { return announcement }
        var data = event.departure("deleted")
        if event.action != "delete" {
            // One that is gone by now has an event behind this one.
            let row = facts.applications[Application.ID(event.resourceID)]
            var members = event.members(["id", "name", "os"])
            members["description"] = row?.description.map { .string($0) } ?? .null
            members["icon"] = row?.icon.map { .string($0) } ?? .null
            members["installCommand"] = row.map { .object($0.installCommand) } ?? .null
            members["parameters"] = row?.parameters.map { .object($0) } ?? .null
            members["createdAt"] = row.map { .string($0.createdAt.iso8601) } ?? .null
            data = .object(members)
        }
        announcement.notices.append(.init("\(name):\(event.action)", data, to: readers))
        return announcement
    }
}
