import Core

/// The form of a rule: what its fields hold, and what is wrong with them.
struct FirewallRuleForm {
    static let noPreset = "none"

    /// Each rule of the catalogue.
    static let presets: [FirewallRuleDraft] = FirewallPreset.all.flatMap { $0.rules() }

    private static let actions = FirewallRule.Action.allCases.map(\.word)
    private static let directions = FirewallRule.Direction.allCases.map(\.word)
    private static let protocols = FirewallProtocol.allCases.map(\.rawValue)

    static func form(_ draft: FirewallRuleDraft, of owner: FirewallOwner, isNew: Bool) -> Form {
        var fields: [FormField] = []
        if isNew {
            let names = [noPreset] + presets.map(\.name)
            fields.append(
                FormField("preset", "Preset", .choice(names, 0), help: "← → or a letter; fills in what is below"))
        }
        fields += [
            Console.field("name", "Name", limit: NameRule.maximumLength, help: "empty for what it says"),
            FormField("direction", "Direction", .choice(directions, 0), help: "as the machine sees it"),
            FormField("action", "Action", .choice(actions, 0), help: "drop is silent, reject answers"),
            FormField("protocol", "Protocol", .choice(protocols, 0)),
            Console.field("ports", "Ports", limit: 11, help: "443, or 8000-9000; empty for all"),
            Console.field("from", "From", limit: 50, help: "an address, or 10.0.0.0/8; empty for any"),
            Console.field("to", "To", limit: 50, help: "an address, or 10.0.0.0/8; empty for any"),
            Console.field("sourcePorts", "Source ports", limit: 11, help: "empty for all, as is nearly always meant"),
            Console.field(
                "states", "States", limit: 60, help: "new, established, related, invalid; empty for what is usual"),
            Console.field("priority", "Priority", limit: 6, help: "0 to 1000, the lower decides first"),
        ]
        if owner.kind == .machine {
            fields.append(
                FormField("overrides", "Overrides", .toggle(false), help: "decides before all rules of the department"))
        }
        fields.append(Console.field("description", "Description", limit: 1000))
        var form = Form(fields)
        fill(&form, draft)
        return form
    }

    /// Puts a rule into the fields.
    static func fill(_ form: inout Form, _ draft: FirewallRuleDraft) {
        form.set("name", draft.name)
        form.set("direction", draft.direction.word)
        form.set("action", draft.action.word)
        form.set("protocol", draft.protocolName.isEmpty ? "all" : draft.protocolName.lowercased())
        form.set("ports", FirewallRuleDraft.words(draft.destination.portStart, draft.destination.portEnd) ?? "")
        form.set("sourcePorts", FirewallRuleDraft.words(draft.source.portStart, draft.source.portEnd) ?? "")
        form.set("from", address(draft.source))
        form.set("to", address(draft.destination))
        form.set("states", draft.connectionState.filter(\.value).keys.sorted().joined(separator: ", "))
        form.set("priority", String(draft.priority))
        form.set("overrides", draft.overridesDepartment ? "true" : "false")
        form.set("description", draft.description ?? "")
    }

    private static func address(_ peer: FirewallRuleDraft.Peer) -> String {
        guard let address = peer.address, !address.isEmpty else { return "" }
        return address + (peer.mask.flatMap { $0.isEmpty ? nil : "/" + $0 } ?? "")
    }

    // MARK: Reading

    let draft: FirewallRuleDraft
    /// By the field that it is about.
    let problems: [String: String]

