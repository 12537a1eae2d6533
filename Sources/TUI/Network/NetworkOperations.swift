package import Core
import JSON

/// What is asked of the server about networks.
package enum NetworkOperation: Equatable, Sendable {
    case list
    case create(NetworkDraft)
    case delete(String)
    case setAddress(String, netmask: String, of: String, restarts: Bool)
    case setRange(start: String, end: String, of: String)
    case setBridge(String, of: String, restarts: Bool)

    var isMutation: Bool { self != .list }

    var request: OperationRequest {
        switch self {
        case .list:
            return OperationRequest(
                query: """
                    { networks { uuid name description forwardMode active autostart needsRestart \
                    bridge { name stp delay } ip { address netmask dhcp { range { start end } } } } }
                    """)
        case .create(let draft):
            return OperationRequest(
                query: "mutation Create($input: CreateNetworkInput!) { createNetwork(input: $input) }",
                variables: ["input": .object(draft.input)])
        case .delete(let name):
            return OperationRequest(
                query: "mutation Delete($input: DeleteNetworkInput!) { deleteNetwork(input: $input) }",
                variables: ["input": ["name": .string(name)]])
        case .setAddress(let address, let netmask, let network, let restarts):
            return OperationRequest(
                query: """
                    mutation Address($input: NetworkIpInput!, $restart: Boolean) \
                    { setNetworkIp(input: $input, restart: $restart) }
                    """,
                variables: [
                    "input": [
                        "networkName": .string(network), "address": .string(address), "netmask": .string(netmask),
                    ], "restart": .bool(restarts),
                ])
        case .setRange(let start, let end, let network):
            return OperationRequest(
                query: "mutation Range($input: IpRangeInput!) { setNetworkIpRange(input: $input) }",
                variables: [
                    "input": ["networkName": .string(network), "start": .string(start), "end": .string(end)]
                ])
        case .setBridge(let bridge, let network, let restarts):
            return OperationRequest(
                query: """
                    mutation Bridge($input: BridgeNameInput!, $restart: Boolean) \
                    { setNetworkBridgeName(input: $input, restart: $restart) }
                    """,
                variables: [
                    "input": ["networkName": .string(network), "bridgeName": .string(bridge)],
                    "restart": .bool(restarts),
                ])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        guard self == .list else {
            try reader.skip()
            return .done
        }
        return .networks(try reader.list { reader throws(JSONError) in try HostNetwork(reading: &reader) })
    }
}

extension NetworkDraft {
    fileprivate var input: JSONObject {
        var input: JSONObject = [
            "name": .string(name), "bridgeName": .string(bridge), "description": .string(description),
            "enableIntraNetworkCommunication": connectsMachines.map { .bool($0) } ?? .null,
        ]
        if let services { input["enabledServices"] = .array(services.map { .string($0) }) }
        guard let address else { return input }
        input["ipConfig"] = [
            "address": .string(address.address), "netmask": .string(address.netmask),
            "dhcp": address.range.map { ["start": .string($0.start), "end": .string($0.end)] } ?? .null,
        ]
        return input
    }
}

extension HostNetwork {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var network = HostNetwork()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "uuid": network.uuid = try reader.string()
            case "name": network.name = try reader.string()
            case "description": network.description = try reader.optionalString()
            case "forwardMode": network.forwardMode = try reader.optionalString()
            case "active": network.isActive = try reader.bool()
            case "autostart": network.startsWithHost = try reader.bool()
            case "needsRestart": network.needsRestart = try reader.bool()
            case "bridge":
                let bridge = try reader.value()
                guard let name = bridge["name"]?.string, !name.isEmpty else { return }
                network.bridge = Bridge(
                    name: name, stp: bridge["stp"]?.string ?? "", delay: bridge["delay"]?.string ?? "")
            case "ip":
                let ip = try reader.value()
                network.address = ip["address"]?.string.flatMap { IPv4Address($0) }
                network.prefix =
                    ip["netmask"]?.string.flatMap { IPv4Address($0) }.flatMap(IPv4Subnet.prefix(netmask:))
                    ?? network.prefix
                let range = ip["dhcp"]?["range"]
                if let start = range?["start"]?.string.flatMap({ IPv4Address($0) }),
                    let end = range?["end"]?.string.flatMap({ IPv4Address($0) })
                {
                    network.range = IPv4Range(start: start, end: end)
                }
            default: try reader.skip()
            }
        }
        self = network
    }
}
