package import Core
package import GraphQL
import JSON

extension FirewallRule.ID: GraphQLIdentifier {}
extension FirewallRule.Action: GraphQLEnum {}
extension FirewallRule.Direction: GraphQLEnum {}
extension FirewallRule.Origin: GraphQLEnum, CaseIterable {
    package static var allCases: [FirewallRule.Origin] { [.base, .department, .machine, .policy] }
    package var graphQLName: String { rawValue.uppercased() }
}
extension FirewallOwner.Kind: GraphQLEnum {}
extension FirewallConflict.Kind: GraphQLEnum {}
extension FirewallPreset.Risk: GraphQLEnum {}
extension ConnectionState: GraphQLEnum {}
extension MachineFirewall.State: GraphQLEnum {}

extension StoredFirewallRule: GraphQLObject {}
extension FirewallRuleSet: GraphQLObject {}
extension FirewallSettings: GraphQLObject {}
extension FirewallTrial: GraphQLObject {}
extension MachineFirewall: GraphQLObject {}
extension DepartmentFirewall: GraphQLObject {}
extension FirewallPreset: GraphQLObject {}
extension FirewallTemplate: GraphQLObject {}
extension FirewallAnswer: GraphQLObject {}
extension FirewallService.Conflict: GraphQLObject {}
extension FirewallService.Effective: GraphQLObject {}
extension FirewallHits: GraphQLObject {}
extension FirewallService.Preview: GraphQLObject {}
extension FirewallService.MachinePreview: GraphQLObject {}
extension FirewallService.Changed: GraphQLObject {}
extension FirewallApplier.Report: GraphQLObject {}
extension FirewallApplier.Sync: GraphQLObject {}
extension HostFilter: GraphQLObject {}

/// A rule in the order in which rules decide, Bay's own among them.
struct FirewallEntry: GraphQLObject {
    var rule: FirewallRule
    var shadowedBy: FirewallRule?
    var conflicts: [String] = []

    static func all(in effective: FirewallService.Effective) -> [FirewallEntry] {
        let rules = effective.rules
        return (FirewallPolicy.base + rules.rules + rules.policy.rules).map { rule in
            FirewallEntry(
                rule: rule, shadowedBy: rules.shadowed[rule.id],
                conflicts: effective.conflicts.filter { conflict in
                    conflict.conflict.first.id == rule.id || conflict.conflict.second.id == rule.id
                }.map(\.conflict.message))
        }
    }
}

/// One rule that was asked about a packet.
struct FirewallTraceStep: GraphQLObject {
    var step: FirewallVerdict.Step
    var isAnswer: Bool

    static func all(of answer: FirewallAnswer) -> [FirewallTraceStep] {
        answer.verdict.trace.map { FirewallTraceStep(step: $0, isAnswer: false) }
            + (answer.answer?.trace ?? []).map { FirewallTraceStep(step: $0, isAnswer: true) }
    }
}

struct FirewallValidation: GraphQLObject {
    var findings: [String]
    var conflicts: [FirewallService.Conflict]
}

struct FirewallFlush: GraphQLObject {
    var report: FirewallApplier.Report
    var at: Timestamp
}

struct FirewallCleanup: GraphQLObject {
    var names: [String]
}

extension FirewallError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .departmentNotFound, .machineNotFound, .ruleNotFound, .confirmationNotFound:
            FieldError(message, code: .notFound)
        case .invalid, .tooMany, .unknownPreset: FieldError(message, code: .badInput)
        case .conflicts, .awaitsConfirmation, .busy: FieldError(message, code: .conflict)
        case .hypervisorUnavailable: FieldError(message, code: .unavailable)
        case .hypervisor: FieldError(message, code: "HYPERVISOR")
        }
    }
}

