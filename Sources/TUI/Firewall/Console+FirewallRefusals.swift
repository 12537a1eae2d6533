import Core

/// What may be done with rules where one is, and why not.
extension Console {
    func refusalOfFirewall(_ command: Command) -> String? {
        if !isConnected, ![.effectiveRules, .blockedConnections, .traceRules, .exportRules].contains(command) {
            return "bayd cannot be reached"
        }
        if command == .firewall { return refusalToOpenFirewall }
        if command.changesFirewall, let reason = refusal(needing: .admin) { return reason }
        switch command {
        case .keepRules, .revertRules:
            return trials.isEmpty ? "no rules wait for a confirmation" : nil
        case .syncRules, .cleanUpRules: return nil
        default: break
        }
        guard let owner = shownFirewall, let firewall else {
            return "open the rules of a machine or a department first: F"
        }
        guard firewall.facts != nil else { return firewall.problem ?? "its rules are not known yet" }
        switch command {
        case .effectiveRules, .traceRules, .flushRules:
            if owner.kind == .machine { return nil }
            return command == .flushRules
                ? "one machine at a time: W does it for all" : "packets are a machine's: open the rules of one"
        case .blockedConnections: return nil
        case .suggestedRule: return refusalOfSuggestion
        case .changeRule, .deleteRule: return refusalToChange(firewall)
        case .rulePolicy:
            return policyOwner == nil ? "the machine is in no department, whose default it would have" : nil
        default: return nil
        }
    }

    private var refusalToOpenFirewall: String? {
        switch screen {
        case .firewall: return "you are there"
        case .machines, .machine: break
        default: return "choose a machine or a department first"
        }
        if context == .tree {
            return firewallHere == nil ? "choose a department at the left first" : nil
        }
        if targets.count > 1 { return "one machine at a time: unmark the others with U" }
        guard let machine = targets.first else { return "there is no machine here" }
        return machine.isManaged ? nil : "not adopted yet: adopt it first"
    }

    private func refusalToChange(_ view: FirewallView) -> String? {
        switch view.selectedOrigin {
        case nil: "there is no rule here"
        case view.owner.origin: nil
        case .department: "a rule of the department: Enter leads to it"
        case .base: "every network needs it: nobody can change it"
        default: "the default: p changes it"
        }
    }

    /// The department whose default decides here.
    var policyOwner: Department.ID? {
        switch shownFirewall {
        case .department(let id): id
        case .machine(let id): fleet.entry(id)?.machine.departmentID
        case nil: nil
        }
    }

    /// Why Enter does nothing in the view of rules.
    var refusalToOpenRule: String? {
        guard let view = firewall else { return "there is no rule here" }
        if view.isBlocked { return refusalOfFirewall(.suggestedRule) }
        switch view.selectedOrigin {
        case nil: return "there is no rule here"
        case .base: return refusalToChange(view)
        case .department where view.owner.kind == .machine: return policyOwner == nil ? "its department is gone" : nil
        case .policy: return refusalOfFirewall(.rulePolicy)
        default: return refusalOfFirewall(.changeRule)
        }
    }
}

extension Command {
    /// Whether it is about firewalls.
    var isOfFirewall: Bool { self == .firewall || changesFirewall || Self.looksAtFirewall.contains(self) }

    private static let looksAtFirewall: Set<Command> = [
        .effectiveRules, .blockedConnections, .traceRules, .exportRules,
    ]

    /// Whether only administrators may do it.
    var changesFirewall: Bool {
        switch self {
        case .newRule, .suggestedRule, .changeRule, .deleteRule, .rulePresets, .rulePolicy, .pasteRules, .flushRules,
            .syncRules, .cleanUpRules, .keepRules, .revertRules:
            true
        default: false
        }
    }
}
