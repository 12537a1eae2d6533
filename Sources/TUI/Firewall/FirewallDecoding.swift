import Core
import JSON

// From values to JSON and back, by the names of the API.

extension FirewallOwner {
    var input: JSONValue { ["type": .string(kind.rawValue), "id": .string(id)] }

    fileprivate init?(reading json: JSONValue) {
        guard let kind = json["entityType"]?.string.flatMap(Kind.init(rawValue:)), let id = json["entityId"]?.string
        else { return nil }
        self.init(kind, id: id)
    }
}

extension FirewallRequest {
    var input: JSONObject {
        var input: JSONObject = [
            "create": .array(creates.map { .object($0.json) }),
            "update": .array(
                updates.map { ["ruleId": .string($0.before.id.rawValue), "input": .object($0.draft.edit)] }),
            "delete": .array(deletes.map { .string($0.id.rawValue) }), "replaceAll": .bool(replacesAll),
        ]
        if let settings { input["policy"] = .object(settings.json) }
        return input
    }
}

extension FirewallRuleDraft {
    /// All of it, so that what was left out goes.
    fileprivate var edit: JSONObject {
        var edit = json
        let names =
            ["description", "connectionState"]
            + ["src", "dst"].flatMap { side in
                ["PortStart", "PortEnd", "IpAddr", "IpMask"].map { side + $0 }
            }
        for name in names where edit[name] == nil { edit[name] = .some(.null) }
        edit["overridesDept"] = .bool(overridesDepartment)
        return edit
    }
}

extension FirewallQuestion {
    var input: JSONObject {
        [
            "direction": .string(direction.rawValue), "protocol": .string(protocolName),
            "srcIpAddr": source.address.map { .string($0) } ?? .null,
            "srcPort": source.portStart.map { .int($0) } ?? .null,
            "dstIpAddr": destination.address.map { .string($0) } ?? .null,
            "dstPort": destination.portStart.map { .int($0) } ?? .null, "state": .string(state.rawValue),
            "isReply": .bool(isReply), "connection": .bool(asksConnection),
        ]
    }
}

extension JSONValue {
    fileprivate func time(_ name: String) -> Timestamp? { self[name]?.string.flatMap { Timestamp(iso8601: $0) } }

    fileprivate var names: [String] { (array ?? []).compactMap { $0["name"]?.string } }
    fileprivate var messages: [String] { (array ?? []).compactMap { $0["message"]?.string } }
}

extension FirewallFacts {
    init?(_ owner: FirewallOwner, _ data: JSONValue) {
        self.init(owner: owner)
        switch owner {
        case .machine:
            guard let rules = data["getEffectiveFirewallRules"], !rules.isNull else { return nil }
            departmentRules = StoredFirewallRule.list(rules["departmentRules"])
            machineRules = StoredFirewallRule.list(rules["vmRules"])
            settings = FirewallSettings(reading: rules["policy"])
            filterName = data["getVMFirewallRules"]?["internalName"]?.string
            standing = FirewallStanding(reading: data["machine"]?["firewall"] ?? .null)
        case .department:
            guard let department = data["department"], !department.isNull else { return nil }
            departmentRules = StoredFirewallRule.list(data["getDepartmentFirewallRules"]?["rules"])
            settings = FirewallSettings(reading: department["firewallPolicy"])
            counts = DepartmentFirewall(reading: department["firewall"] ?? .null)
        }
    }
}

extension FirewallHits {
    init?(reading json: JSONValue?) {
        guard let json, json.object != nil else { return nil }
        self.init(reason: json["reason"]?.string, since: json.time("since"))
        for entry in json["rules"]?.array ?? [] {
            guard let id = entry["ruleId"]?.string else { continue }
            func count(_ name: String) -> Int64 { Int64(exactly: (entry[name]?.double ?? 0).rounded()) ?? .max }
            rules[FirewallRule.ID(id)] = RuleHits(packets: count("packets"), bytes: count("bytes"))
        }
    }
}

extension StoredFirewallRule {
    fileprivate static func list(_ json: JSONValue?) -> [StoredFirewallRule] {
        (json?.array ?? []).compactMap(StoredFirewallRule.init(reading:))
    }

    fileprivate init?(reading json: JSONValue) {
        guard var object = json.object, let id = json["id"]?.string else { return nil }
        for name in ["id", "ruleSetId", "createdAt", "updatedAt"] { object[name] = nil }
        guard let draft = try? FirewallRuleDraft(object) else { return nil }
        let never = Timestamp(milliseconds: 0)
        self.init(
            id: FirewallRule.ID(id), setID: json["ruleSetId"]?.string ?? "", draft: draft,
            createdAt: json.time("createdAt") ?? never, updatedAt: json.time("updatedAt") ?? never)
    }
}

extension FirewallSettings {
    fileprivate init(reading json: JSONValue?) {
        self = (json?.object).flatMap { try? FirewallSettings($0) } ?? FirewallSettings()
    }
}

extension FirewallStanding {
    fileprivate init(reading json: JSONValue) {
        self.init()
        state = json["state"]?.string.flatMap(MachineFirewall.State.init(rawValue:)) ?? .none
        appliedAt = json.time("appliedAt")
        problem = json["problem"]?.string
        drift = json["drift"]?.string
        driftAt = json.time("driftAt")
    }
}

extension DepartmentFirewall {
    fileprivate init(reading json: JSONValue) {
        self.init()
        pending = json["pending"]?.int ?? 0
        applied = json["applied"]?.int ?? 0
        drifted = json["drifted"]?.int ?? 0
        failed = json["failed"]?.int ?? 0
        problem = json["problem"]?.string
    }
}

extension FirewallTrial {
    init?(reading json: JSONValue) {
        guard let id = json["id"]?.string, let owner = FirewallOwner(reading: json) else { return nil }
        let never = Timestamp(milliseconds: 0)
        self.init(
            id: id, setID: "", owner: owner, actor: json["actor"]?.string ?? "",
            createdAt: json.time("createdAt") ?? never, expiresAt: json.time("expiresAt") ?? never,
            secondsLeft: json["secondsLeft"]?.int ?? 0)
    }
}

extension FirewallPreview {
    init(reading json: JSONValue) {
        self.init()
        findings = (json["warnings"]?.array ?? []).compactMap(\.string)
        conflicts = json["conflicts"]?.messages ?? []
        machineCount = json["machineCount"]?.int ?? 0
        silencing = json["silencing"]?.names ?? []
        machines = (json["machines"]?.array ?? []).map { machine in
            MachinePreview(
                name: machine["name"]?.string ?? "", isFirst: machine["isFirst"]?.bool ?? false,
                shadowed: machine["shadowed"]?.names ?? [], conflicts: machine["conflicts"]?.messages ?? [])
        }
    }
}
