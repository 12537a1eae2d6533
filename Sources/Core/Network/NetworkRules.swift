/// What networks may be. Each function says what is wrong with a value, so that a form can say it while it is typed.
package enum NetworkRules {
    package static let maximumNameLength = 50
    /// The kernel's names of interfaces have 15 bytes and an end.
    package static let maximumBridgeLength = 15
    /// A network needs room for its own address and a guest; above 8 bits it would swallow half of the internet.
    package static let prefixes = 8...30
    /// What a network can offer to its machines.
    package static let services = ["dns", "dhcp"]

    package static func problem(name: String) -> String? {
        if name.isEmpty { return "the network's name is empty" }
        if name.utf8.count > maximumNameLength {
            return "the network's name is longer than \(maximumNameLength) characters"
        }
        return isWord(name)
            ? nil : "the network's name may have letters, digits, \".\", \"-\" and \"_\", a letter or digit first"
    }

    package static func problem(bridge: String) -> String? {
        if bridge.isEmpty { return "the bridge's name is empty" }
        if bridge.utf8.count > maximumBridgeLength {
            return "the bridge's name is longer than \(maximumBridgeLength) characters, the kernel's limit"
        }
        return isWord(bridge)
            ? nil : "the bridge's name may have letters, digits, \".\", \"-\" and \"_\", a letter or digit first"
    }

    private static func isWord(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        return text.utf8.first.map(isAlphanumeric) == true
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    package static func problem(address: String) -> String? {
        guard let parsed = IPv4Address(address) else { return "\"\(address.prefix(40))\" is no IPv4 address" }
        return parsed.isForHosts ? nil : "\(parsed) is no address that a host may have"
    }

    package static func problem(netmask: String) -> String? {
        guard let mask = IPv4Address(netmask) else { return "\"\(netmask.prefix(40))\" is no netmask" }
        guard let prefix = IPv4Subnet.prefix(netmask: mask) else { return "\(mask) is no netmask: its bits have gaps" }
        return prefixes.contains(prefix)
            ? nil : "the netmask must have \(prefixes.lowerBound) to \(prefixes.upperBound) bits, not \(prefix)"
    }

    /// Whether a host of the netmask's size may have the address.
    package static func problem(address: String, netmask: String) -> String? {
        if let problem = problem(address: address) ?? problem(netmask: netmask) { return problem }
        guard let parsed = IPv4Address(address), let mask = IPv4Address(netmask),
            let prefix = IPv4Subnet.prefix(netmask: mask)
        else { return nil }
        let subnet = IPv4Subnet(of: parsed, prefix: prefix)
        return subnet.isHost(parsed)
            ? nil : "\(parsed) is the first or last address of \(subnet), which no host may have"
    }

    /// Whether DHCP can hand out the range in the subnet.
    package static func problem(start: String, end: String, in subnet: IPv4Subnet) -> String? {
        guard let first = IPv4Address(start) else { return "\"\(start.prefix(40))\" is no IPv4 address" }
        guard let last = IPv4Address(end) else { return "\"\(end.prefix(40))\" is no IPv4 address" }
        if first > last { return "the DHCP range ends before it starts" }
        for address in [first, last] where !subnet.isHost(address) {
            return "\(address) is no address for a machine in \(subnet)"
        }
        return nil
    }

    package static func problem(services chosen: [String]) -> String? {
        chosen.first { !services.contains($0.lowercased()) }.map {
            "\"\($0.prefix(40))\" is no service of a network: \(services.joined(separator: ", "))"
        }
    }
}

/// Why an operation on a network did not happen.
package enum NetworkError: Error, Equatable {
    case notFound(String)
    case invalid(String)
    case nameTaken(String)
    case bridgeTaken(String, by: String)
    case overlaps(IPv4Subnet, network: String)
    /// The network has no IPv4 address that could be changed or have a range.
    case noAddress(String)
    /// It has no bridge of its own, so its kind is none that Bay changes.
    case noBridge(String)
    case inUse(String, domains: [String])
    /// Too many other changes to networks wait.
    case busy
    case hypervisorUnavailable(reason: String)
    case hypervisor(reason: String)

    package var message: String {
        switch self {
        case .notFound(let name): "there is no network named \"\(name.prefix(80))\""
        case .invalid(let reason): reason
        case .nameTaken(let name): "a network named \"\(name)\" exists already"
        case .bridgeTaken(let bridge, let network): "the bridge \(bridge) belongs to the network \(network)"
        case .overlaps(let subnet, let network): "\(subnet) overlaps with the network \(network)"
        case .noAddress(let name): "the network \(name) has no IPv4 address"
        case .noBridge(let name): "the network \(name) has no bridge of its own"
        case .inUse(let name, let domains):
            "the network \(name) is used by \(domains.prefix(5).joined(separator: ", "))"
                + (domains.count > 5 ? " and \(domains.count - 5) more" : "")
        case .busy: "not now: too many other changes to networks wait"
        case .hypervisorUnavailable(let reason): "the hypervisor cannot be reached: \(reason)"
        case .hypervisor(let reason): "the hypervisor could not do it: \(reason)"
        }
    }
}
