import Core
import GraphQL
import JSON

extension BlockedConnection: GraphQLObject {}
extension FirewallSuggestion: GraphQLObject {}
extension DropLogState: GraphQLObject {}
extension BlockedConnectionService.Suggested: GraphQLObject {}

private let owner = Argument<FirewallOwnerInput>("owner").describe("Of a department: of all its machines.")

let blockedConnectionSchema = SchemaPart<RequestContext> {
    Object(BlockedConnection.self) {
        Field("id") { ID($0.id) }
        Field("machineId") { ID($0.machineID.rawValue) }
        Field("direction", \.direction).describe("As the machine sees it.")
        Field("protocol", \.protocolName).describe("`TCP`, `UDP`, ...; `IP-89` for one that has no name here.")
        Field("port", \.port).describe("The one that was asked for; 0 where the protocol has none.")
        Field("sourceIp", \.source)
        Field("destinationIp", \.destination)
        Field("attemptTime", \.at).describe("Of the first packet.")
        Field("attempts", \.attempts)
            .describe("How many packets came within a minute; of a flood, those that were told of.")
        Field("blockReason", \.reason)
        Field("ruleId", \.rule).describe("The rule that ended it, as `EffectiveFirewallRule.id` has it.")
        Field("processName", \.processName)
        Field("processId", \.processID)
    }
    Object(FirewallSuggestion.self) {
        Field("message", \.words)
        Field("rule", \.draft.json).describe("As CreateFirewallRuleInput has it; nothing is changed by reading it.")
        Field("addresses", \.addresses)
        Field("attempts", \.attempts)
        Field("deniedBy", \.deniedBy).describe("The rule of somebody's that forbids it; such suggestions come last.")
    }
    Object(BlockedConnectionService.Suggested.self, name: "FirewallSuggestions") {
        Field("suggestions", \.suggestions.suggestions).describe("What looks most as if somebody needs it comes first.")
        Field("scanners") { $0.suggestions.scanners.map(\.description) }
            .describe("Addresses that tried so many ports that nothing is suggested for them.")
    }
    Object(DropLogState.self, name: "FirewallLogging") {
        Field("reason", \.reason).describe("Why nothing is recorded; null where it is.")
        Field("lost", \.lost).describe("Packets that there was no room for, since bayd began.")
        Field("suppressed", \.suppressed)
            .describe("Packets of which no row was made, because their machine had so many.")
    }

    Query(requires: .user) {
        Field("blockedConnections", owner, Argument<Int?>("limit", default: 100)) { context, owner, limit in
            try await context.services.blocked.rows(
                of: owner.owner, limit: limit ?? 100, for: try context.signedIn)
        }.describe("What rules kept out, and let not out, the newest first; at most 500.")
        Field("firewallSuggestions", owner) { context, owner in
            try await context.services.blocked.suggestions(for: owner.owner, for: try context.signedIn)
        }.describe("Rules that would let in what was kept out during the last day.")
        Field("firewallLogging") { context in context.services.drops.current }
            .describe("Whether it is recorded what rules keep out.")
    }
}
