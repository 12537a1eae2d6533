package import Core
package import GraphQL

extension HostNetwork: GraphQLObject {}
extension HostNetwork.Bridge: GraphQLObject {}
extension IPv4Range: GraphQLObject {}
extension NetworkDraft: GraphQLInputObject {}
extension NetworkDraft.Address: GraphQLInputObject {}
extension NetworkDraft.Range: GraphQLInputObject {}

/// A network's address as the API has it, with empty text for one that there is not.
struct NetworkAddress: GraphQLObject {
    var address: String
    var netmask: String
    var range: IPv4Range?

    init(_ network: HostNetwork) {
        address = network.address?.description ?? ""
        netmask = network.subnet?.netmask.description ?? ""
        range = network.range
    }
}

struct NetworkDHCP: GraphQLObject {
    var range: IPv4Range
}

/// Another value for one thing of a network.
struct BridgeNameInput: GraphQLInputObject {
    var network: String
    var bridge: String
}

struct NetworkIPInput: GraphQLInputObject {
    var network: String
    var address: String
    var netmask: String
}

struct NetworkRangeInput: GraphQLInputObject {
    var network: String
    var start: String
    var end: String
}

struct DeleteNetworkInput: GraphQLInputObject {
    var name: String
}

extension NetworkError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound: FieldError(message, code: .notFound)
        case .invalid: FieldError(message, code: .badInput)
        case .nameTaken, .bridgeTaken, .overlaps, .noAddress, .noBridge, .inUse, .busy:
            FieldError(message, code: .conflict)
        case .hypervisorUnavailable: FieldError(message, code: .unavailable)
        case .hypervisor: FieldError(message, code: "HYPERVISOR")
        }
    }
}

let networkSchema = SchemaPart<RequestContext> {
    Object(HostNetwork.self, name: "Network") {
        Field("uuid", \.uuid)
        Field("name", \.name)
        Field("description", \.description)
        Field("bridge") { $0.bridge ?? HostNetwork.Bridge() }
        Field("ip") { NetworkAddress($0) }.describe("Empty text where the network has no IPv4 address.")
        Field("forwardMode", \.forwardMode).describe("nat, route, bridge, ...; null for a network that leads nowhere.")
        Field("active", \.isActive)
        Field("autostart", \.startsWithHost).describe("Whether libvirt starts it together with the host.")
        Field("needsRestart", \.needsRestart)
            .describe("It runs with another definition than is shown: what was changed comes with its next start.")
    }
    Object(HostNetwork.Bridge.self, name: "NetworkBridge") {
        Field("name", \.name)
        Field("stp", \.stp)
        Field("delay", \.delay)
    }
    Object(NetworkAddress.self, name: "NetworkIp") {
        Field("address", \.address)
        Field("netmask", \.netmask)
        Field("dhcp") { $0.range.map { NetworkDHCP(range: $0) } }
    }
    Object(NetworkDHCP.self, name: "NetworkDhcp") {
        Field("range", \.range)
    }
    Object(IPv4Range.self, name: "NetworkDhcpRange") {
        Field("start") { $0.start.description }
        Field("end") { $0.end.description }
    }
    Input(
        NetworkDraft.Range.self, name: "NetworkDhcpRangeInput", Argument<String>("end", default: ""),
        Argument<String>("start", default: "")
    ) { NetworkDraft.Range(start: $1, end: $0) }
    Input(
        NetworkDraft.Address.self, name: "NetworkIpConfigInput", Argument<String>("address", default: ""),
        Argument<NetworkDraft.Range?>("dhcp"), Argument<String>("netmask", default: "")
    ) { NetworkDraft.Address(address: $0, netmask: $2, range: $1) }
    Input(
        NetworkDraft.self, name: "CreateNetworkInput", Argument<String>("bridgeName", default: ""),
        Argument<String>("description", default: ""),
        Argument<Bool?>("enableIntraNetworkCommunication")
            .describe("False keeps the machines on the network from reaching each other."),
        Argument<[String]?>("enabledServices").describe("Of dns and dhcp; both if nothing is said."),
        Argument<NetworkDraft.Address?>("ipConfig"), Argument<String>("name", default: "")
    ) { bridge, description, connects, services, address, name in
        NetworkDraft(
            name: name, bridge: bridge, description: description, address: address, connectsMachines: connects,
            services: services)
    }
    Input(DeleteNetworkInput.self, Argument<String>("name")) { DeleteNetworkInput(name: $0) }
    Input(
        BridgeNameInput.self, Argument<String>("bridgeName", default: ""), Argument<String>("networkName", default: "")
    ) { BridgeNameInput(network: $1, bridge: $0) }
    Input(
        NetworkIPInput.self, name: "NetworkIpInput", Argument<String>("address", default: ""),
        Argument<String>("netmask", default: ""), Argument<String>("networkName", default: "")
    ) { NetworkIPInput(network: $2, address: $0, netmask: $1) }
    Input(
        NetworkRangeInput.self, name: "IpRangeInput", Argument<String>("end", default: ""),
        Argument<String>("networkName", default: ""), Argument<String>("start", default: "")
    ) { NetworkRangeInput(network: $1, start: $2, end: $0) }

    Query(requires: .user) {
        Field("networks") { context in try await context.services.networks.all() }
        Field("network", Argument<String>("name")) { context, name in
            try await context.services.networks.network(named: name)
        }
    }
    Mutation(requires: .admin) {
        Field("createNetwork", Argument<NetworkDraft>("input")) { context, draft in
            try await context.services.networks.create(draft, by: try context.signedIn.name)
            return true
        }
        Field("deleteNetwork", Argument<DeleteNetworkInput>("input")) { context, input in
            try await context.services.networks.delete(named: input.name, by: try context.signedIn.name)
            return true
        }
        Field("setNetworkIpRange", Argument<NetworkRangeInput>("input")) { context, input in
            try await context.services.networks.setRange(
                start: input.start, end: input.end, of: input.network, by: try context.signedIn.name)
            return true
        }
        Field("setNetworkIp", Argument<NetworkIPInput>("input"), restart) { context, input, restarts in
            try await context.services.networks.setAddress(
                input.address, netmask: input.netmask, of: input.network, restarts: restarts ?? false,
                by: try context.signedIn.name)
            return true
        }
        Field("setNetworkBridgeName", Argument<BridgeNameInput>("input"), restart) { context, input, restarts in
            try await context.services.networks.setBridge(
                input.bridge, of: input.network, restarts: restarts ?? false, by: try context.signedIn.name)
            return true
        }
    }
}

private let restart = Argument<Bool?>("restart", default: false)
    .describe("Restart the network, so that it runs with the change; refused while machines are on it.")
