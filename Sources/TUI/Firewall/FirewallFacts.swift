package import Core

/// The rules of a department or of a machine, all that decides beside them, and what libvirt is known to hold of it.
package struct FirewallFacts: Equatable, Sendable {
    package var owner: FirewallOwner
    package var departmentRules: [StoredFirewallRule] = []
    /// Empty for a department.
    package var machineRules: [StoredFirewallRule] = []
    package var settings = FirewallSettings()
    /// The name that libvirt knows a machine's rules by; nil as long as it has none.
    package var filterName: String?
    package var standing = FirewallStanding()
    /// For a department.
    package var counts = DepartmentFirewall()

    package init(owner: FirewallOwner) { self.owner = owner }

    /// Those of the owner itself, in the order in which they were made.
    package var ownRules: [StoredFirewallRule] {
        owner.kind == .department ? departmentRules : machineRules
    }

    /// Put together by the same rules as on the server.
    package var effective: EffectiveRules { effective(having: ownRules) }

    /// As it would be with other rules of the owner's.
    package func effective(having rules: [StoredFirewallRule], _ settings: FirewallSettings? = nil) -> EffectiveRules {
        let isDepartment = owner.kind == .department
        return EffectiveRules(
            department: (isDepartment ? rules : departmentRules).rules(of: .department),
            machine: isDepartment ? [] : rules.rules(of: .machine), policy: (settings ?? self.settings).policy)
    }

    package func stored(_ id: FirewallRule.ID) -> StoredFirewallRule? {
        (departmentRules + machineRules).first { $0.id == id }
    }
}

/// How far a machine's rules have come, as the server tells it.
package struct FirewallStanding: Equatable, Sendable {
    package var state = MachineFirewall.State.none
    package var appliedAt: Timestamp?
    package var problem: String?
    package var drift: String?
    package var driftAt: Timestamp?

    package init() {}
}

/// What is wanted to be different about the rules of an owner. All of it happens, or nothing.
package struct FirewallRequest: Equatable, Sendable {
    package struct Update: Equatable, Sendable {
        package var before: StoredFirewallRule
        package var draft: FirewallRuleDraft

        package init(before: StoredFirewallRule, draft: FirewallRuleDraft) {
            self.before = before
            self.draft = draft
        }
    }

    /// What is asked for, to go before how it ended: `rule SSH of web-1`.
    package var words: String
    package var creates: [FirewallRuleDraft] = []
    package var updates: [Update] = []
    package var deletes: [StoredFirewallRule] = []
    /// Whether the rules that are there go first.
    package var replacesAll = false
    package var settings: FirewallSettings?

    package init(_ words: String) { self.words = words }

    /// The same for the rules of Core. The times and ids in it are of no matter: it is only looked at.
    private var change: FirewallChange {
        FirewallChange(
            creates: creates,
            updates: updates.map { update in FirewallChange.Update(update.before.id) { $0 = update.draft } },
            deletes: deletes.map(\.id), replacesAll: replacesAll, settings: settings)
    }

    /// What the rules become by what is known here, or why they cannot.
    package func outcome(for facts: FirewallFacts) -> Result<FirewallChange.Outcome, FirewallError> {
        var count = 0
        do throws(FirewallError) {
            return .success(
                try change.outcome(
                    for: facts.ownRules, in: "", of: facts.owner, at: Timestamp(milliseconds: 0),
                    newID: {
                        count += 1
                        return "new-\(count)"
                    }))
        } catch { return .failure(error) }
    }
}

/// What a change would do, as the server tells it.
package struct FirewallPreview: Equatable, Sendable {
    package struct MachinePreview: Equatable, Sendable {
        package var name: String
        /// It had no filter before: what no rule is about is decided from then on.
        package var isFirst: Bool
        /// Names of rules that would not decide any more.
        package var shadowed: [String]
        package var conflicts: [String]
    }

    package var findings: [String] = []
    package var conflicts: [String] = []
    package var machineCount = 0
    /// The first of them.
    package var machines: [MachinePreview] = []
    /// Names of rules that would keep answers from arriving.
    package var silencing: [String] = []

    package init() {}
}
