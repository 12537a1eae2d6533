import Core

/// The view of what rules keep out, and the way from there to a rule that lets it in.
extension Console {
    /// How many of the newest are shown.
    static let blockedLimit = 200

    mutating func toggleBlocked() {
        firewall?.isBlocked.toggle()
        askBlocked()
    }

    mutating func askBlocked() {
        blockedAt = nil
        guard isConnected, let owner = shownFirewall, firewall?.isBlocked == true,
            !purposes.values.contains(.firewall(.blocked(owner)))
        else { return }
        start(.blocked(owner, limit: Self.blockedLimit), .blocked(owner))
    }

    mutating func take(_ blocked: BlockedFacts, of owner: FirewallOwner) {
        askBlockedLater(owner)
        guard let view = firewall, view.owner == owner else { return }
        let rules = view.facts?.effective
        let names = Dictionary(
            (FirewallPolicy.base + (rules?.rules ?? []) + (rules?.policy.rules ?? [])).map { ($0.id, $0.told) },
            uniquingKeysWith: { first, _ in first })
        var machines: [Machine.ID: String] = [:]
        for row in blocked.connections { machines[row.machineID] = fleet.entry(row.machineID)?.machine.name }
        let rows = BlockedRows(facts: blocked, zone: zone, machines: machines, rules: names)
        firewall?.take(blocked, rows.all)
    }

    mutating func blockedFailed(_ owner: FirewallOwner, _ reason: String) {
        askBlockedLater(owner)
        if firewall?.owner == owner { firewall?.blockedFailed(reason) }
    }

    private mutating func askBlockedLater(_ owner: FirewallOwner) {
        if shownFirewall == owner, firewall?.isBlocked == true { blockedAt = now.adding(milliseconds: 3000) }
    }

    /// What a rule would have to say to let through what is under the cursor.
    var suggestedDraft: FirewallRuleDraft? {
        guard let view = firewall, view.isBlocked, let row = view.blocked.selection, let facts = view.blockedFacts
        else {
            return nil
        }
        if row.id.hasPrefix(BlockedRows.suggestionPrefix) {
            let place = Int(row.id.dropFirst(BlockedRows.suggestionPrefix.count)) ?? 0
            return facts.suggestions.indices.contains(place) ? facts.suggestions[place].draft : nil
        }
        return facts.connections.first { $0.id == row.id }?.draft
    }

    mutating func openSuggestion() {
        guard let draft = suggestedDraft else { return }
        openRuleForm(nil, from: draft)
    }

    var refusalOfSuggestion: String? {
        guard let view = firewall, view.isBlocked else { return "look at what was kept out first: b" }
        if view.blocked.selection == nil { return "there is nothing here" }
        return suggestedDraft == nil ? "no rule can name this protocol" : nil
    }
}
