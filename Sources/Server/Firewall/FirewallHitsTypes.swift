import Core
import GraphQL

/// How often one rule was met.
struct FirewallRuleHits: GraphQLObject {
    var rule: FirewallRule.ID
    var hits: RuleHits

    static func all(in hits: FirewallHits) -> [FirewallRuleHits]? {
        guard hits.reason == nil else { return nil }
        return hits.rules.map { FirewallRuleHits(rule: $0.key, hits: $0.value) }
            .sorted { $0.rule.rawValue < $1.rule.rawValue }
    }
}

let firewallHitsTypes = SchemaPart<RequestContext> {
    Object(FirewallHits.self) {
        Field("reason", \.reason).describe("Why nothing is counted; null where something is.")
        Field("since", \.since).describe(
            "No hit is older: libvirt begins anew when it makes a machine's rules, as when they change or it starts.")
        Field("rules") { FirewallRuleHits.all(in: $0) }
            .describe("Null where nothing is counted. A rule that is on its way to libvirt is not in it.")
    }
    Object(FirewallRuleHits.self) {
        Field("ruleId", \.rule).describe("As `EffectiveFirewallRule.id` has it, Bay's own rules among them.")
        Field("packets") { Double($0.hits.packets) }
            .describe("Those that it decided on, with the answers in connections that it lets through.")
        Field("bytes") { Double($0.hits.bytes) }
    }
}
