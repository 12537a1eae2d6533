package import Core

/// What a window about networks was opened for.
package enum NetworkDialog: Equatable, Sendable {
    case new
    case address(HostNetwork)
    case range(HostNetwork)
    case bridge(HostNetwork)
    case delete(name: String)
}

/// Networks: the commands on their list, its forms and questions.
extension Console {
    var selectedNetwork: HostNetwork? {
        guard screen == .resource(.networks), let id = lists[.networks]?.selection?.id else { return nil }
        return networks.first { $0.uuid == id }
    }

    /// Why a command on networks is not possible now.
    func refusalOfNetwork(_ command: Command) -> String? {
        if let reason = refusal(needing: .admin) { return reason }
        if command == .newNetwork { return nil }
        guard let network = selectedNetwork else { return "choose a network in its list" }
        switch command {
        case .networkAddress where network.bridge == nil: return NetworkError.noBridge(network.name).message
        case .networkAddress, .networkRange:
            return network.address == nil ? NetworkError.noAddress(network.name).message : nil
        case .networkBridge: return network.bridge == nil ? NetworkError.noBridge(network.name).message : nil
        default: return nil
        }
    }

    mutating func openNetworkDialog(_ command: Command) {
        if command == .newNetwork {
            show(.resource(.networks))
            return open(.form("New network", Self.newNetworkForm, yes: "Create"), .network(.new))
        }
        guard let network = selectedNetwork else { return }
        let restart = FormField(
            "restart", "Restart now", .toggle(false), help: "else with its next start; not while machines are on it")
        switch command {
        case .networkAddress:
            let form = Form([
                Self.field("address", "Address", network.address?.description ?? "", limit: 15),
                Self.field("netmask", "Netmask", network.subnet?.netmask.description ?? "", limit: 15), restart,
            ])
            open(.form("Address of \(network.name)", form, yes: "Change"), .network(.address(network)))
        case .networkRange:
            let form = Form([
                Self.field("start", "First", network.range?.start.description ?? "", limit: 15),
                Self.field("end", "Last", network.range?.end.description ?? "", limit: 15),
            ])
            let subnet = network.subnet?.description ?? ""
            open(
                .form(
                    "DHCP range of \(network.name)", form, text: "Addresses of \(subnet) that machines are given.",
                    yes: "Change"), .network(.range(network)))
        case .networkBridge:
            let form = Form([
                Self.field("bridge", "Bridge", network.bridge?.name ?? "", limit: NetworkRules.maximumBridgeLength),
                restart,
            ])
            open(.form("Bridge of \(network.name)", form, yes: "Change"), .network(.bridge(network)))
        case .deleteNetwork:
            open(
                .question(
                    "Delete network \(network.name)?", "Only a network that no machine uses can be deleted.",
                    yes: "Delete", isDangerous: true), .network(.delete(name: network.name)))
        default: break
        }
    }

    static func field(
        _ id: String, _ label: String, _ text: String = "", limit: Int, help: String = ""
    ) -> FormField {
        FormField(id, label, .text(TextField(text, limit: limit)), help: help)
    }

    private static var newNetworkForm: Form {
        Form([
            field("name", "Name", limit: NetworkRules.maximumNameLength),
            field("bridge", "Bridge", limit: NetworkRules.maximumBridgeLength, help: "a new one, as virbr7"),
            field("address", "Address", limit: 15, help: "the host's own, as 10.7.0.1; empty for none"),
            field("netmask", "Netmask", "255.255.255.0", limit: 15),
            field("start", "DHCP from", limit: 15, help: "empty for no DHCP"),
            field("end", "DHCP to", limit: 15),
            FormField("connects", "Machines meet", .toggle(true), help: "whether they reach each other"),
            field("description", "Description", limit: 1000),
        ])
    }

    // MARK: Checking while one types

    func problems(_ form: Form, _ dialog: NetworkDialog) -> [String: String] {
        switch dialog {
        case .new: Self.problems(NetworkDraft(form), among: networks)
        case .address(let network): Self.problemsOfAddress(form, network, among: networks)
        case .range(let network): Self.problemsOfRange(form["start"], form["end"], network.subnet)
        case .bridge(let network):
            ["bridge": Self.problem(bridge: form["bridge"], among: networks.filter { $0.uuid != network.uuid })]
                .compactMapValues { $0 }
        case .delete: [:]
        }
    }

