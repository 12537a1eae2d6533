package import Core
import JSON
import Postgres

// Changes that go back by themselves. What was before is a row beside them, so that they go back whichever bayd lives then.
extension FirewallService {
    /// All that wait, those that go back first in front.
    package func trials() async throws -> [FirewallTrial] { try await store.trials() }

    /// Says that a change is to stay.
    package func confirm(_ id: String, by actor: String) async throws -> FirewallRuleSet {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (trial, _) = try await FirewallStore.trial(id, in: transaction) else {
                throw FirewallError.confirmationNotFound
            }
            let ground = try await FirewallStore.ground(of: trial.owner, in: transaction)
            try await FirewallStore.deleteTrial(id, in: transaction)
            transaction.record(
                .firewall(
                    "confirm", ground, actor: actor, message: "the change of the rules of \(ground.words) stays"))
            guard let set = ground.set else { throw FirewallError.confirmationNotFound }
            return set
        }
    }

    /// Takes a change back. What was made, changed and deleted since it was asked for goes back with it.
    package func revert(_ id: String, by actor: String) async throws -> FirewallRuleSet {
        let owner = try await store.trials().first { $0.id == id }?.owner
        guard let owner else { throw FirewallError.confirmationNotFound }
        return try await store.database.transaction(attempts: 3) { transaction in
            // In the order in which changes take their locks.
            let ground = try await FirewallStore.ground(of: owner, locks: transaction, in: transaction)
            guard let (_, before) = try await FirewallStore.trial(id, in: transaction), var set = ground.set else {
                throw FirewallError.confirmationNotFound
            }
            let (rules, settings) = Self.remembered(before, in: set.id)
            let now = Dictionary(set.rules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let then = Set(rules.map(\.id))
            let outcome = FirewallChange.Outcome(
                rules: rules, created: rules.filter { now[$0.id] == nil },
                updated: rules.filter { now[$0.id] != nil && now[$0.id]?.draft != $0.draft },
                deleted: set.rules.filter { !then.contains($0.id) })
            try await FirewallStore.deleteTrial(id, in: transaction)
            try await write(
                outcome, owner.kind == .department && settings != ground.settings ? settings : nil, to: set, ground,
                by: actor, in: transaction)
            transaction.record(
                .firewall(
                    "revert", ground, actor: actor,
                    message: "the rules of \(ground.words) went back to what they were"))
            set.rules = rules
            return set
        }
    }

    /// Takes back what nobody confirmed in time. Returns in how many milliseconds the next one's time is over.
    func revertExpired() async throws -> Int? {
        let (ids, next) = try await store.expired()
        for id in ids {
            do { _ = try await revert(id, by: "bayd") } catch FirewallError.confirmationNotFound {
                // Confirmed at the last moment, or another bayd was first.
            }
        }
        return next
    }

    // MARK: What was before

    static func memory(of rules: [StoredFirewallRule], _ settings: FirewallSettings) -> JSONObject {
        let rules = rules.map { rule in
            var json = rule.draft.json
            json["id"] = .string(rule.id.rawValue)
            json["createdAt"] = .int(Int(rule.createdAt.rawValue))
            return JSONValue.object(json)
        }
        return ["rules": .array(rules), "policy": .object(settings.json)]
    }

    static func remembered(_ memory: JSONObject, in set: String) -> ([StoredFirewallRule], FirewallSettings) {
        let rules = (memory["rules"]?.array ?? []).compactMap { value -> StoredFirewallRule? in
            guard var json = value.object, let id = json["id"]?.string else { return nil }
            let created = Timestamp(milliseconds: Int64(json["createdAt"]?.int ?? 0))
            json["id"] = nil
            json["createdAt"] = nil
            guard let draft = try? FirewallRuleDraft(json) else { return nil }
            return StoredFirewallRule(
                id: FirewallRule.ID(id), setID: set, draft: draft, createdAt: created, updatedAt: created)
        }
        let settings = memory["policy"]?.object.flatMap { try? FirewallSettings($0) } ?? FirewallSettings()
        return (rules, settings)
    }
}
