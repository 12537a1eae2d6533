import Core
import JSON

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
        case "firewall": openRules(of: event)
        default:
            guard let resource = Resource.allCases.first(where: { $0.kind == event.resource }) else {
                return say("there is no view of \(event.resource)s", .statusWarning)
            }
            if let reason = refusal(needing: resource.readers) { return say(reason, .statusWarning) }
            show(.resource(resource))
            lists[resource]?.select(id: event.resourceID)
        }
    }
    private mutating func openRules(of event: EventRecord) {
        if let id = event.data["departmentId"]?.string.map({ Department.ID($0) }) {
            guard fleet.departments[id] != nil else { return say("\(event.resourceName) is gone", .statusWarning) }
            return openFirewall(.department(id), rule: event.data["ruleId"]?.string.map { FirewallRule.ID($0) })
        }
        guard let id = event.data["vmId"]?.string.map({ Machine.ID($0) }) else { return perform(.host) }
        if fleet.place(of: id) == nil { return say("\(event.resourceName) is gone", .statusWarning) }
        openFirewall(.machine(id), rule: event.data["ruleId"]?.string.map { FirewallRule.ID($0) })
    }
}
