import Core
import JSON
import Postgres

extension NewEvent {
    /// Something happened to the rules of a department or a machine, or to what libvirt has of them.
    static func firewall(
        _ action: String, _ ground: FirewallGround, rule: StoredFirewallRule? = nil, actor: String, message: String
    ) -> NewEvent {
        .firewall(action, ground.owner, ground.name, rule: rule, actor: actor, message: message)
    }

    static func firewall(
        _ action: String, _ owner: FirewallOwner, _ name: String, rule: StoredFirewallRule? = nil, actor: String,
        message: String
    ) -> NewEvent {
        var data: JSONObject = [:]
        if let rule {
            data["ruleId"] = .string(rule.id.rawValue)
            data["ruleName"] = .string(rule.draft.name)
        }
        data[owner.kind == .department ? "departmentId" : "vmId"] = .string(owner.id)
        if let rule { data["rule"] = .object(rule.draft.json) }
        return NewEvent(
            resource: "firewall", action: action, resourceID: owner.id, resourceName: name, actor: actor,
            message: message, data: .object(data))
    }
}
