import Core

/// Rules as rows of a table, in the order in which they decide.
struct FirewallRows {
    let facts: FirewallFacts
    /// Nil as long as nobody has told.
    private let hits: FirewallHits?
    let effective: EffectiveRules
    private let conflicts: [FirewallConflict]
    private let silencing: Set<FirewallRule.ID>
    private let zone: Zone

    init(_ facts: FirewallFacts, _ hits: FirewallHits?, _ zone: Zone) {
        self.facts = facts
        self.hits = hits
        self.zone = zone
        effective = facts.effective
        conflicts = FirewallConflict.all(in: effective.rules)
        silencing = Set(effective.silencing.map(\.id))
    }

    /// - Parameter isEffective: rules of several origins are among one another.
    static func columns(isEffective: Bool) -> [TableColumn] {
        [
            TableColumn("mark", "", importance: 0, minimum: 1, ideal: 1, sortable: false),
            TableColumn("order", "#", alignment: .right, importance: 7, minimum: 2, ideal: 3),
            // Among all that decides the order is what the priorities came to.
            TableColumn("priority", "PRIO", alignment: .right, importance: isEffective ? 4 : 2, minimum: 4, ideal: 4),
            TableColumn("direction", "DIR", importance: 0, minimum: 4, ideal: 4),
            TableColumn("action", "ACTION", importance: 0, minimum: 8, ideal: 8),
            TableColumn("hits", "HITS", alignment: .right, importance: 3, minimum: 4, ideal: 5),
            TableColumn("protocol", "PROTO", importance: 0, minimum: 5, ideal: 6, maximum: 7),
            TableColumn("ports", "PORTS", importance: 0, minimum: 7, ideal: 11, maximum: 24),
            TableColumn("address", "ADDRESS", importance: 2, minimum: 15, ideal: 22, maximum: 60),
            TableColumn("state", "STATE", importance: 5, minimum: 6, ideal: 16, maximum: 32),
            TableColumn("origin", "ORIGIN", importance: isEffective ? 1 : 8, minimum: 7, ideal: 7),
            TableColumn("name", "NAME", importance: 0, minimum: 12, ideal: 22, maximum: 40),
            TableColumn("note", "NOTE", importance: 6, minimum: 24, ideal: 40, maximum: 90),
        ]
    }

    /// The owner's own rules.
    var own: [ResourceList.Row] {
        let mine = effective.rules.filter { $0.origin == facts.owner.origin }
        let wrong = facts.ownRules.filter { stored in !mine.contains { $0.id == stored.id } }
        return mine.enumerated().map { row($0.element, order: $0.offset + 1) } + wrong.map(unreadable)
    }

    /// All that decides: what networks need as one row, the rules, and the default as the last.
    var all: [ResourceList.Row] {
        ([base] + (effective.rules + effective.policy.rules).map { row($0, order: 0) }).enumerated().map { place, row in
            var row = row
            row.texts["order"] = "\(place + 1)"
            return row
        }
    }

    static let baseID = "base"

    /// Six rules that nobody made and nobody can change would fill a small screen.
    private var base: ResourceList.Row {
        let rules = FirewallPolicy.base
        let names = rules.map(\.name).joined(separator: ", ")
        let counted = rules.compactMap { hits?.rules[$0.id] }
        let sum = counted.isEmpty ? nil : counted.reduce(RuleHits(), +)
        return ResourceList.Row(
            id: Self.baseID, name: "what networks need",
            texts: [
                "mark": "", "priority": Format.missing, "direction": "both", "action": FirewallRule.Action.accept.words,
                "protocol": "some", "ports": "some", "address": "any", "state": "any", "name": "what networks need",
                "origin": FirewallRule.Origin.base.word, "note": names, "hits": Format.count(sum?.packets),
            ], keys: ["hits": Self.key(sum)], roles: Self.muted,
            facts: [
                .init("What", "\(rules.count) rules that each machine has, without which no rule below means anything"),
                .init("Rules", names), .init("Hits", told(sum)), .init("Origin", "Bay: nobody can change them"),
            ])
    }

    private static let muted = Dictionary(
        uniqueKeysWithValues: columns(isEffective: true).map { ($0.id, Role.muted) })

