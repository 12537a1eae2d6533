import Core
import GraphQL
import JSON

private let confirmWithin = Argument<Int?>("confirmWithin")
    .describe("Take the change back after so many seconds unless `confirmFirewall` says that it stays.")
private let owner = Argument<FirewallOwnerInput>("owner")

let firewallSchema = SchemaPart<RequestContext> {
    Extend(Machine.self) {
        Field("firewall", groupedBy: \.id) { ids, context in
            let states = try await context.services.firewall.store.states(of: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, states[$0] ?? MachineFirewall(machineID: $0)) })
        }
    }
    Extend(Department.self) {
        Field("firewallPolicy", groupedBy: \.id) { ids, context in
            let settings = try await context.services.firewall.policies(of: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, settings[$0] ?? FirewallSettings()) })
        }
        Field("firewall", groupedBy: \.id) { ids, context in
            let counts = try await context.services.firewall.store.counts(ofDepartments: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, counts[$0] ?? DepartmentFirewall()) })
        }
    }

    Query(requires: .user) {
        Field("getDepartmentFirewallRules", Argument<Department.ID>("departmentId")) { context, id in
            try await context.services.firewall.set(of: .department(id), for: try context.signedIn)
        }
        Field("getVMFirewallRules", Argument<Machine.ID>("vmId")) { context, id in
            try await context.services.firewall.set(of: .machine(id), for: try context.signedIn)
        }
        Field("getEffectiveFirewallRules", Argument<Machine.ID>("vmId")) { context, id in
            try await context.services.firewall.effective(id, for: try context.signedIn)
        }
        Field(
            "validateFirewallRule", Argument<FirewallRuleInput>("input"),
            Argument<Department.ID?>("departmentId").describe("Also look at the rules of this department."),
            Argument<Machine.ID?>("vmId").describe("Also look at the rules of this machine and its department."),
            Argument<FirewallRule.ID?>("ruleId").describe("The rule that it is to take the place of.")
        ) { context, input, department, machine, rule in
            let owner = machine.map { FirewallOwner.machine($0) } ?? department.map { .department($0) }
            let (findings, conflicts) = try await context.services.firewall.validate(
                input.draft, in: owner, replacing: rule, for: try context.signedIn)
            return FirewallValidation(findings: findings, conflicts: conflicts)
        }
        Field("firewallVerdict", Argument<Machine.ID>("vmId"), Argument<FirewallPacketInput>("packet")) {
            context, id, packet in
            try await context.services.firewall.verdict(packet.question, on: id, for: try context.signedIn)
        }.describe("What happens to a packet, and which rules were asked.")
        Field("firewallHits", owner) { context, owner in
            try await context.services.firewallHits.hits(of: owner.owner, for: try context.signedIn)
        }.describe("How often the rules of a machine, or of a department on all of its machines, were met.")
        Field("firewallPresets") { _ in FirewallPreset.all }
        Field("firewallTemplates") { _ in FirewallTemplate.all }
    }
    Query(requires: .admin) {
        Field("previewFirewall", owner, Argument<FirewallChangeInput>("change")) { context, owner, input in
            try await context.services.firewall.preview(owner.owner, input.change, for: try context.signedIn)
        }.describe("What a change would do to which machines. Nothing is changed.")
        Field("exportFirewall", owner) { context, owner in
            try await context.services.firewall.export(owner.owner, for: try context.signedIn)
        }.describe("What `importFirewall` takes.")
        Field("firewallConfirmations") { context in try await context.services.firewall.trials() }
            .describe("Changes that go back unless somebody confirms them.")
        Field("listInfinibayFilters") { context in try await context.services.firewallApplier.filters() }
    }
    Mutation(requires: .admin) {
        Field(
            "createDepartmentFirewallRule", Argument<Department.ID>("departmentId"),
            Argument<FirewallRuleInput>("input"), confirmWithin
        ) { context, id, input, seconds in
            try await context.add(input, to: .department(id), confirmWithin: seconds)
        }
        Field(
            "createVMFirewallRule", Argument<FirewallRuleInput>("input"), Argument<Machine.ID>("vmId"), confirmWithin
        ) { context, input, id, seconds in
            try await context.add(input, to: .machine(id), confirmWithin: seconds)
        }
        Field(
            "updateFirewallRule", Argument<FirewallRuleEdit>("input"), Argument<FirewallRule.ID>("ruleId"),
            confirmWithin
        ) { context, input, id, seconds in
            let changed = try await context.services.firewall.change(
                ruleOf: id, FirewallChange(updates: [.init(id, input.edit)]), confirmWithin: seconds,
                by: try context.signedIn.name)
            guard let rule = changed.set.rules.first(where: { $0.id == id }) else { throw FirewallError.ruleNotFound }
            return rule
        }
        Field("deleteFirewallRule", Argument<FirewallRule.ID>("ruleId"), confirmWithin) { context, id, seconds in
            _ = try await context.services.firewall.change(
                ruleOf: id, FirewallChange(deletes: [id]), confirmWithin: seconds, by: try context.signedIn.name)
            return true
        }
        Field("changeFirewall", owner, Argument<FirewallChangeInput>("change"), confirmWithin) {
            context, owner, input, seconds in
            try await context.change(owner, input.change, confirmWithin: seconds)
        }.describe("Any number of changes: all of them, or none.")
        Field(
            "setFirewallPolicy", Argument<Department.ID>("departmentId"), Argument<FirewallPolicyInput>("input"),
            confirmWithin
        ) { context, id, input, seconds in
            try await context.change(
                FirewallOwnerInput(owner: .department(id)), FirewallChange(settings: input.settings),
                confirmWithin: seconds)
        }
        Field(
            "applyFirewallPresets", owner, Argument<[ID]?>("presets"), Argument<ID?>("template"), confirmWithin
        ) { context, owner, presets, template, seconds in
            try await context.services.firewall.apply(
                presets: (presets ?? []).map(\.rawValue), template: template?.rawValue, to: owner.owner,
                confirmWithin: seconds, by: try context.signedIn.name)
        }.describe("Adds the rules of presets and of a template; those that say what is said already are left out.")
        Field(
            "importFirewall", owner, Argument<JSONObject>("document"),
            Argument<Bool?>("replaceAll", default: true), confirmWithin
        ) { context, owner, document, replaces, seconds in
            try await context.services.firewall.importing(
                document, to: owner.owner, replacesAll: replaces ?? true, confirmWithin: seconds,
                by: try context.signedIn.name)
        }
        Field("confirmFirewall", Argument<ID>("id")) { context, id in
            try await context.services.firewall.confirm(id.rawValue, by: try context.signedIn.name)
        }.describe("A change that waits for it stays.")
        Field("revertFirewall", Argument<ID>("id")) { context, id in
            try await context.services.firewall.revert(id.rawValue, by: try context.signedIn.name)
        }.describe("Takes a change back that waits for its confirmation.")
        Field("flushFirewallRules", Argument<Machine.ID>("vmId")) { context, id in
            let report = try await context.services.firewallApplier.flush(id, by: try context.signedIn)
            return FirewallFlush(report: report, at: context.services.clock.now)
        }.describe("Brings a machine's rules to libvirt now, and puts right what differs.")
        Field("syncFirewallToLibvirt") { context in
            try await context.services.firewallApplier.sync(by: try context.signedIn)
        }.describe("The same for all machines that have rules.")
        Field("cleanupInfinibayFirewall") { context in
            FirewallCleanup(names: try await context.services.firewallApplier.cleanUp(by: try context.signedIn))
        }.describe("Removes those of Bay's filters that belong to no machine. What a machine has stays.")
    }
}

extension RequestContext {
    fileprivate func change(
        _ owner: FirewallOwnerInput, _ change: FirewallChange, confirmWithin seconds: Int?
    ) async throws -> FirewallService.Changed {
        try await services.firewall.change(
            owner.owner, change, confirmWithin: seconds, by: try signedIn.name)
    }

    fileprivate func add(
        _ input: FirewallRuleInput, to owner: FirewallOwner, confirmWithin seconds: Int?
    ) async throws -> StoredFirewallRule {
        let changed = try await services.firewall.change(
            owner, FirewallChange(creates: [input.draft]), confirmWithin: seconds, by: try signedIn.name)
        guard let rule = changed.created.first else { throw FirewallError.ruleNotFound }
        return rule
    }
}
