/// A virtual network of the host, as libvirt has it defined.
///
/// Source: <https://libvirt.org/formatnetwork.html>
package struct HostNetwork: Identifiable, Equatable, Sendable {
    package struct Bridge: Equatable, Sendable {
        package var name = ""
        /// `on` or `off`: whether the bridge takes part in the spanning tree protocol.
        package var stp = ""
        /// Seconds before a new port forwards.
        package var delay = ""

        package init(name: String = "", stp: String = "", delay: String = "") {
            self.name = name
            self.stp = stp
            self.delay = delay
        }
    }

    /// Lower case.
    package var uuid = ""
    package var name = ""
    package var description: String?
    /// `nat`, `route`, `bridge`, ...; nil for a network that leads nowhere.
    package var forwardMode: String?
    package var bridge: Bridge?
    /// The host's own address, the first if it has several.
    package var address: IPv4Address?
    package var prefix = 24
    package var range: IPv4Range?
    package var isActive = false
    /// Whether libvirt starts it together with the host.
    package var startsWithHost = false
    /// It runs with another definition than it has: what was changed comes with its next start.
    package var needsRestart = false

    package var id: String { uuid }

    package init() {}

    package var subnet: IPv4Subnet? { address.map { IPv4Subnet(of: $0, prefix: prefix) } }
}

extension HostNetwork {
    package init(_ network: XMLElement) {
        name = network.child("name")?.text ?? ""
        uuid = network.child("uuid")?.text.lowercased() ?? ""
        description = network.child("description")?.text ?? NetworkXML.description(in: network)
        forwardMode = network.child("forward").map { $0[attribute: "mode"] ?? "nat" }
        bridge = network.child("bridge").map { bridge in
            Bridge(
                name: bridge[attribute: "name"] ?? "", stp: bridge[attribute: "stp"] ?? "on",
                delay: bridge[attribute: "delay"] ?? "0")
        }
        guard let ip = NetworkXML.ip(of: network) else { return }
        address = ip[attribute: "address"].flatMap { IPv4Address($0) }
        prefix =
            ip[attribute: "prefix"].flatMap { Int($0) }.flatMap { (0...32).contains($0) ? $0 : nil }
            ?? ip[attribute: "netmask"].flatMap { IPv4Address($0) }.flatMap(IPv4Subnet.prefix(netmask:)) ?? prefix
        range = ip.child("dhcp")?.all("range").lazy.compactMap(IPv4Range.init).first
    }

    /// Whether both work alike, whatever their states.
    package func isDefined(like other: HostNetwork) -> Bool {
        forwardMode == other.forwardMode && bridge == other.bridge && address == other.address
            && prefix == other.prefix && range == other.range
    }
}

extension IPv4Range {
    init?(_ range: XMLElement) {
        guard let start = range[attribute: "start"].flatMap({ IPv4Address($0) }),
            let end = range[attribute: "end"].flatMap({ IPv4Address($0) })
        else { return nil }
        self.init(start: start, end: end)
    }
}

/// A domain that has an interface on a network or a bridge.
package struct NetworkUser: Equatable, Sendable {
    package var domain: String
    package var isActive: Bool
    package var networks: Set<String>
    package var bridges: Set<String>

    package init(domain: String, isActive: Bool, networks: Set<String> = [], bridges: Set<String> = []) {
        self.domain = domain
        self.isActive = isActive
        self.networks = networks
        self.bridges = bridges
    }

    /// Adds what a domain's XML says of its interfaces.
    package mutating func add(_ domain: XMLElement) {
        for interface in domain.child("devices")?.all("interface") ?? [] {
            guard let source = interface.child("source") else { continue }
            if let network = source[attribute: "network"] { networks.insert(network) }
            if let bridge = source[attribute: "bridge"] { bridges.insert(bridge) }
        }
    }

    package func uses(_ network: HostNetwork) -> Bool {
        networks.contains(network.name) || (network.bridge.map { bridges.contains($0.name) } ?? false)
    }
}