    init(_ form: Form, of owner: FirewallOwner) {
        var draft = FirewallRuleDraft(name: form["name"])
        var problems: [String: String] = [:]
        draft.action = FirewallRule.Action.allCases.first { $0.word == form["action"] } ?? .accept
        draft.direction = FirewallRule.Direction.allCases.first { $0.word == form["direction"] } ?? .incoming
        draft.protocolName = form["protocol"]
        func ports(_ id: String) -> (Int?, Int?) {
            let text = form[id].trimmingSpaces
            if text.isEmpty { return (nil, nil) }
            if let range = FirewallLine.ports(text) { return (range.start, range.end) }
            problems[id] = "\"\(text)\" is neither a port nor a range as 8000-9000"
            return (nil, nil)
        }
        FirewallLine.put(address: form["from"].trimmingSpaces, into: &draft.source)
        FirewallLine.put(address: form["to"].trimmingSpaces, into: &draft.destination)
        (draft.destination.portStart, draft.destination.portEnd) = ports("ports")
        (draft.source.portStart, draft.source.portEnd) = ports("sourcePorts")
        for name in form["states"].split(whereSeparator: { $0 == "," || $0 == " " }) {
            draft.connectionState[name.lowercased()] = true
        }
        if let priority = Int(form["priority"].trimmingSpaces) {
            draft.priority = priority
        } else {
            problems["priority"] = "\"\(form["priority"])\" is no whole number"
        }
        draft.overridesDepartment = form["overrides"] == "true"
        draft.description = form["description"].isEmpty ? nil : form["description"]
        if draft.name.allSatisfy(\.isWhitespace) { draft.name = String(draft.clauses.prefix(NameRule.maximumLength)) }
        for finding in draft.findings(of: owner.origin) {
            let field = Self.field(of: finding)
            problems[field] = problems[field].map { "\($0); \(finding)" } ?? finding
        }
        self.draft = draft
        self.problems = problems
    }

    /// Where a finding stands: by how it begins, which is part of the API.
    private static func field(of finding: String) -> String {
        let beginnings = [
            ("Destination port", "ports"), ("Source port", "sourcePorts"), ("Source IP", "from"),
            ("Destination IP", "to"), ("Priority", "priority"), ("Protocol", "protocol"),
            ("Connection state", "states"), ("overridesDept", "overrides"), ("the description", "description"),
        ]
        return beginnings.first { finding.hasPrefix($0.0) }?.1 ?? "name"
    }
}

extension FirewallFacts {
    /// What a rule would bring about among those that are there.
    /// - Parameter replaced: the rule that it takes the place of.
    func notes(on draft: FirewallRuleDraft, replacing replaced: FirewallRule.ID?) -> (
        conflicts: [FirewallConflict], lines: [Dialog.Line]
    ) {
        let id = replaced ?? FirewallRule.ID("new")
        guard case .success(let rule) = draft.checked(id: id, of: owner.origin) else { return ([], []) }
        let conflicts = FirewallConflict.with(rule, in: effective.rules)
        var lines = conflicts.map { Dialog.Line("⚠", $0.told, .warning) }
        var stored = ownRules
        let new = StoredFirewallRule(
            id: id, setID: "", draft: draft, createdAt: Timestamp(milliseconds: .max),
            updatedAt: Timestamp(milliseconds: 0))
        if let place = stored.firstIndex(where: { $0.id == id }) {
            stored[place].draft = draft
        } else {
            stored.append(new)
        }
        let after = effective(having: stored)
        lines += Self.lines(from: effective, to: after)
        return (conflicts, lines)
    }

    /// What a change does to rules beside those that are changed.
    static func lines(from before: EffectiveRules, to after: EffectiveRules) -> [Dialog.Line] {
        var lines: [Dialog.Line] = []
        for rule in after.rules where before.shadowed[rule.id] == nil {
            guard let earlier = after.shadowed[rule.id] else { continue }
            lines.append(.init("◌", "\(rule.told) would never decide: shadowed by \(earlier.told)", .warning))
        }
        let known = Set(before.silencing.map(\.id))
        for rule in after.silencing where !known.contains(rule.id) {
            lines.append(
                .init("⚠", "\(rule.told) keeps answers from arriving to what the machine begins", .warning))
        }
        return lines
    }
}
