/// What somebody wants to be different about a set of rules: all of it happens, or nothing.
package struct FirewallChange: Sendable {
    package struct Update: Sendable {
        package var id: FirewallRule.ID
        package var edit: @Sendable (inout FirewallRuleDraft) -> Void

        package init(_ id: FirewallRule.ID, _ edit: @escaping @Sendable (inout FirewallRuleDraft) -> Void) {
            self.id = id
            self.edit = edit
        }
    }

    package var creates: [FirewallRuleDraft]
    package var updates: [Update]
    package var deletes: [FirewallRule.ID]
    /// Whether the rules that are there go first.
    package var replacesAll: Bool
    /// For departments.
    package var settings: FirewallSettings?

    package init(
        creates: [FirewallRuleDraft] = [], updates: [Update] = [], deletes: [FirewallRule.ID] = [],
        replacesAll: Bool = false, settings: FirewallSettings? = nil
    ) {
        self.creates = creates
        self.updates = updates
        self.deletes = deletes
        self.replacesAll = replacesAll
        self.settings = settings
    }

    /// What has become of a set.
    package struct Outcome: Equatable, Sendable {
        package var rules: [StoredFirewallRule]
        package var created: [StoredFirewallRule] = []
        /// As they are afterwards.
        package var updated: [StoredFirewallRule] = []
        /// As they were.
        package var deleted: [StoredFirewallRule] = []

        package init(
            rules: [StoredFirewallRule], created: [StoredFirewallRule] = [], updated: [StoredFirewallRule] = [],
            deleted: [StoredFirewallRule] = []
        ) {
            self.rules = rules
            self.created = created
            self.updated = updated
            self.deleted = deleted
        }
    }

    /// What the rules become. Says all that is wrong at once; conflicts are another matter.
    package func outcome(
        for before: [StoredFirewallRule], in setID: String, of owner: FirewallOwner, at now: Timestamp,
        newID: () -> String
    ) throws(FirewallError) -> Outcome {
        var findings: [String] = []
        // With several rules at once, each finding has to say whose it is.
        let isNamed = creates.count + updates.count > 1
        func check(_ draft: FirewallRuleDraft) {
            let found = draft.findings(of: owner.origin)
            findings += isNamed ? found.map { "\($0) (rule \"\(draft.name)\")" } : found
        }
        var outcome = Outcome(rules: before)
        let gone = replacesAll ? Set(before.map(\.id)) : Set(deletes)
        guard replacesAll || gone.isSubset(of: before.map(\.id)) else { throw .ruleNotFound }
        outcome.deleted = before.filter { gone.contains($0.id) }
        outcome.rules.removeAll { gone.contains($0.id) }
        for update in updates {
            guard let place = outcome.rules.firstIndex(where: { $0.id == update.id }) else { throw .ruleNotFound }
            var rule = outcome.rules[place]
            update.edit(&rule.draft)
            check(rule.draft)
            if rule.draft == outcome.rules[place].draft { continue }
            rule.updatedAt = now
            outcome.rules[place] = rule
            outcome.updated.removeAll { $0.id == rule.id }
            outcome.updated.append(rule)
        }
        // Of equal rules the older decides, so that those of one moment need an order, too.
        var created = max(now, before.map(\.createdAt).max()?.adding(milliseconds: 1) ?? now)
        for draft in creates {
            check(draft)
            let rule = StoredFirewallRule(
                id: FirewallRule.ID(newID()), setID: setID, draft: draft, createdAt: created, updatedAt: now)
            created = created.adding(milliseconds: 1)
            outcome.rules.append(rule)
            outcome.created.append(rule)
        }
        if !findings.isEmpty { throw .invalid(FirewallFindings(messages: findings)) }
        if outcome.rules.count > FirewallFilter.maximumRules { throw .tooMany }
        return outcome
    }
}

extension FirewallChange.Outcome {
    /// The conflicts that come with it: those that were there before, or that a deletion leaves, hold nobody up.
    package func conflicts(of owner: FirewallOwner, besides others: [FirewallRule]) -> [FirewallConflict] {
        let new = Set((created + updated).map(\.id))
        var told: [FirewallConflict] = []
        var all = others + rules.rules(of: owner.origin)
        // Each pair once: a rule that was looked at goes.
        for rule in all where new.contains(rule.id) {
            told += FirewallConflict.with(rule, in: all)
            all.removeAll { $0.id == rule.id }
        }
        return told
    }
}

/// Why something about the firewall did not happen. Front ends know the first words of many of these.
package enum FirewallError: Error, Equatable, Sendable {
    case departmentNotFound
    case machineNotFound
    case ruleNotFound
    case invalid(FirewallFindings)
    case conflicts([FirewallConflict])
    case tooMany
    case unknownPreset(String)
    /// The change was confirmed or taken back meanwhile.
    case confirmationNotFound
    /// Somebody else's change waits for its confirmation.
    case awaitsConfirmation
    case busy(with: String)
    case hypervisorUnavailable(reason: String)
    case hypervisor(reason: String)

    package var message: String {
        switch self {
        case .departmentNotFound: "Department not found"
        case .machineNotFound: "VM not found"
        case .ruleNotFound: "Rule not found"
        case .invalid(let findings): findings.message
        case .conflicts(let conflicts): conflicts.map(\.message).joined(separator: " ")
        case .tooMany: "a set has at most \(FirewallFilter.maximumRules) rules"
        case .unknownPreset(let name): "there is no preset or template named \"\(name)\""
        case .confirmationNotFound: "nothing waits for this confirmation: it was given, or the rules went back already"
        case .awaitsConfirmation: "a change of these rules waits for its confirmation: confirm it or take it back first"
        case .busy(let other): "not now: the machine is busy with another operation (\(other))"
        case .hypervisorUnavailable(let reason): "the hypervisor cannot be reached: \(reason)"
        case .hypervisor(let reason): "the hypervisor could not do it: \(reason)"
        }
    }
}
