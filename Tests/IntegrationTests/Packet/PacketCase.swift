import Core
import JSON

/// Who sends or gets packets. All are on one bridge.
enum PacketParty: String {
    /// The one whose rules are tried.
    case machine
    /// Another guest, which has no filter.
    case peer
    /// The host, whose frames meet only the tables of the bridge.
    case host

    static let networkV4 = "10.211.77"
    static let networkV6 = "fd00:ba7:fe:"

    private var number: Int {
        switch self {
        case .host: 1
        case .machine: 2
        case .peer: 3
        }
    }

    func address(_ family: AddressFamily) -> String {
        family == .ipv4 ? "\(Self.networkV4).\(number)" : "\(Self.networkV6):\(number)"
    }

    /// The peer has others, for rules that tell addresses apart.
    static let peerSecond = "\(networkV4).19"
    static let peerSecondV6 = "\(networkV6):19"
}

/// One packet that is really sent, and what is to become of it and of the answer to it.
struct PacketCase {
    var from: PacketParty
    var to: PacketParty
    /// The sender's, if it is not the usual one.
    var source: String?
    var family: AddressFamily
    var transport: String
    var sourcePort: Int?
    var port: Int
    var fate: PacketFate
    /// The name of the rule that decides.
    var decider: String

    init(
        _ from: PacketParty, _ to: PacketParty, _ transport: String, _ port: Int = 0, from sourcePort: Int? = nil,
        at source: String? = nil, over family: AddressFamily = .ipv4, is fate: PacketFate, by decider: String
    ) {
        self.from = from
        self.to = to
        self.source = source
        self.family = family
        self.transport = transport
        self.sourcePort = sourcePort
        self.port = port
        self.fate = fate
        self.decider = decider
    }

    var direction: FirewallRule.Direction { to == .machine ? .incoming : .outgoing }
    var sender: String { source ?? from.address(family) }
    var receiver: String { to.address(family) }

    var words: String {
        let ports = port == 0 ? "" : " \(sourcePort.map { "\($0)" } ?? "any") -> \(port)"
        return "\(transport) \(from.rawValue) \(sender) -> \(to.rawValue) \(receiver)\(ports)"
    }

    /// The same packet as the API is asked about it.
    func question(sourcePort: Int) -> JSONObject {
        var packet: JSONObject = [
            "direction": .string(direction.rawValue), "protocol": .string(Self.names[transport] ?? transport),
            "srcIpAddr": .string(sender), "dstIpAddr": .string(receiver),
        ]
        if port != 0 {
            packet["srcPort"] = .int(sourcePort)
            packet["dstPort"] = .int(port)
        }
        return packet
    }

    /// Raw protocols go by number on the wire.
    private static let names = ["50": "esp"]
}

/// Rules, and packets that are tried under them.
struct PacketScenario {
    var name: String
    var incoming: FirewallRule.Action = .drop
    var outgoing: FirewallRule.Action = .accept
    var department: [FirewallRuleDraft] = []
    var machine: [FirewallRuleDraft] = []
    var cases: [PacketCase]
}

extension FirewallRuleDraft {
    /// A rule as briefly as a table needs it.
    static func rule(
        _ name: String, _ action: FirewallRule.Action, _ direction: FirewallRule.Direction, _ transport: String = "tcp",
        _ ports: ClosedRange<Int>? = nil, from source: String? = nil, sourcePorts: ClosedRange<Int>? = nil,
        to destination: String? = nil, states: [String] = [], priority: Int = 500, overrides: Bool = false
    ) -> FirewallRuleDraft {
        func side(_ block: String?, _ ports: ClosedRange<Int>?) -> Peer {
            let parts = block?.split(separator: "/").map(String.init) ?? []
            return Peer(
                portStart: ports?.lowerBound, portEnd: ports?.upperBound, address: parts.first,
                mask: parts.count > 1 ? parts[1] : nil)
        }
        return FirewallRuleDraft(
            name: name, action: action, direction: direction, priority: priority, protocolName: transport,
            source: side(source, sourcePorts), destination: side(destination, ports),
            connectionState: Dictionary(uniqueKeysWithValues: states.map { ($0, true) }),
            overridesDepartment: overrides)
    }
}
