package import Core
import Cryptography
import JSON
import Postgres

/// Shows and changes the rules of departments and machines. Each change and its events are one transaction, which also says
/// that the rules are to be brought to libvirt: `FirewallApplier` does that.
///
/// Throws `FirewallError` for what the caller can put right, and `DatabaseError`.
package struct FirewallService: Sendable {
    package let store: FirewallStore
    let machines: MachineService
    let departments: DepartmentService
    let clock: any WallClock
    let newID: @Sendable () -> String

    package init(
        store: FirewallStore, machines: MachineService, departments: DepartmentService, clock: any WallClock,
        newID: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.machines = machines
        self.departments = departments
        self.clock = clock
        self.newID = newID
    }

    // MARK: Who may look

    /// Throws unless the caller may see the rules: administrators all, others those of their machines and departments.
    func requireSight(of owner: FirewallOwner, for caller: Caller) async throws {
        switch owner {
        case .machine(let id):
            do {
                guard try await machines.find(id, for: caller).isManaged else { throw FirewallError.machineNotFound }
            } catch MachineError.notFound {
                throw FirewallError.machineNotFound
            }
        case .department(let id):
            let user = caller.machineScope.owner
            let row = try await store.database.row(
                """
                SELECT 1 AS found FROM "Department" d
                 WHERE d.id = \(id.rawValue)
                   AND (\(user)::text IS NULL OR EXISTS
                        (SELECT 1 FROM "Machine" m WHERE m."departmentId" = d.id AND m."userId" = \(user)::text))
                """)
            if row == nil { throw FirewallError.departmentNotFound }
        }
    }

    /// Nil where nobody has made one.
    package func set(of owner: FirewallOwner, for caller: Caller) async throws -> FirewallRuleSet? {
        try await requireSight(of: owner, for: caller)
        return try await store.set(of: owner)
    }

    // MARK: Changes

    /// What became of a set, and what waits for a confirmation.
    package struct Changed: Sendable {
        package var set: FirewallRuleSet
        package var created: [StoredFirewallRule]
        package var updated: [StoredFirewallRule]
        package var deleted: [StoredFirewallRule]
        package var trial: FirewallTrial?
    }

    /// - Parameter seconds: after so long the rules go back to what they are now, unless somebody confirms the change.
    package func change(
        _ owner: FirewallOwner, _ change: FirewallChange, confirmWithin seconds: Int? = nil, by actor: String
    ) async throws -> Changed {
        if let seconds, !FirewallTrial.seconds.contains(seconds) {
            let range = FirewallTrial.seconds
            throw FirewallError.invalid(
                FirewallFindings(messages: [
                    "a confirmation is waited for \(range.lowerBound) to \(range.upperBound) s"
                ]))
        }
        if change.settings != nil, owner.kind == .machine {
            throw FirewallError.invalid(FirewallFindings(messages: ["a policy is a department's: a machine has its"]))
        }
        return try await store.database.transaction(attempts: 3) { transaction in
            let ground = try await FirewallStore.ground(of: owner, locks: transaction, in: transaction)
            var set: FirewallRuleSet
            if let known = ground.set { set = known } else { set = try await add(owner, ground.name, in: transaction) }
            let outcome = try change.outcome(
                for: set.rules, in: set.id, of: owner, at: clock.now, newID: newID)
            let conflicts = outcome.conflicts(
                of: owner, besides: owner.kind == .machine ? ground.departmentRules : [])
            if !conflicts.isEmpty { throw FirewallError.conflicts(conflicts) }
            let settings = change.settings == ground.settings ? nil : change.settings

            var trial = try await FirewallStore.trial(ofSet: set.id, in: transaction)
            if let trial, trial.actor != actor { throw FirewallError.awaitsConfirmation }
            if let seconds {
                if let trial {
                    try await FirewallStore.extendTrial(trial.id, seconds: seconds, in: transaction)
                } else {
                    try await FirewallStore.addTrial(
                        newID(), ofSet: set.id, before: Self.memory(of: set.rules, ground.settings), seconds: seconds,
                        actor: actor, in: transaction)
                }
                trial = try await FirewallStore.trial(ofSet: set.id, in: transaction)
                transaction.record(
                    .firewall(
                        "await", ground, actor: actor,
                        message:
                            "the rules of \(ground.words) go back in \(seconds) s unless somebody confirms the change"))
            }
            try await write(outcome, settings, to: set, ground, by: actor, in: transaction)
            set.rules = outcome.rules
            return Changed(
                set: set, created: outcome.created, updated: outcome.updated, deleted: outcome.deleted, trial: trial)
        }
    }

    /// Changes the set that a rule is in.
    package func change(
        ruleOf id: FirewallRule.ID, _ change: FirewallChange, confirmWithin seconds: Int? = nil, by actor: String
    ) async throws -> Changed {
        guard let owner = try await FirewallStore.owner(of: id, in: store.database) else {
            throw FirewallError.ruleNotFound
        }
        return try await self.change(owner, change, confirmWithin: seconds, by: actor)
    }

    func write(
        _ outcome: FirewallChange.Outcome, _ settings: FirewallSettings?, to set: FirewallRuleSet,
        _ ground: FirewallGround, by actor: String, in transaction: Transaction
    ) async throws {
        try await FirewallStore.delete(outcome.deleted.map(\.id), in: transaction)
        try await FirewallStore.update(outcome.updated, in: transaction)
        try await FirewallStore.insert(outcome.created, in: transaction)
        for (action, verb, rules) in [
            ("delete", "deleted", outcome.deleted), ("update", "changed", outcome.updated),
            ("create", "made", outcome.created),
        ] {
            for rule in rules {
                transaction.record(
                    .firewall(
                        action, ground, rule: rule, actor: actor,
                        message: "rule \"\(rule.draft.name)\" of \(ground.words) was \(verb)"))
            }
        }
        if let settings, let department = ground.department {
            try await FirewallStore.set(settings, of: department, in: transaction)
            let policy = settings.policy
            transaction.record(
                .firewall(
                    "policy", ground, actor: actor,
                    message: "\(ground.words): what no rule is about is now \(policy.incoming.words) when it comes in "
                        + "and \(policy.outgoing.words) when it goes out"))
        }
        switch ground.owner {
        case .department(let id): try await FirewallStore.want(allOf: id, in: transaction)
        case .machine(let id): try await FirewallStore.want([id], in: transaction)
        }
    }

    /// Adds the set of an owner that has none.
    func add(
        _ owner: FirewallOwner, _ name: String, in transaction: Transaction
    ) async throws -> FirewallRuleSet {
        let digest = Digest.hexadecimal(Digest.md5(Array(owner.id.utf8)))
        return try await FirewallStore.add(
            newID(), named: "Firewall rules for \(name)", for: owner,
            filterNames: FirewallFilter.names(of: owner, digest: digest), in: transaction)
    }
}

extension FirewallRule.Action {
    var words: String {
        switch self {
        case .accept: "let through"
        case .drop: "dropped"
        case .reject: "rejected"
        }
    }
}