    private func row(_ rule: FirewallRule, order: Int) -> ResourceList.Row {
        let notes = notes(on: rule)
        let isDead = effective.shadowed[rule.id] != nil
        let isPolicy = rule.origin == .policy
        var roles: [String: Role] = isDead ? Self.muted : ["action": rule.action.role, "order": .muted]
        if let worst = notes.first { (roles["mark"], roles["note"]) = (worst.role, worst.role) }
        if rule.origin == .department, facts.owner.kind == .machine { roles["origin"] = .accent }
        if isPolicy { roles["origin"] = .muted }
        return ResourceList.Row(
            id: rule.id.rawValue, name: rule.name,
            texts: [
                "mark": notes.first?.mark ?? "", "order": "\(order)",
                "priority": isPolicy ? "last" : rule.overridesDepartment ? "!\(rule.priority)" : "\(rule.priority)",
                "direction": rule.direction.word, "action": rule.action.words,
                "protocol": rule.match.transport.rawValue, "ports": rule.portWords, "address": rule.addressWords,
                "state": rule.stateWords, "name": rule.name, "origin": rule.origin.word,
                "note": notes.map(\.text).joined(separator: "; "), "hits": Format.count(hits?.rules[rule.id]?.packets),
            ], keys: ["hits": Self.key(hits?.rules[rule.id])], roles: roles, facts: details(of: rule, notes))
    }

    /// A rule that another program wrote and that is not right: it is in no filter.
    private func unreadable(_ stored: StoredFirewallRule) -> ResourceList.Row {
        let problems = stored.draft.findings(of: facts.owner.origin).joined(separator: "; ")
        return ResourceList.Row(
            id: stored.id.rawValue, name: stored.draft.name,
            texts: [
                "mark": "✗", "order": Format.missing, "priority": "\(stored.draft.priority)",
                "name": stored.draft.name, "note": "in no filter: \(problems)", "hits": Format.missing,
            ], roles: ["mark": .danger, "note": .danger],
            facts: [.init("Wrong", problems), .init("Id", stored.id.rawValue)])
    }

    // MARK: What there is to say of a rule

    /// What keeps it from deciding, and with what it conflicts; the worst first.
    func notes(on rule: FirewallRule) -> [Dialog.Line] {
        var notes: [Dialog.Line] = []
        for conflict in conflicts where conflict.first.id == rule.id || conflict.second.id == rule.id {
            let other = conflict.first.id == rule.id ? conflict.second : conflict.first
            notes.append(.init("⚠", "\(conflict.kind.words) with \(other.told)", .warning))
        }
        if let earlier = effective.shadowed[rule.id] {
            notes.append(.init("◌", "never decides: shadowed by \(earlier.told)", .muted))
        }
        if silencing.contains(rule.id) {
            notes.append(.init("⚠", "keeps answers from arriving to what the machine begins", .warning))
        }
        return notes
    }

    private func details(of rule: FirewallRule, _ notes: [Dialog.Line]) -> [ResourceList.Row.Fact] {
        let stored = facts.stored(rule.id)
        var details: [ResourceList.Row.Fact] = []
        let isDead = effective.shadowed[rule.id] != nil
        for note in notes { details.append(.init(isDead && note.mark == "◌" ? "Decides" : "Attention", note.text)) }
        if notes.isEmpty { details.append(.init("Decides", decides(rule))) }
        details.append(.init("Hits", told(hits?.rules[rule.id])))
        if let stored {
            details.append(.init("Rule", stored.draft.clauses))
            let overrides = rule.overridesDepartment ? ", decides before all of the department" : ""
            details.append(.init("Origin", "\(rule.origin.words), priority \(rule.priority)\(overrides)"))
            details.append(.init("Description", rule.description ?? ""))
            details.append(.init("Changed", zone.dateAndTime(stored.updatedAt)))
            details.append(.init("Id", rule.id.rawValue))
        } else {
            details.append(.init("Origin", "the department's default, made into rules: p changes it"))
            details.append(.init("States", rule.stateWords))
        }
        return details
    }

    /// Those that nobody counts come before those that were never met.
    private static func key(_ hits: RuleHits?) -> String { hits.map { "\($0.packets)" } ?? "" }

    /// How often it was met, or why nobody knows.
    private func told(_ counted: RuleHits?) -> String {
        guard let hits else { return "asking …" }
        if let reason = hits.reason { return "not counted: \(reason)" }
        guard let counted else { return "not counted yet: libvirt has not got the rule" }
        let since = hits.since.map { ", since \(zone.dateAndTime($0))" } ?? ""
        let packets = counted.packets == 1 ? "1 packet" : "\(counted.packets) packets"
        return "\(packets), \(Format.bytes(Double(counted.bytes)))\(since)"
    }

    private func decides(_ rule: FirewallRule) -> String {
        if rule.origin == .policy { return "when no rule above is about a packet" }
        return rule.states.isEmpty && rule.action == .accept ? "connections, with their answers" : "packets"
    }
}
