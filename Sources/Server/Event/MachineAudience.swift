import Core
import JSON

/// `vms`: the owner and the administrators have the whole machine, people of its department what one sees of a neighbour's.
struct MachineAudience: ResourceManager {
    let resource = "machine"
    let name = "vms"

    /// What a machine is to those whose it is.
    private static let whole = [
        "id", "name", "internalName", "status", "os", "cpuCores", "ramGB", "diskSizeGB", "gpuPciAddress",
        "departmentId", "templateId", "userId", "localIP", "publicIP", "createdAt", "managed", "hasDomain",
    ]
    /// What it is to others of the department.
    private static let outline = ["id", "name", "status", "os", "departmentId", "managed"]

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {
        for name in ["departmentId", "previousDepartmentId"] {
            guard let department = event.string(name) else { continue }
            needs.peopleOf.insert(department)
            needs.departments.insert(department)
        }
        if let owner = event.string("userId") { needs.users.insert(owner) }
        if let template = event.string("templateId") { needs.templates.insert(template) }
    }

    /// Names in the catalogue for what happened; nil where nobody is told.
    private func names(of event: EventRecord) -> (list: String, detail: (name: String, status: String)?)? {
        switch event.action {
        // What somebody ran in a guest is the administrators' business, who find it in the records.
        case "execute_command": nil
        case "create", "delete", "power_on", "power_off", "suspend", "resume": (event.action, nil)
        case "force_power_off": ("power_off", ("forced:poweroff", "shutoff"))
        case "restart": ("power_on", ("restarted", "running"))
        case "reset": ("update", ("reset", "running"))
        // A domain that nobody adopted has gone from the host.
        case "undefined" where event.data["managed"] == false: ("delete", nil)
        default: ("update", nil)
        }
    }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        guard let (action, detail) = names(of: event) else { return announcement }
        let readers = facts.readers(besides: event.string("userId"))
        let department = event.string("departmentId")
        let before = event.string("previousDepartmentId").flatMap { $0 == department ? nil : $0 }
        var neighbours = department.flatMap { facts.peopleOf[$0] } ?? []
        neighbours.subtract(readers)
        // Those who had it, or saw it in their department, and do not any more.
        var bereft = before.flatMap { facts.peopleOf[$0] } ?? []
        if let owner = event.string("previousUserId"), facts.people.contains(owner) {
            bereft.insert(owner)
            neighbours.remove(owner)
        }
        bereft.subtract(readers)
        bereft.subtract(neighbours)

        let room = SocketRoom(.machine, event.resourceID)
        let halls = [department, before].compactMap { $0 }.map { SocketRoom(.department, $0) }
        announcement.evictions.append(.init(room, staying: readers))
        if action == "delete" || before != nil || event.data["previousUserId"] != nil {
            announcement.evictions += halls.map { hall in
                .init(hall, staying: facts.administrators.union(facts.peopleOf[hall.id] ?? []))
            }
        }
        let isGone = action == "delete"
        let gone = event.departure("deleted", ["departmentId": event.data["departmentId"] ?? .null])
        func tell(_ data: JSONValue, to some: Set<String>, in rooms: [SocketRoom]) {
            guard !some.isEmpty else { return }
            announcement.notices.append(
                .init("\(name):\(action)", isGone ? gone : data, to: some, rooms: rooms, roomReaders: some))
        }
        tell(whole(event, facts), to: readers, in: [room] + halls)
        tell(outline(event, facts), to: neighbours, in: halls)
        if !bereft.isEmpty {
            announcement.notices.append(
                .init("\(name):delete", event.departure("removed"), to: bereft, rooms: halls, roomReaders: bereft))
        }
        if let detail, !readers.isEmpty {
            let data: JSONValue = ["machineId": .string(event.resourceID), "status": .string(detail.status)]
            announcement.notices.append(
                .init("vm:\(detail.name)", data, to: readers, rooms: [room], roomReaders: readers))
        }
        if isGone { announcement.closings.append(room) }
        return announcement
    }

    private func whole(_ event: EventRecord, _ facts: AudienceFacts) -> JSONValue {
        var data = event.members(Self.whole)
        data["department"] = department(event, facts)
        data["template"] =
            facts.template(event.string("templateId")).map {
                [
                    "id": .string($0.id.rawValue), "name": .string($0.name),
                    "description": $0.description.map { .string($0) } ?? .null,
                ]
            } ?? .null
        data["user"] =
            facts.user(event.string("userId")).map {
                [
                    "id": .string($0.id.rawValue), "firstName": .string($0.firstName),
                    "lastName": .string($0.lastName), "email": .string($0.email), "role": .string($0.role.rawValue),
                ]
            } ?? .null
        return .object(data)
    }

    private func outline(_ event: EventRecord, _ facts: AudienceFacts) -> JSONValue {
        var data = event.members(Self.outline)
        data["department"] = department(event, facts)
        return .object(data)
    }

    private func department(_ event: EventRecord, _ facts: AudienceFacts) -> JSONValue {
        facts.department(event.string("departmentId")).map {
            ["id": .string($0.id.rawValue), "name": .string($0.name)]
        } ?? .null
    }
}

/// `vm:snapshot:…`: what happens to the snapshots of a machine, for its owner and the administrators.
struct SnapshotAudience: ResourceManager {
    let resource = "snapshot"
    let name = "vm"

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) { needs.ownersOf.insert(event.resourceID) }

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        let actions = ["create": "created", "restore": "restored", "delete": "deleted"]
        let readers = facts.readers(besides: facts.ownersOf[event.resourceID])
        guard let action = actions[event.action], !readers.isEmpty else { return announcement }
        var data: JSONObject = [
            "machineId": .string(event.resourceID), "snapshotName": event.data["name"] ?? .null,
        ]
        if let snapshot = event.data["snapshot"] { data["snapshot"] = snapshot }
        announcement.notices.append(
            .init(
                "vm:snapshot:\(action)", .object(data), to: readers,
                rooms: [SocketRoom(.machine, event.resourceID)], roomReaders: readers))
        return announcement
    }
}
