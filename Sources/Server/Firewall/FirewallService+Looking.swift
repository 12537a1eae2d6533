package import Core
import Postgres

// What rules come to: nothing here changes anything, and libvirt is not asked.
extension FirewallService {
    /// Two rules that conflict, as they are kept.
    package struct Conflict: Sendable {
        package var conflict: FirewallConflict
        package var rules: [StoredFirewallRule]
    }

    /// What decides about a machine's packets.
    package struct Effective: Sendable {
        package var machineID: Machine.ID
        package var departmentRules: [StoredFirewallRule]
        package var machineRules: [StoredFirewallRule]
        package var settings: FirewallSettings
        package var rules: EffectiveRules
        package var conflicts: [Conflict]

        fileprivate init(_ id: Machine.ID, _ ground: FirewallGround) {
            machineID = id
            departmentRules = ground.departmentSet?.rules ?? []
            machineRules = ground.machineSet?.rules ?? []
            settings = ground.settings
            rules = ground.effective
            conflicts = FirewallService.describe(FirewallConflict.all(in: rules.rules), departmentRules + machineRules)
        }

        /// Those that are shown, in the order in which they decide.
        package var shown: [StoredFirewallRule] {
            let stored = Dictionary(
                (departmentRules + machineRules).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            return rules.shown.compactMap { stored[$0.id] }
        }
    }

    package func effective(_ id: Machine.ID, for caller: Caller) async throws -> Effective {
        try await requireSight(of: .machine(id), for: caller)
        return Effective(id, try await FirewallStore.ground(of: .machine(id), in: store.database))
    }

    static func describe(_ conflicts: [FirewallConflict], _ stored: [StoredFirewallRule]) -> [Conflict] {
        let known = Dictionary(stored.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return conflicts.map { conflict in
            Conflict(
                conflict: conflict, rules: [conflict.first.id, conflict.second.id].compactMap { known[$0] })
        }
    }

    // MARK: What a change would do

    package struct Preview: Sendable {
        /// What is wrong with the rules; nothing else is known then.
        package var findings: [String] = []
        package var conflicts: [Conflict] = []
        package var machines: [MachinePreview] = []
        /// How many machines there are, of which `machines` may be the first.
        package var machineCount = 0
        /// Rules that would keep answers from arriving.
        package var silencing: [StoredFirewallRule] = []
    }

    package struct MachinePreview: Sendable {
        package var id: Machine.ID
        package var name: String
        /// Whether it had no filter before, so that what no rule is about is decided from then on.
        package var isFirst: Bool
        package var appearing: [StoredFirewallRule] = []
        package var disappearing: [StoredFirewallRule] = []
        package var changing: [StoredFirewallRule] = []
        /// The machine's own rules that would never decide, and did before.
        package var shadowed: [StoredFirewallRule] = []
        package var conflicts: [Conflict] = []
    }

    /// How many machines a preview names.
    package static let maximumPreview = 500

    package func preview(
        _ owner: FirewallOwner, _ change: FirewallChange, for caller: Caller
    ) async throws -> Preview {
        try await requireSight(of: owner, for: caller)
        let ground = try await FirewallStore.ground(of: owner, in: store.database)
        var preview = Preview()
        let outcome: FirewallChange.Outcome
        do throws(FirewallError) {
            outcome = try change.outcome(
                for: ground.set?.rules ?? [], in: ground.set?.id ?? "", of: owner, at: clock.now, newID: newID)
        } catch {
            guard case .invalid(let findings) = error else { throw error }
            preview.findings = findings.messages
            return preview
        }
        preview.conflicts = Self.describe(
            outcome.conflicts(of: owner, besides: owner.kind == .machine ? ground.departmentRules : []),
            outcome.rules + (ground.departmentSet?.rules ?? []))
        let after = ground.having(outcome.rules, change.settings)
        let silencing = Set(after.effective.silencing.map(\.id))
        preview.silencing = outcome.rules.filter { silencing.contains($0.id) }
        switch owner {
        case .machine(let id):
            let isFiltered = try await store.states(of: [id])[id] != nil
            preview.machineCount = 1
            preview.machines = [difference(id, ground.name, outcome, ground, after, isFiltered: isFiltered)]
        case .department(let id):
            let machines = try await FirewallStore.machines(of: id, limit: Self.maximumPreview, in: store.database)
            let counts = try await departments.store.counts(of: [id])
            preview.machineCount = counts[id]?.total ?? machines.count
            // Mostly machines have no rules of their own, and what a change does is the same to all of those.
            var plain: MachinePreview?
            for machine in machines {
                if machine.rules.isEmpty, var same = plain {
                    same.id = machine.id
                    same.name = machine.name
                    same.isFirst = !machine.isFiltered
                    preview.machines.append(same)
                    continue
                }
                func with(_ ground: FirewallGround) -> FirewallGround {
                    var whole = FirewallGround(owner: .machine(machine.id), name: machine.name).having(
                        machine.rules, ground.settings)
                    whole.departmentSet = ground.departmentSet
                    return whole
                }
                let found = difference(
                    machine.id, machine.name, outcome, with(ground), with(after), isFiltered: machine.isFiltered)
                if machine.rules.isEmpty { plain = found }
                preview.machines.append(found)
            }
        }
        return preview
    }

    private func difference(
        _ id: Machine.ID, _ name: String, _ outcome: FirewallChange.Outcome, _ before: FirewallGround,
        _ after: FirewallGround, isFiltered: Bool
    ) -> MachinePreview {
        let (old, new) = (before.effective, after.effective)
        var preview = MachinePreview(id: id, name: name, isFirst: !isFiltered)
        preview.appearing = outcome.created
        preview.disappearing = outcome.deleted
        preview.changing = outcome.updated
        let all = (after.departmentSet?.rules ?? []) + (after.machineSet?.rules ?? [])
        preview.shadowed = all.filter { new.shadowed[$0.id] != nil && old.shadowed[$0.id] == nil }
        let known = FirewallConflict.all(in: old.rules)
        preview.conflicts = Self.describe(
            FirewallConflict.all(in: new.rules).filter { !known.contains($0) }, all)
        return preview
    }

    // MARK: One rule, while somebody types it

    /// What is wrong with a rule, and with what it would conflict. Without an owner its own parts are looked at.
    /// - Parameter replaced: the rule that it is to take the place of.
    package func validate(
        _ draft: FirewallRuleDraft, in owner: FirewallOwner?, replacing replaced: FirewallRule.ID?, for caller: Caller
    ) async throws -> (findings: [String], conflicts: [Conflict]) {
        guard let owner else { return (draft.findings(of: .machine), []) }
        var change = FirewallChange(creates: [draft])
        if let replaced { change = FirewallChange(updates: [.init(replaced) { $0 = draft }]) }
        let preview = try await preview(owner, change, for: caller)
        return (preview.findings, preview.conflicts)
    }

    // MARK: One packet

    /// What happens to a packet, or to the connection that it begins.
    package func verdict(
        _ packet: FirewallQuestion, on id: Machine.ID, for caller: Caller
    ) async throws -> FirewallAnswer {
        let effective = try await effective(id, for: caller)
        let machine = try await machines.find(id, for: caller)
        let asked = try packet.packet(machineAddress: machine.localIP)
        let state = try await store.states(of: [id])[id]?.state ?? .none
        let first = effective.rules.verdict(for: asked)
        let asksAnswer = packet.asksConnection && asked.state == .new && first.action == .accept
        let answer = asksAnswer ? effective.rules.verdict(for: asked.reply) : nil
        return FirewallAnswer(
            effective: effective.rules, packet: asked, verdict: first, answer: answer, state: state)
    }
}
