import Core
import JSON

/// `firewall`: rules of a department are told to those who have a machine in it, what happens to a machine to its owner, and
/// all of it to administrators.
struct FirewallAudience: ResourceManager {
    let resource = "firewall"
    let name = "firewall"

    /// What happened, by the names of the catalogue. Behind those of a department stands `:department`.
    private static let names = [
        "create": "rule:created", "update": "rule:updated", "delete": "rule:deleted", "policy": "policy:updated",
        "await": "confirmation:awaited", "confirm": "confirmation:given", "revert": "confirmation:reverted",
        "apply": "filter:applied", "fail": "filter:failed", "drift": "filter:drifted", "settle": "filter:settled",
        "cleanup": "filter:removed",
    ]

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {
        if let department = event.string("departmentId") { needs.peopleOf.insert(department) }
        if let machine = event.string("vmId") { needs.ownersOf.insert(machine) }
    }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        guard let what = Self.names[event.action] else { return announcement }
        let readers: Set<String>
        let room: SocketRoom?
        if let department = event.string("departmentId") {
            readers = facts.administrators.union(facts.peopleOf[department] ?? [])
            room = SocketRoom(.department, department)
        } else if let machine = event.string("vmId") {
            readers = facts.readers(besides: facts.ownersOf[machine])
            room = SocketRoom(.machine, machine)
        } else {
            readers = facts.administrators
            room = nil
        }
        guard !readers.isEmpty else { return announcement }
        let isOfDepartment = event.data["departmentId"] != nil
        let members = event.members(
            (event.data["ruleId"] == nil ? [] : ["ruleId", "ruleName"]) + [isOfDepartment ? "departmentId" : "vmId"])
        announcement.notices.append(
            .init(
                "\(name):\(what)\(isOfDepartment ? ":department" : "")", .object(members), to: readers,
                rooms: room.map { [$0] } ?? [], roomReaders: room == nil ? [] : readers))
        return announcement
    }
}