    private static func problem(bridge: String, among networks: [HostNetwork]) -> String? {
        NetworkRules.problem(bridge: bridge)
            ?? reason { () throws(NetworkError) in try NetworkRules.check(bridge: bridge, against: networks) }
    }

    /// Each field by the rule that the server has for it; what only the whole draft shows stands at what it is about.
    private static func problems(_ draft: NetworkDraft, among networks: [HostNetwork]) -> [String: String] {
        var problems: [String: String?] = [
            "name": NetworkRules.problem(name: draft.name)
                ?? (networks.contains { $0.name == draft.name } ? NetworkError.nameTaken(draft.name).message : nil),
            "bridge": problem(bridge: draft.bridge, among: networks),
            "description": TextRule.problem(draft.description, of: "the description"),
        ]
        if let address = draft.address {
            problems.merge(
                problemsOfSubnet(address.address, address.netmask, among: networks).mapValues { $0 }
            ) { $1 }
            if let range = address.range, problems["address"] ?? problems["netmask"] ?? nil == nil {
                let subnet = try? NetworkRules.subnet(address: address.address, netmask: address.netmask)
                problems.merge(problemsOfRange(range.start, range.end, subnet).mapValues { $0 }) { $1 }
            }
        }
        let found = problems.compactMapValues { $0 }
        if found.isEmpty, let rest = reason({ () throws(NetworkError) in _ = try draft.plan() }) {
            return ["address": rest]
        }
        return found
    }

    private static func problemsOfSubnet(
        _ address: String, _ netmask: String, among networks: [HostNetwork]
    ) -> [String: String] {
        if let problem = NetworkRules.problem(netmask: netmask) {
            let other = NetworkRules.problem(address: address)
            return ["netmask": problem].merging(other.map { ["address": $0] } ?? [:]) { $1 }
        }
        let problem = reason { () throws(NetworkError) in
            try NetworkRules.check(NetworkRules.subnet(address: address, netmask: netmask), against: networks)
        }
        return problem.map { ["address": $0] } ?? [:]
    }

    private static func problemsOfAddress(
        _ form: Form, _ network: HostNetwork, among networks: [HostNetwork]
    ) -> [String: String] {
        problemsOfSubnet(form["address"], form["netmask"], among: networks.filter { $0.uuid != network.uuid })
    }

    private static func problemsOfRange(_ start: String, _ end: String, _ subnet: IPv4Subnet?) -> [String: String] {
        var problems: [String: String] = [:]
        if let subnet, let problem = NetworkRules.problem(start: start, end: end, in: subnet) {
            // It is about the first address unless that one alone would do.
            let isFirst = NetworkRules.problem(start: start, end: start, in: subnet) != nil
            problems[isFirst ? "start" : "end"] = problem
        }
        return problems
    }

    private static func reason(_ check: () throws(NetworkError) -> Void) -> String? {
        do { try check() } catch { return error.message }
        return nil
    }

    // MARK: Pressing

    mutating func pressed(_ form: Form, _ dialog: NetworkDialog) {
        let restarts = form["restart"] == "true"
        switch dialog {
        case .new:
            let draft = NetworkDraft(form)
            change(.network(.create(draft)), "new network \(draft.name)")
        case .address(let network):
            change(
                .network(
                    .setAddress(form["address"], netmask: form["netmask"], of: network.name, restarts: restarts)),
                "address of \(network.name)")
        case .range(let network):
            change(
                .network(.setRange(start: form["start"], end: form["end"], of: network.name)),
                "DHCP range of \(network.name)")
        case .bridge(let network):
            change(
                .network(.setBridge(form["bridge"], of: network.name, restarts: restarts)), "bridge of \(network.name)")
        case .delete(let name): change(.network(.delete(name)), "delete network \(name)")
        }
    }
}

extension NetworkDraft {
    /// What the form for a new network holds.
    init(_ form: Form) {
        self.init(
            name: form["name"], bridge: form["bridge"], description: form["description"],
            connectsMachines: form["connects"] == "true")
        let (start, end) = (form["start"], form["end"])
        // A range without an address is a mistake, and is told as one.
        guard !form["address"].isEmpty || !start.isEmpty || !end.isEmpty else { return }
        address = Address(
            address: form["address"], netmask: form["netmask"],
            range: start.isEmpty && end.isEmpty ? nil : Range(start: start, end: end))
    }
}
