package import Core
package import JSON

/// What is asked of the server about firewalls.
package enum FirewallOperation: Equatable, Sendable {
    case facts(FirewallOwner)
    case hits(FirewallOwner)
    case blocked(FirewallOwner, limit: Int)
    case confirmations
    case preview(FirewallOwner, FirewallRequest)
    /// - Parameter confirmWithin: seconds after which it goes back unless somebody confirms it.
    case change(FirewallOwner, FirewallRequest, confirmWithin: Int?)
    case confirm(String)
    case revert(String)
    case flush(Machine.ID)
    case sync
    case cleanUp
    case verdict(Machine.ID, FirewallQuestion)
    case export(FirewallOwner)

    var isMutation: Bool {
        switch self {
        case .facts, .hits, .blocked, .confirmations, .preview, .verdict, .export: false
        case .change, .confirm, .revert, .flush, .sync, .cleanUp: true
        }
    }

    private static let rule = """
        id ruleSetId name description action direction priority protocol srcPortStart srcPortEnd dstPortStart dstPortEnd \
        srcIpAddr srcIpMask dstIpAddr dstIpMask connectionState overridesDept createdAt updatedAt
        """
    private static let policy = "incoming outgoing antiSpoofing"
    private static let confirmation = "id entityType entityId actor createdAt expiresAt secondsLeft"

    var request: OperationRequest {
        switch self {
        case .facts(.machine(let id)):
            return OperationRequest(
                query: """
                    query MachineFirewall($vm: ID!, $id: String!) { machine(id: $id) \
                    { firewall { state appliedAt problem drift driftAt } } \
                    getEffectiveFirewallRules(vmId: $vm) { departmentRules { \(Self.rule) } vmRules { \(Self.rule) } \
                    policy { \(Self.policy) } } getVMFirewallRules(vmId: $vm) { internalName } }
                    """,
                variables: ["vm": .string(id.rawValue), "id": .string(id.rawValue)])
        case .facts(.department(let id)):
            return OperationRequest(
                query: """
                    query DepartmentFirewall($department: ID!, $id: String!) { department(id: $id) \
                    { firewallPolicy { \(Self.policy) } firewall { pending applied drifted failed problem } } \
                    getDepartmentFirewallRules(departmentId: $department) { rules { \(Self.rule) } } }
                    """,
                variables: ["department": .string(id.rawValue), "id": .string(id.rawValue)])
        case .hits(let owner):
            return OperationRequest(
                query: """
                    query Hits($owner: FirewallOwnerInput!) { firewallHits(owner: $owner) \
                    { reason since rules { ruleId packets bytes } } }
                    """,
                variables: ["owner": owner.input])
        case .blocked(let owner, let limit):
            return OperationRequest(
                query: """
                    query Blocked($owner: FirewallOwnerInput!, $limit: Int) { blockedConnections(owner: $owner, \
                    limit: $limit) { id machineId direction protocol port sourceIp destinationIp attemptTime attempts \
                    blockReason ruleId processName processId } firewallSuggestions(owner: $owner) { scanners \
                    suggestions { message rule addresses attempts deniedBy } } \
                    firewallLogging { reason lost suppressed } }
                    """,
                variables: ["owner": owner.input, "limit": .int(limit)])
        case .confirmations:
            return OperationRequest(query: "{ firewallConfirmations { \(Self.confirmation) } }")
        case .preview(let owner, let change):
            return OperationRequest(
                query: """
                    query Preview($owner: FirewallOwnerInput!, $change: FirewallChangeInput!) \
                    { previewFirewall(owner: $owner, change: $change) { warnings conflicts { message } machineCount \
                    silencing { name } machines { name isFirst shadowed { name } conflicts { message } } } }
                    """,
                variables: ["owner": owner.input, "change": .object(change.input)])
        case .change(let owner, let change, let seconds):
            return OperationRequest(
                query: """
                    mutation Change($owner: FirewallOwnerInput!, $change: FirewallChangeInput!, $within: Int) \
                    { changeFirewall(owner: $owner, change: $change, confirmWithin: $within) \
                    { created { id } confirmation { \(Self.confirmation) } } }
                    """,
                variables: [
                    "owner": owner.input, "change": .object(change.input),
                    "within": seconds.map { .int($0) } ?? .null,
                ])
        case .confirm(let id):
            return OperationRequest(
                query: "mutation Confirm($id: ID!) { confirmFirewall(id: $id) { id } }",
                variables: ["id": .string(id)])
        case .revert(let id):
            return OperationRequest(
                query: "mutation Revert($id: ID!) { revertFirewall(id: $id) { id } }", variables: ["id": .string(id)])
        case .flush(let id):
            return OperationRequest(
                query: """
                    mutation Flush($vm: ID!) { flushFirewallRules(vmId: $vm) \
                    { success libvirtFilterName rulesApplied problem } }
                    """,
                variables: ["vm": .string(id.rawValue)])
        case .sync:
            return OperationRequest(
                query: "mutation { syncFirewallToLibvirt { filtersCreated filtersUpdated vmsUpdated errors } }")
        case .cleanUp: return OperationRequest(query: "mutation { cleanupInfinibayFirewall { filterNames } }")
        case .verdict(let id, let question):
            return OperationRequest(
                query: """
                    query Verdict($vm: ID!, $packet: FirewallPacketInput!) { firewallVerdict(vmId: $vm, packet: $packet) \
                    { action message isAboutAnswer state rule { name origin action } trace { direction matches \
                    difference isAnswer rule { id name origin action } } } }
                    """,
                variables: ["vm": .string(id.rawValue), "packet": .object(question.input)])
        case .export(let owner):
            return OperationRequest(
                query: "query Export($owner: FirewallOwnerInput!) { exportFirewall(owner: $owner) }",
                variables: ["owner": owner.input])
        }
    }

    // MARK: Answers

    /// Nil where what matters most is missing: the errors beside it say why.
    func read(_ data: JSONValue) -> Reply? {
        switch self {
        case .facts(let owner): return FirewallFacts(owner, data).map { .firewall(.facts($0)) }
        case .blocked: return BlockedFacts(reading: data).map { .firewall(.blocked($0)) }
        case .hits: return FirewallHits(reading: data["firewallHits"]).map { .firewall(.hits($0)) }
        case .confirmations:
            return data["firewallConfirmations"]?.array.map { list in
                .firewall(.confirmations(list.compactMap(FirewallTrial.init(reading:))))
            }
        case .preview:
            return (data["previewFirewall"]?.object).map { _ in
                .firewall(.preview(FirewallPreview(reading: data["previewFirewall"] ?? .null)))
            }
        case .change:
            guard let changed = data["changeFirewall"], !changed.isNull else { return nil }
            return .firewall(.changed(changed["confirmation"].flatMap(FirewallTrial.init(reading:))))
        case .confirm: return data["confirmFirewall"]?.object == nil ? nil : .firewall(.settled)
        case .revert: return data["revertFirewall"]?.object == nil ? nil : .firewall(.settled)
        case .flush:
            guard let report = data["flushFirewallRules"], !report.isNull else { return nil }
            return .firewall(
                .brought(problems: [report["problem"]?.string].compactMap { $0 }, Self.words(ofFlush: report)))
        case .sync:
            guard let report = data["syncFirewallToLibvirt"], !report.isNull else { return nil }
            let problems = (report["errors"]?.array ?? []).compactMap(\.string)
            return .firewall(.brought(problems: problems, Self.words(ofSync: report)))
        case .cleanUp:
            guard let names = data["cleanupInfinibayFirewall"]?["filterNames"]?.array else { return nil }
            let words =
                names.isEmpty
                ? "no filter was left over" : "removed \(names.compactMap(\.string).joined(separator: ", "))"
            return .firewall(.brought(problems: [], words))
        case .verdict:
            return (data["firewallVerdict"]?.object).map { .firewall(.document($0)) }
        case .export: return (data["exportFirewall"]?.object).map { .firewall(.document($0)) }
        }
    }

    private static func words(ofFlush report: JSONValue) -> String {
        let count = report["rulesApplied"]?.int ?? 0
        return
            "\(report["libvirtFilterName"]?.string ?? "the filter") holds \(count == 1 ? "1 rule" : "\(count) rules")"
    }

    private static func words(ofSync report: JSONValue) -> String {
        let numbers = ["filtersCreated", "filtersUpdated", "vmsUpdated"].map { report[$0]?.int ?? 0 }
        return "\(numbers[0]) filters made, \(numbers[1]) put right, \(numbers[2]) machines"
    }
}

/// What the server answers about firewalls.
package enum FirewallReply: Equatable, Sendable {
    case facts(FirewallFacts)
    case hits(FirewallHits)
    case blocked(BlockedFacts)
    case confirmations([FirewallTrial])
    case preview(FirewallPreview)
    /// What waits for its confirmation, if it was asked for.
    case changed(FirewallTrial?)
    /// Confirmed, or taken back.
    case settled
    /// What became of bringing rules to libvirt.
    case brought(problems: [String], String)
    /// As it came: for programs.
    case document(JSONObject)
}
