import Core
import JSON

@testable import TUI

/// The rules that the server of the tests keeps.
extension Stage {
    static let web = FirewallOwner.machine(machines[0].id)
    static let engineering = FirewallOwner.department(departments[0].id)

    static func rule(_ id: String, _ line: String) -> StoredFirewallRule {
        guard case .success(let drafts) = FirewallLine.parse(line), let draft = drafts.first else {
            preconditionFailure("\(line) is no rule")
        }
        return StoredFirewallRule(
            id: FirewallRule.ID(id), setID: "s", draft: draft, createdAt: start.adding(milliseconds: -86_400_000),
            updatedAt: start.adding(milliseconds: -3_600_000))
    }

    static let departmentRules = [
        rule("d1", "in accept tcp 22 from 10.0.0.0/8 priority 100 name \"SSH\" description \"from the office alone\""),
        rule("d2", "in drop tcp 23 priority 200 name \"no telnet\""),
        rule("d3", "out drop udp 53 to 8.8.8.8 priority 300 name \"own resolvers only\""),
    ]
    static let machineRules = [
        rule("m1", "in accept tcp 443 name \"HTTPS\""),
        rule("m2", "in accept tcp 8000-9000 from 10.0.3.0/24 state new,established priority 600 name \"staging\""),
        rule("m3", "in accept tcp 22 from 10.0.3.7 override priority 50 name \"SSH for the desk\""),
        rule("m4", "in accept tcp 443 from 10.0.0.0/8 priority 700 name \"HTTPS again\""),
    ]

    static func facts(_ owner: FirewallOwner) -> FirewallFacts {
        var facts = FirewallFacts(owner: owner)
        facts.departmentRules = departmentRules
        switch owner {
        case .machine:
            facts.machineRules = machineRules
            facts.filterName = "ibay-vm-3f2a91bc"
            facts.standing.state = .applied
            facts.standing.appliedAt = start.adding(milliseconds: -180_000)
        case .department:
            facts.counts = DepartmentFirewall(
                pending: 1, applied: 3, failed: 1,
                problem: "web-3: its interface has a filter of its own, clean-traffic")
        }
        return facts
    }

    static func trial(_ id: String, _ owner: FirewallOwner, seconds: Int, actor: String = "local:anna") -> FirewallTrial
    {
        FirewallTrial(
            id: id, setID: "", owner: owner, actor: actor, createdAt: start,
            expiresAt: start.adding(milliseconds: Int64(seconds) * 1000), secondsLeft: seconds)
    }

    mutating func answerRules(_ change: (inout FirewallFacts) -> Void = { _ in }) {
        guard let owner = console.shownFirewall else { return }
        var facts = Self.facts(owner)
        change(&facts)
        answer(.firewall(.facts(facts))) { $0 == .firewall(.facts(owner)) }
    }

    /// Opens the rules of a machine.
    mutating func openRules(_ name: String = "web-1", effective: Bool = false) {
        select(name)
        press(.character("F"))
        answerRules()
        if effective { press(.character("v")) }
    }

    /// Opens the rules of the first department.
    mutating func openDepartmentRules() {
        press(.tab, .down, .character("F"))
        answerRules()
    }

    mutating func answerPreview(_ change: (inout FirewallPreview) -> Void = { _ in }) {
        var preview = FirewallPreview()
        preview.machineCount = 1
        preview.machines = [.init(name: "web-1", isFirst: false, shadowed: [], conflicts: [])]
        change(&preview)
        answer(.firewall(.preview(preview))) { if case .firewall(.preview) = $0 { true } else { false } }
    }

    mutating func answerTrials(_ trials: [FirewallTrial]) {
        answer(.firewall(.confirmations(trials))) { $0 == .firewall(.confirmations) }
    }

    /// The names of the rules in view, in their order.
    var ruleNames: [String] {
        guard let list = console.firewall?.shown else { return [] }
        return list.table.rows.compactMap { list.rows[$0]?.name }
    }

    mutating func chooseRule(_ name: String) {
        press(.home)
        for _ in ruleNames where console.firewall?.shown.selection?.name != name { press(.down) }
    }

    var firewallChanges: [FirewallOperation] {
        changes.compactMap { if case .firewall(let operation) = $0 { operation } else { nil } }
    }

    static func firewallEvent(
        _ id: EventRecord.ID, _ action: String, _ owner: FirewallOwner, rule: String? = nil
    ) -> EventRecord {
        var data: JSONObject = [owner.kind == .department ? "departmentId" : "vmId": .string(owner.id)]
        data["ruleId"] = rule.map { .string($0) }
        return EventRecord(
            id: id, at: start, resource: "firewall", action: action, resourceID: owner.id, resourceName: "web-1",
            actor: "ben@example.org", message: "rule changed", data: .object(data))
    }
}
