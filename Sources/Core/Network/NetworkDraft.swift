/// What people fill in to make a network.
package struct NetworkDraft: Equatable, Sendable {
    package struct Address: Equatable, Sendable {
        package var address: String
        package var netmask: String
        package var range: Range?

        package init(address: String, netmask: String, range: Range? = nil) {
            self.address = address
            self.netmask = netmask
            self.range = range
        }
    }

    package struct Range: Equatable, Sendable {
        package var start: String
        package var end: String

        package init(start: String, end: String) {
            self.start = start
            self.end = end
        }
    }

    package var name: String
    package var bridge: String
    package var description: String
    package var address: Address?
    /// Whether machines on the network reach each other; nil for what libvirt does, which is yes.
    package var connectsMachines: Bool?
    /// What the network offers; nil or none for what libvirt does: DNS, and DHCP where there is a range.
    package var services: [String]?

    package init(
        name: String, bridge: String, description: String = "", address: Address? = nil,
        connectsMachines: Bool? = nil, services: [String]? = nil
    ) {
        self.name = name
        self.bridge = bridge
        self.description = description
        self.address = address
        self.connectsMachines = connectsMachines
        self.services = services
    }
}

/// A network that can be made: a draft with which nothing is wrong.
package struct NetworkPlan: Equatable, Sendable {
    package var name: String
    package var bridge: String
    package var description: String?
    package var address: IPv4Address?
    package var prefix: Int
    package var range: IPv4Range?
    package var isolatesMachines: Bool
    package var offersDNS: Bool

    package var subnet: IPv4Subnet? { address.map { IPv4Subnet(of: $0, prefix: prefix) } }
}

extension NetworkDraft {
    /// What the draft asks for, or the first thing that is wrong with it.
    package func plan() throws(NetworkError) -> NetworkPlan {
        if let problem = NetworkRules.problem(name: name) ?? NetworkRules.problem(bridge: bridge) {
            throw .invalid(problem)
        }
        var plan = NetworkPlan(
            name: name, bridge: bridge, prefix: 24, isolatesMachines: connectsMachines == false, offersDNS: true)
        switch TextRule.check(description, of: "the description") {
        case .success(let text): plan.description = text
        case .failure(let problem): throw .invalid(problem.message)
        }
        if let address {
            let subnet = try NetworkRules.subnet(address: address.address, netmask: address.netmask)
            plan.address = IPv4Address(address.address)
            plan.prefix = subnet.prefix
            // Programs send the fields of a range that they do not want as empty text.
            if let range = address.range, !(range.start.isEmpty && range.end.isEmpty) {
                plan.range = try NetworkRules.range(start: range.start, end: range.end, in: subnet)
            }
        }
        let wanted = Set((services ?? []).map { $0.lowercased() })
        if let problem = NetworkRules.problem(services: services ?? []) { throw .invalid(problem) }
        if !wanted.isEmpty {
            plan.offersDNS = wanted.contains("dns")
            switch (wanted.contains("dhcp"), plan.range) {
            case (true, nil): throw .invalid("dhcp needs a range of addresses")
            case (false, .some): throw .invalid("a DHCP range is given, but dhcp is not among the services")
            default: break
            }
        }
        return plan
    }
}

extension NetworkPlan {
    fileprivate init(name: String, bridge: String, prefix: Int, isolatesMachines: Bool, offersDNS: Bool) {
        self.name = name
        self.bridge = bridge
        self.prefix = prefix
        self.isolatesMachines = isolatesMachines
        self.offersDNS = offersDNS
    }

    /// Whether it goes with the networks that are there.
    package func check(against networks: [HostNetwork]) throws(NetworkError) {
        if networks.contains(where: { $0.name == name }) { throw .nameTaken(name) }
        try NetworkRules.check(bridge: bridge, against: networks)
        if let subnet { try NetworkRules.check(subnet, against: networks) }
    }
}

extension NetworkRules {
    package static func check(bridge: String, against networks: [HostNetwork]) throws(NetworkError) {
        if let owner = networks.first(where: { $0.bridge?.name == bridge }) {
            throw .bridgeTaken(bridge, by: owner.name)
        }
    }

    package static func check(_ subnet: IPv4Subnet, against networks: [HostNetwork]) throws(NetworkError) {
        for network in networks {
            if let other = network.subnet, other.overlaps(subnet) { throw .overlaps(subnet, network: network.name) }
        }
    }

    /// The subnet of an address that a network may have.
    package static func subnet(address: String, netmask: String) throws(NetworkError) -> IPv4Subnet {
        if let problem = problem(address: address, netmask: netmask) { throw .invalid(problem) }
        guard let parsed = IPv4Address(address), let mask = IPv4Address(netmask),
            let prefix = IPv4Subnet.prefix(netmask: mask)
        else { throw .invalid("\"\(address.prefix(40))\" is no IPv4 address") }
        return IPv4Subnet(of: parsed, prefix: prefix)
    }

    package static func range(
        start: String, end: String, in subnet: IPv4Subnet
    ) throws(NetworkError) -> IPv4Range {
        if let problem = problem(start: start, end: end, in: subnet) { throw .invalid(problem) }
        guard let first = IPv4Address(start), let last = IPv4Address(end) else {
            throw .invalid("\"\(start.prefix(40))\" is no IPv4 address")
        }
        return IPv4Range(start: first, end: last)
    }
}
