package import Core
package import JSON
import Postgres

// Rules that come from somewhere else: from a file, or from the catalogue.
extension FirewallService {
    package func export(_ owner: FirewallOwner, for caller: Caller) async throws -> JSONObject {
        try await requireSight(of: owner, for: caller)
        let ground = try await FirewallStore.ground(of: owner, in: store.database)
        return FirewallDocument(
            rules: (ground.set?.rules ?? []).map(\.draft),
            settings: owner.kind == .department ? ground.settings : nil
        ).json
    }

    package func importing(
        _ json: JSONObject, to owner: FirewallOwner, replacesAll: Bool, confirmWithin seconds: Int?, by actor: String
    ) async throws -> Changed {
        let document: FirewallDocument
        do throws(FirewallFindings) { document = try FirewallDocument(json) } catch {
            throw FirewallError.invalid(error)
        }
        var change = FirewallChange(creates: document.rules, replacesAll: replacesAll)
        // A machine takes rules over from a department, whose policy is not the machine's business.
        if owner.kind == .department { change.settings = document.settings }
        if owner.kind == .department {
            for index in change.creates.indices { change.creates[index].overridesDepartment = false }
        }
        return try await self.change(owner, change, confirmWithin: seconds, by: actor)
    }

    /// Adds the rules of presets and of a template. What is said by the owner's rules already, or twice, is left out.
    package func apply(
        presets: [String], template: String?, to owner: FirewallOwner, confirmWithin seconds: Int?, by actor: String
    ) async throws -> Changed {
        var wanted: [FirewallRuleDraft] = []
        for id in presets {
            guard let preset = FirewallPreset.all.first(where: { $0.id == id }) else {
                throw FirewallError.unknownPreset(id)
            }
            wanted += preset.rules()
        }
        if let template {
            guard let found = FirewallTemplate.all.first(where: { $0.id == template }) else {
                throw FirewallError.unknownPreset(template)
            }
            wanted += found.rules
        }
        let there = try await store.set(of: owner)?.rules.map(\.draft) ?? []
        var new: [FirewallRuleDraft] = []
        for draft in wanted where !(there + new).contains(where: { $0.says(theSameAs: draft) }) { new.append(draft) }
        return try await change(owner, FirewallChange(creates: new), confirmWithin: seconds, by: actor)
    }

    /// What departments say beside their rules; those that say nothing are not in it.
    func policies(of ids: Set<Department.ID>) async throws -> [Department.ID: FirewallSettings] {
        try await FirewallStore.settings(of: ids, in: store.database)
    }
}