let firewallTypes = SchemaPart<RequestContext> {
    Enum(FirewallRule.Action.self, name: "RuleAction")
    Enum(FirewallRule.Direction.self, name: "RuleDirection").describe("As the machine sees it: IN comes to it.")
    Enum(FirewallRule.Origin.self, name: "FirewallRuleOrigin")
        .describe(.base, "What every network needs to work at all: Bay's own.")
        .describe(.policy, "What happens to packets that no rule is about.")
    Enum(FirewallOwner.Kind.self, name: "RuleSetType")
    Enum(FirewallConflict.Kind.self, name: "ConflictType")
    Enum(FirewallPreset.Risk.self, name: "FirewallRisk")
    Enum(ConnectionState.self, name: "FirewallConnectionState")
    Enum(MachineFirewall.State.self, name: "MachineFirewallState")
        .describe(.none, "Nobody has made rules for it or its department: it is as open as its network.")
        .describe(.pending, "Rules have changed and are on their way to libvirt.")
        .describe(.applied, "libvirt holds the rules, and each interface has them.")
        .describe(.failed, "They could not be brought to libvirt, or do not reach every interface.")
        .describe(.drifted, "libvirt held something else when it was looked at last.")

    Object(StoredFirewallRule.self, name: "FirewallRuleType") {
        Field("id", \.id)
        Field("ruleSetId", \.setID)
        Field("name", \.draft.name)
        Field("description", \.draft.description)
        Field("action", \.draft.action)
        Field("direction", \.draft.direction)
        Field("priority", \.draft.priority)
        Field("protocol", \.draft.protocolName)
        Field("srcPortStart", \.draft.source.portStart)
        Field("srcPortEnd", \.draft.source.portEnd)
        Field("dstPortStart", \.draft.destination.portStart)
        Field("dstPortEnd", \.draft.destination.portEnd)
        Field("srcIpAddr", \.draft.source.address)
        Field("srcIpMask", \.draft.source.mask)
        Field("dstIpAddr", \.draft.destination.address)
        Field("dstIpMask", \.draft.destination.mask)
        Field("connectionState", \.draft.stateJSON)
        Field("overridesDept", \.draft.overridesDepartment)
        Field("createdAt", \.createdAt)
        Field("updatedAt", \.updatedAt)
    }
    Object(FirewallRuleSet.self, name: "FirewallRuleSetType") {
        Field("id") { ID($0.id) }
        Field("name", \.name)
        Field("internalName", \.filterName).describe("The name of a machine's filter in libvirt.")
        Field("entityType", \.owner.kind)
        Field("entityId", \.owner.id)
        Field("priority", \.priority)
        Field("isActive", \.isActive)
        Field("libvirtUuid", \.filterUUID)
        Field("xmlContent", \.filterXML).describe("What libvirt was given last.")
        Field("lastSyncedAt", \.appliedAt)
        Field("createdAt", \.createdAt)
        Field("updatedAt", \.updatedAt)
        Field("rules", \.rules).describe("In the order in which they were made.")
        Field("confirmation", as: FirewallTrial?.self, groupedBy: \.id) { ids, context in
            try await context.services.firewall.store.trials(ofSets: ids)
        }.describe("A change that goes back unless somebody confirms it.")
    }
    Object(FirewallSettings.self, name: "FirewallPolicy") {
        Field("incoming", \.policy.incoming).describe("What happens to what comes in and no rule is about.")
        Field("outgoing", \.policy.outgoing)
        Field("antiSpoofing", \.guardsAddresses).describe("Machines may send from their own MAC address alone.")
    }
    Object(FirewallTrial.self, name: "FirewallConfirmation") {
        Field("id") { ID($0.id) }
        Field("entityType", \.owner.kind)
        Field("entityId", \.owner.id)
        Field("actor", \.actor).describe("Whose change it is.")
        Field("createdAt", \.createdAt)
        Field("expiresAt", \.expiresAt)
        Field("secondsLeft", \.secondsLeft).describe("By the server's clock, when this was read.")
    }
    Object(MachineFirewall.self) {
        Field("state", \.state)
        Field("appliedAt", \.appliedAt)
        Field("problem", \.problem)
        Field("drift", \.drift).describe("In what libvirt differed from what was applied.")
        Field("driftAt", \.driftAt)
    }
    Object(DepartmentFirewall.self) {
        Field("pending", \.pending).describe("Machines whose rules are on their way to libvirt.")
        Field("applied", \.applied)
        Field("drifted", \.drifted)
        Field("failed", \.failed)
        Field("problem") { firewall, context -> String? in
            try context.signedIn.role >= .admin ? firewall.problem : nil
        }.describe("Why the first of the last two kinds has not its rules, with its name; for administrators.")
    }
    Object(FirewallService.Conflict.self, name: "RuleConflictType") {
        Field("type", \.conflict.kind)
        Field("message", \.conflict.message)
        Field("affectedRules", \.rules)
    }
    Object(FirewallService.Effective.self, name: "EffectiveRuleSetType") {
        Field("vmId") { ID($0.machineID.rawValue) }
        Field("departmentRules", \.departmentRules)
        Field("vmRules", \.machineRules)
        Field("effectiveRules", \.shown).describe("In the order in which they decide.")
        Field("conflicts", \.conflicts)
        Field("entries") { FirewallEntry.all(in: $0) }
            .describe("All that decides, in order: what networks need, the rules, the policy.")
        Field("policy", \.settings)
        Field("silencing") { effective in
            let ids = Set(effective.rules.silencing.map(\.id))
            return (effective.departmentRules + effective.machineRules).filter { ids.contains($0.id) }
        }.describe("Rules that keep answers from arriving to what the machine begins.")
    }
    Object(FirewallEntry.self, name: "EffectiveFirewallRule") {
        Field("id", \.rule.id)
        Field("name", \.rule.name)
        Field("origin", \.rule.origin)
        Field("action", \.rule.action)
        Field("direction", \.rule.direction)
        Field("priority", \.rule.priority)
        Field("protocol", \.rule.match.transport.rawValue)
        Field("source") { $0.rule.match.source?.description }.describe("`10.0.0.0/8`; null for any.")
        Field("destination") { $0.rule.match.destination?.description }
        Field("sourcePorts") { $0.rule.match.sourcePorts.map(FirewallEntry.words) }.describe("`80` or `8000-9000`.")
        Field("destinationPorts") { $0.rule.match.destinationPorts.map(FirewallEntry.words) }
        Field("states") { entry in ConnectionState.allCases.filter(entry.rule.states.contains) }
        Field("overridesDept", \.rule.overridesDepartment)
        Field("shadowedBy") { $0.shadowedBy.map { FirewallEntry(rule: $0) } }
            .describe("The rule that leaves it nothing to decide.")
        Field("conflicts", \.conflicts)
    }
    Object(FirewallTraceStep.self) {
        Field("rule") { FirewallEntry(rule: $0.step.rule) }
        Field("direction", \.step.direction)
        Field("matches") { $0.step.difference == nil }
        Field("difference") { $0.step.difference?.words }.describe("In what the packet is another than is asked for.")
        Field("isAnswer", \.isAnswer).describe("Whether it is the answer to the packet that was asked about.")
    }
    Object(FirewallAnswer.self, name: "FirewallVerdict") {
        Field("action", \.deciding.action)
        Field("message", \.words)
        Field("rule") { FirewallEntry(rule: $0.deciding.rule) }
        Field("isAboutAnswer") { $0.deciding != $0.verdict }
            .describe("The packet passes, and the answer to it does not.")
        Field("state", \.state).describe("Whether libvirt has these rules.")
        Field("trace") { FirewallTraceStep.all(of: $0) }
    }
    Object(FirewallService.Preview.self, name: "FirewallPreview") {
        Field("isValid") { $0.findings.isEmpty && $0.conflicts.isEmpty }
        Field("warnings", \.findings).describe("What is wrong with the rules; the rest is empty then.")
        Field("conflicts", \.conflicts)
        Field("machineCount", \.machineCount)
        Field("machines", \.machines).describe("The first 500.")
        Field("silencing", \.silencing)
    }
    Object(FirewallService.MachinePreview.self, name: "FirewallMachinePreview") {
        Field("id") { ID($0.id.rawValue) }
        Field("name", \.name)
        Field("isFirst", \.isFirst).describe("It had no filter before: the policy begins to hold for it, too.")
        Field("appearing", \.appearing)
        Field("disappearing", \.disappearing)
        Field("changing", \.changing).describe("As they would be.")
        Field("shadowed", \.shadowed).describe("Rules that would not decide any more.")
        Field("conflicts", \.conflicts).describe("Those that would be new.")
    }
    Object(FirewallService.Changed.self, name: "FirewallChangeResult") {
        Field("ruleSet", \.set)
        Field("created", \.created)
        Field("updated", \.updated)
        Field("deleted", \.deleted)
        Field("confirmation", \.trial).describe("What to confirm, if the change is to stay.")
    }
    Object(FirewallValidation.self, name: "ValidationResultType") {
        Field("isValid") { $0.findings.isEmpty && $0.conflicts.isEmpty }
        Field("warnings", \.findings)
        Field("conflicts", \.conflicts)
    }
    Object(HostFilter.self, name: "LibvirtFilterInfoType") {
        Field("name", \.name)
        Field("uuid") { String?.some($0.uuid) }
    }
    Object(FirewallFlush.self, name: "FlushResultType") {
        Field("success") { $0.report.problem == nil }
        Field("vmId") { ID($0.report.machine.rawValue) }
        Field("libvirtFilterName", \.report.filter)
        Field("rulesApplied", \.report.rules)
        Field("timestamp", \.at)
        Field("problem", \.report.problem)
    }
    Object(FirewallApplier.Sync.self, name: "SyncResultType") {
        Field("success", \.errors.isEmpty)
        Field("filtersCreated", \.created)
        Field("filtersUpdated", \.updated)
        Field("vmsUpdated", \.machines)
        Field("errors", \.errors)
    }
    Object(FirewallCleanup.self, name: "CleanupResultType") {
        Field("success") { _ in true }
        Field("filtersRemoved", \.names.count)
        Field("filterNames", \.names)
    }
    Object(FirewallPreset.self) {
        Field("id") { ID($0.id) }
        Field("name", \.name)
        Field("category", \.category)
        Field("risk", \.risk)
        Field("rules") { preset in preset.rules().map(\.json) }.describe("As CreateFirewallRuleInput has them.")
    }
    Object(FirewallTemplate.self) {
        Field("id") { ID($0.id) }
        Field("name", \.name)
        Field("category", \.category)
        Field("presets", \.presets)
        Field("rules") { template in template.rules.map(\.json) }
    }
}

extension FirewallEntry {
    fileprivate static func words(_ ports: ClosedRange<Int>) -> String {
        ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }
}
