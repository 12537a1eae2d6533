/// Networks as libvirt's XML: made anew from a plan, or changed in one place with everything else left as it is.
///
/// Source: <https://libvirt.org/formatnetwork.html>
package enum NetworkXML {
    /// libvirt 9 has no place of its own for a description, so it is kept among the metadata.
    private static let namespace = "urn:bay:network"

    /// - Parameter keepsMACTable: libvirt tells the bridge which machine is where, so that the kernel need not learn it by
    ///   sending frames to all. A kernel without VLAN filtering cannot do that.
    package static func make(_ plan: NetworkPlan, uuid: String, keepsMACTable: Bool = true) -> XMLElement {
        var bridge = XMLElement("bridge", ["name": plan.bridge, "stp": "on", "delay": "0"])
        if keepsMACTable { bridge.set("macTableManager", to: "libvirt") }
        var network = XMLElement("network", ["ipv6": "yes", "trustGuestRxFilters": "no"])
        network.children = [
            XMLElement("name", text: plan.name),
            XMLElement("uuid", text: uuid),
        ]
        if let description = plan.description {
            network.children.append(
                XMLElement(
                    "metadata",
                    children: [
                        XMLElement(
                            "bay:network", ["xmlns:bay": namespace],
                            children: [XMLElement("bay:description", text: description)])
                    ]))
        }
        // Without an address of its own the host cannot pass anything on, so that such a network is one for itself.
        if plan.address != nil { network.children.append(XMLElement("forward", ["mode": "nat"])) }
        network.children.append(bridge)
        if !plan.offersDNS { network.children.append(XMLElement("dns", ["enable": "no"])) }
        if plan.isolatesMachines { network.children.append(XMLElement("port", ["isolated": "yes"])) }
        if let address = plan.address {
            var ip = XMLElement("ip", ["address": address.description, "netmask": mask(plan.prefix)])
            if let range = plan.range { ip.children = [XMLElement("dhcp", children: [element(range)])] }
            network.children.append(ip)
        }
        return network
    }

    package static func element(_ range: IPv4Range) -> XMLElement {
        XMLElement("range", ["start": range.start.description, "end": range.end.description])
    }

    static func description(in network: XMLElement) -> String? {
        network.child("metadata")?.children.first { $0.name == "bay:network" }?.child("bay:description")?.text
    }

    /// The place of the first IPv4 address among the addresses of a network.
    package static func addressIndex(in network: XMLElement) -> Int? {
        network.all("ip").firstIndex { $0[attribute: "family"] ?? "ipv4" == "ipv4" }
    }

    static func ip(of network: XMLElement) -> XMLElement? { addressIndex(in: network).map { network.all("ip")[$0] } }

    /// The network with another name for its bridge; nil when it has none of its own.
    package static func settingBridge(_ name: String, of network: XMLElement) -> XMLElement? {
        guard let place = network.children.firstIndex(where: { $0.name == "bridge" }) else { return nil }
        var changed = network
        changed.children[place].set("name", to: name)
        return changed
    }

    /// The network with another address. Its range and the addresses that it keeps for certain machines move along: they
    /// keep their places in the subnet. Nil when the network has no IPv4 address.
    package static func settingAddress(
        _ address: IPv4Address, prefix: Int, of network: XMLElement
    ) throws(NetworkError) -> XMLElement? {
        let old = HostNetwork(network)
        guard let oldSubnet = old.subnet,
            let place = network.children.indices.filter({ network.children[$0].name == "ip" })
                .first(where: { network.children[$0][attribute: "family"] ?? "ipv4" == "ipv4" })
        else { return nil }
        let subnet = IPv4Subnet(of: address, prefix: prefix)
        var ip = network.children[place]
        ip.set("address", to: address.description)
        ip.attributes.removeAll { $0.name == "prefix" }
        ip.set("netmask", to: mask(prefix))
        if let dhcp = ip.children.firstIndex(where: { $0.name == "dhcp" }) {
            for index in ip.children[dhcp].children.indices {
                for name in ["start", "end", "ip"] {
                    guard let text = ip.children[dhcp].children[index][attribute: name],
                        let member = IPv4Address(text)
                    else { continue }
                    let (value, overflow) = subnet.first.value
                        .addingReportingOverflow(member.value &- oldSubnet.first.value)
                    let moved = IPv4Address(value: value)
                    guard !overflow, subnet.isHost(moved) else {
                        throw .invalid("\(member) of the DHCP range has no place in \(subnet): change the range first")
                    }
                    ip.children[dhcp].children[index].set(name, to: moved.description)
                }
            }
        }
        var changed = network
        changed.children[place] = ip
        return changed
    }

    private static func mask(_ prefix: Int) -> String { IPv4Address(value: IPv4Subnet.mask(prefix)).description }
}

extension XMLElement {
    /// Gives an attribute a value, in its place or behind the others.
    fileprivate mutating func set(_ name: String, to value: String) {
        if let place = attributes.firstIndex(where: { $0.name == name }) {
            attributes[place].value = value
        } else {
            attributes.append(Attribute(name: name, value: value))
        }
    }
}
