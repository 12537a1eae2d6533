package import Core

/// Shows what rules kept out, and what that suggests, to those who may see the rules.
package struct BlockedConnectionService: Sendable {
    package struct Suggested: Sendable {
        package var suggestions: FirewallSuggestions
    }

    private let service: FirewallService
    private let store: BlockedConnectionStore

    package init(service: FirewallService, store: BlockedConnectionStore) {
        self.service = service
        self.store = store
    }

    package func rows(of owner: FirewallOwner, limit: Int, for caller: Caller) async throws -> [BlockedConnection] {
        try await service.requireSight(of: owner, for: caller)
        return try await store.rows(of: owner, limit: limit, scope: caller.machineScope)
    }

    package func suggestions(for owner: FirewallOwner, for caller: Caller) async throws -> Suggested {
        try await service.requireSight(of: owner, for: caller)
        let groups = try await store.groups(of: owner, scope: caller.machineScope)
        let ground = try await FirewallStore.ground(of: owner, in: service.store.database)
        return Suggested(suggestions: FirewallSuggestions(groups, rules: ground.effective))
    }
}
