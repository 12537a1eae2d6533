import Core
import GraphQL
import JSON

struct FirewallRuleInput: GraphQLInputObject {
    var draft: FirewallRuleDraft
}

/// What is to be different about a rule; what was not mentioned stays.
struct FirewallRuleEdit: GraphQLInputObject {
    var edit: @Sendable (inout FirewallRuleDraft) -> Void
}

struct FirewallRuleUpdate: GraphQLInputObject {
    var id: FirewallRule.ID
    var edit: FirewallRuleEdit
}

struct FirewallOwnerInput: GraphQLInputObject {
    var owner: FirewallOwner
}

struct FirewallPolicyInput: GraphQLInputObject {
    var settings: FirewallSettings
}

struct FirewallChangeInput: GraphQLInputObject {
    var change: FirewallChange
}

struct FirewallPacketInput: GraphQLInputObject {
    var question: FirewallQuestion
}

extension Supplied {
    /// Puts what was said into a place that may be empty.
    fileprivate func put(into place: inout Wrapped?) {
        switch self {
        case .absent: break
        case .null: place = nil
        case .value(let value): place = value
        }
    }

    /// Puts what was said into a place that may not: null stands for nothing said.
    fileprivate func put(into place: inout Wrapped) {
        if case .value(let value) = self { place = value }
    }
}

private typealias Action = FirewallRule.Action
private typealias Direction = FirewallRule.Direction

let firewallInputs = SchemaPart<RequestContext> {
    Input(
        FirewallRuleInput.self, name: "CreateFirewallRuleInput", Argument<Action>("action"),
        Argument<JSONObject?>("connectionState").describe("`{new: true, established: true}`"),
        Argument<String?>("description"), Argument<Direction>("direction"), Argument<String?>("dstIpAddr"),
        Argument<String?>("dstIpMask"), Argument<Int?>("dstPortEnd"), Argument<Int?>("dstPortStart"),
        Argument<String>("name"), Argument<Bool?>("overridesDept", default: false), Argument<Int>("priority"),
        Argument<String?>("protocol", default: "all"), Argument<String?>("srcIpAddr"), Argument<String?>("srcIpMask"),
        Argument<Int?>("srcPortEnd"), Argument<Int?>("srcPortStart")
    ) {
        action, states, description, direction, dstAddress, dstMask, dstEnd, dstStart, name, overrides, priority,
        transport, srcAddress, srcMask, srcEnd, srcStart in
        FirewallRuleInput(
            draft: FirewallRuleDraft(
                name: name, description: description, action: action, direction: direction, priority: priority,
                protocolName: transport ?? "all",
                source: .init(portStart: srcStart, portEnd: srcEnd, address: srcAddress, mask: srcMask),
                destination: .init(portStart: dstStart, portEnd: dstEnd, address: dstAddress, mask: dstMask),
                connectionState: FirewallRuleDraft.states(states), overridesDepartment: overrides ?? false))
    }
    Input(
        FirewallRuleEdit.self, name: "UpdateFirewallRuleInput", Argument<Supplied<Action>>("action"),
        Argument<Supplied<JSONObject>>("connectionState"), Argument<Supplied<String>>("description"),
        Argument<Supplied<Direction>>("direction"), Argument<Supplied<String>>("dstIpAddr"),
        Argument<Supplied<String>>("dstIpMask"), Argument<Supplied<Int>>("dstPortEnd"),
        Argument<Supplied<Int>>("dstPortStart"), Argument<Supplied<String>>("name"),
        Argument<Supplied<Bool>>("overridesDept"), Argument<Supplied<Int>>("priority"),
        Argument<Supplied<String>>("protocol"), Argument<Supplied<String>>("srcIpAddr"),
        Argument<Supplied<String>>("srcIpMask"), Argument<Supplied<Int>>("srcPortEnd"),
        Argument<Supplied<Int>>("srcPortStart")
    ) {
        action, states, description, direction, dstAddress, dstMask, dstEnd, dstStart, name, overrides, priority,
        transport, srcAddress, srcMask, srcEnd, srcStart in
        FirewallRuleEdit { draft in
            action.put(into: &draft.action)
            switch states {
            case .absent: break
            case .null: draft.connectionState = [:]
            case .value(let json): draft.connectionState = FirewallRuleDraft.states(json)
            }
            description.put(into: &draft.description)
            direction.put(into: &draft.direction)
            dstAddress.put(into: &draft.destination.address)
            dstMask.put(into: &draft.destination.mask)
            dstEnd.put(into: &draft.destination.portEnd)
            dstStart.put(into: &draft.destination.portStart)
            name.put(into: &draft.name)
            overrides.put(into: &draft.overridesDepartment)
            priority.put(into: &draft.priority)
            transport.put(into: &draft.protocolName)
            srcAddress.put(into: &draft.source.address)
            srcMask.put(into: &draft.source.mask)
            srcEnd.put(into: &draft.source.portEnd)
            srcStart.put(into: &draft.source.portStart)
        }
    }
    Input(
        FirewallRuleUpdate.self, name: "FirewallRuleUpdateInput", Argument<FirewallRule.ID>("ruleId"),
        Argument<FirewallRuleEdit>("input")
    ) { FirewallRuleUpdate(id: $0, edit: $1) }
    Input(FirewallOwnerInput.self, Argument<FirewallOwner.Kind>("type"), Argument<ID>("id")) {
        FirewallOwnerInput(owner: FirewallOwner($0, id: $1.rawValue))
    }
    Input(
        FirewallPolicyInput.self, Argument<Action?>("incoming", default: .drop),
        Argument<Action?>("outgoing", default: .accept), Argument<Bool?>("antiSpoofing", default: true)
    ) { incoming, outgoing, guards in
        FirewallPolicyInput(
            settings: FirewallSettings(
                policy: FirewallPolicy(incoming: incoming ?? .drop, outgoing: outgoing ?? .accept),
                guardsAddresses: guards ?? true))
    }
    Input(
        FirewallChangeInput.self, Argument<[FirewallRuleInput]?>("create"),
        Argument<[FirewallRuleUpdate]?>("update"), Argument<[FirewallRule.ID]?>("delete"),
        Argument<Bool?>("replaceAll", default: false).describe("The rules that are there go first."),
        Argument<FirewallPolicyInput?>("policy").describe("For departments.")
    ) { creates, updates, deletes, replaces, policy in
        FirewallChangeInput(
            change: FirewallChange(
                creates: (creates ?? []).map(\.draft),
                updates: (updates ?? []).map { FirewallChange.Update($0.id, $0.edit.edit) }, deletes: deletes ?? [],
                replacesAll: replaces ?? false, settings: policy?.settings))
    }
    Input(
        FirewallPacketInput.self, Argument<Direction>("direction").describe("IN or OUT."),
        Argument<String?>("protocol", default: "tcp"),
        Argument<String?>("srcIpAddr").describe("The machine's own if it is left out of what goes out."),
        Argument<Int?>("srcPort"), Argument<String?>("dstIpAddr"), Argument<Int?>("dstPort"),
        Argument<ConnectionState?>("state", default: .new), Argument<Bool?>("isReply", default: false),
        Argument<Bool?>("connection", default: true).describe("Ask about the answer to it, too.")
    ) { direction, transport, source, sourcePort, destination, destinationPort, state, isReply, connection in
        FirewallPacketInput(
            question: FirewallQuestion(
                direction: direction, protocolName: transport ?? "tcp",
                source: .init(portStart: sourcePort, address: source),
                destination: .init(portStart: destinationPort, address: destination), state: state ?? .new,
                isReply: isReply ?? false, asksConnection: connection ?? true))
    }
}
