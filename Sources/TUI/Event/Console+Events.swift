import Core

/// From an event to what it tells of.
extension Console {
    mutating func openSubject(of event: EventRecord) {
        switch event.resource {
        case "machine", "snapshot": openIfThere(Machine.ID(event.resourceID), named: event.resourceName)
        case "department":
            let id = Department.ID(event.resourceID)
            guard fleet.departments[id] != nil else { return say("\(event.resourceName) is gone", .statusWarning) }
            list.setScope(.department(id), &fleet)
            show(.machines)
        case "host": perform(.host)
        default:
            guard let resource = Resource.allCases.first(where: { $0.kind == event.resource }) else {
                return say("there is no view of \(event.resource)s", .statusWarning)
            }
            if let reason = refusal(needing: resource.readers) { return say(reason, .statusWarning) }
            show(.resource(resource))
            lists[resource]?.select(id: event.resourceID)
        }
    }
}
