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
        answerHits()
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

    static let hits = FirewallHits(
        since: start.adding(milliseconds: -7_200_000),
        rules: [
            FirewallRule.ID("d1"): RuleHits(packets: 14_820, bytes: 2_100_000),
            FirewallRule.ID("d2"): RuleHits(packets: 61, bytes: 3_660),
            FirewallRule.ID("d3"): RuleHits(),
            FirewallRule.ID("m1"): RuleHits(packets: 1_234_567, bytes: 998_000_000),
            FirewallRule.ID("m2"): RuleHits(packets: 1_249, bytes: 80_000),
            FirewallRule.ID("m3"): RuleHits(packets: 1, bytes: 60), FirewallRule.ID("m4"): RuleHits(),
            FirewallRule.ID("base-dhcp-request"): RuleHits(packets: 3, bytes: 984),
            FirewallRule.ID("base-dhcp-answer"): RuleHits(packets: 3, bytes: 984),
            FirewallRule.ID("policy-related"): RuleHits(),
            FirewallRule.ID("policy-outgoing"): RuleHits(packets: 88_412, bytes: 61_000_000),
            FirewallRule.ID("policy-incoming"): RuleHits(packets: 411, bytes: 24_660),
            FirewallRule.ID("policy-rest"): RuleHits(packets: 2, bytes: 120),
        ])

    mutating func answerHits(_ hits: FirewallHits = Stage.hits) {
        guard let owner = console.shownFirewall else { return }
        answer(.firewall(.hits(hits))) { $0 == .firewall(.hits(owner)) }
    }

    static func blocked(
        _ id: String, _ port: Int, from source: String, seconds: Int64, _ attempts: Int = 1,
        by rule: (id: String, name: String) = ("policy-incoming", "Default for incoming"),
        _ protocolName: String = "TCP"
    ) -> BlockedConnection {
        BlockedConnection(
            id: id, machineID: machines[0].id, direction: .incoming, protocolName: protocolName, port: port,
            source: source, destination: "10.0.3.9", rule: FirewallRule.ID(rule.id),
            at: start.adding(milliseconds: -seconds * 1000), attempts: attempts, reason: "kept out by \"\(rule.name)\"")
    }

    static let blockedFacts: BlockedFacts = {
        var facts = BlockedFacts()
        facts.connections = [
            blocked("b1", 5432, from: "10.0.3.12", seconds: 4, 7),
            blocked("b2", 5432, from: "10.0.3.14", seconds: 9, 3),
            blocked("b3", 23, from: "10.0.9.4", seconds: 300, 61, by: ("d2", "no telnet")),
            blocked("b4", 0, from: "10.0.3.12", seconds: 4000, 4, "ICMP"),
            blocked("b5", 8081, from: "2001:db8:17::2", seconds: 7000, 2),
        ]
        facts.connections.append(
            BlockedConnection(
                id: "b6", machineID: machines[0].id, direction: .outgoing, protocolName: "UDP", port: 53,
                source: "10.0.3.9", destination: "8.8.8.8", rule: FirewallRule.ID("d3"),
                at: start.adding(milliseconds: -86_000_000), attempts: 12,
                reason: "not let out by \"own resolvers only\""))
        func group(_ port: Int, _ source: String, _ attempts: Int, _ rule: String) -> BlockedGroup {
            BlockedGroup(
                transport: .tcp, port: port, source: IPAddress(source)!, rule: FirewallRule.ID(rule), attempts: attempts
            )
        }
        let suggestions = FirewallSuggestions(
            (1...12).map { group(5432, "10.0.3.\($0)", 28, "policy-incoming") } + [group(23, "10.0.9.4", 61, "d2")],
            rules: Stage.facts(web).effective)
        facts.suggestions = suggestions.suggestions
        facts.scanners = ["10.9.9.9"]
        return facts
    }()

    mutating func answerBlocked(_ facts: BlockedFacts = Stage.blockedFacts) {
        guard let owner = console.shownFirewall else { return }
        answer(.firewall(.blocked(facts))) { $0 == .firewall(.blocked(owner, limit: Console.blockedLimit)) }
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
