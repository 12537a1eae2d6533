import CLibvirt
package import Core
import Glibc
import Logging

extension Hypervisor {
    package func networks() async throws(LibvirtError) -> [HostNetwork] {
        try await read("virConnectListAllNetworks") { connection throws(LibvirtError) in
            var networks: [HostNetwork] = []
            for handle in try NetworkHandle.list(on: connection) {
                do throws(LibvirtError) { networks.append(try handle.describe()) } catch {
                    // Deleted between the two calls.
                    if !error.isNoNetwork { throw error }
                }
            }
            return networks.sorted { $0.name < $1.name }
        }
    }

    package func networkXML(_ uuid: String) async throws(LibvirtError) -> String {
        try await read("virNetworkGetXMLDesc") { connection throws(LibvirtError) in
            try NetworkHandle.find(uuid, on: connection).definition()
        }
    }

    package func networkUsers() async throws(LibvirtError) -> [NetworkUser] {
        try await read("virConnectListAllDomains") { connection throws(LibvirtError) in
            var users: [NetworkUser] = []
            for domain in try Domain.list(on: connection) {
                do throws(LibvirtError) {
                    let isActive = unsafe domainRunID(domain.pointer) != nil
                    var user = NetworkUser(domain: domain.name, isActive: isActive)
                    // What it has now, and what it will have after its next start.
                    let kinds: [UInt32] = isActive ? [0, VIR_DOMAIN_XML_INACTIVE.rawValue] : [0]
                    for flags in kinds { user.add(try parsed(try domain.xml(flags: flags), "virDomainGetXMLDesc")) }
                    if !user.networks.isEmpty || !user.bridges.isEmpty { users.append(user) }
                } catch {
                    // It went away meanwhile.
                    if !error.isNoDomain { throw error }
                }
            }
            return users
        }
    }

    package func createNetwork(xml: String) async throws(LibvirtError) {
        try await act("virNetworkCreate") { connection throws(LibvirtError) in
            let network = try NetworkHandle.define(xml, on: connection)
            do throws(LibvirtError) {
                try unsafe check(virNetworkCreate(network.pointer), "virNetworkCreate")
                do throws(LibvirtError) {
                    try unsafe check(virNetworkSetAutostart(network.pointer, 1), "virNetworkSetAutostart")
                } catch {
                    unsafe _ = virNetworkDestroy(network.pointer)
                    throw error
                }
            } catch {
                // The first failure is the one to tell.
                if unsafe virNetworkUndefine(network.pointer) < 0 { virResetLastError() }
                throw error
            }
        }
    }

    package func redefineNetwork(_ uuid: String, xml: String, restarts: Bool) async throws(LibvirtError) {
        try await act("virNetworkDefineXML") { [log] connection throws(LibvirtError) in
            let network = try NetworkHandle.find(uuid, on: connection)
            let before = try network.definition()
            // libvirt takes the definition, or says what is wrong with it, before anything is stopped.
            _ = try NetworkHandle.define(xml, on: connection)
            guard restarts else { return }
            let wasActive = try network.isActive
            do throws(LibvirtError) { try network.restart(with: xml, on: connection) } catch {
                do throws(LibvirtError) {
                    _ = try NetworkHandle.define(before, on: connection)
                    if wasActive { try network.restart(with: before, on: connection) }
                } catch let second {
                    log.error(
                        "a network could not be put back", metadata: ["network": "\(uuid)", "reason": "\(second)"])
                }
                throw error
            }
        }
    }

    package func setNetworkRange(
        _ range: IPv4Range, replacing old: IPv4Range?, ofAddress index: Int, in uuid: String
    ) async throws(LibvirtError) {
        try await act("virNetworkUpdate") { [log] connection throws(LibvirtError) in
            let network = try NetworkHandle.find(uuid, on: connection)
            if range == old { return }
            // libvirt knows no change of a range, and refuses one that overlaps with another.
            if let old { try network.update(VIR_NETWORK_UPDATE_COMMAND_DELETE, old, at: index) }
            do throws(LibvirtError) {
                try network.update(VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, range, at: index)
            } catch {
                if let old {
                    do throws(LibvirtError) {
                        try network.update(VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, old, at: index)
                    } catch let second {
                        log.error(
                            "a network lost its DHCP range", metadata: ["network": "\(uuid)", "reason": "\(second)"])
                    }
                }
                throw error
            }
        }
    }

    package func deleteNetwork(_ uuid: String) async throws(LibvirtError) {
        try await act("virNetworkUndefine") { connection throws(LibvirtError) in
            let network = try NetworkHandle.find(uuid, on: connection)
            if try network.isActive { try unsafe check(virNetworkDestroy(network.pointer), "virNetworkDestroy") }
            // One that was never defined is gone as soon as it is stopped.
            guard unsafe virNetworkUndefine(network.pointer) < 0 else { return }
            let error = LibvirtError.last("virNetworkUndefine")
            if !error.isNoNetwork { throw error }
        }
    }
}

/// One reference to a network, freed with its last user.
@safe private final class NetworkHandle {
    let pointer: virNetworkPtr

    init(adopting pointer: virNetworkPtr) { unsafe self.pointer = pointer }
    deinit { unsafe _ = virNetworkFree(pointer) }

    static func list(on connection: Connection) throws(LibvirtError) -> [NetworkHandle] {
        var list: UnsafeMutablePointer<virNetworkPtr?>?
        let count = unsafe virConnectListAllNetworks(connection.pointer, &list, 0)
        guard count >= 0 else {
            let error = LibvirtError.last("virConnectListAllNetworks")
            if error.isNotSupported { return [] }
            throw error
        }
        defer { unsafe free(list) }
        return (0..<Int(count)).compactMap { index in
            unsafe list?[index].map { unsafe NetworkHandle(adopting: $0) }
        }
    }

    static func find(_ uuid: String, on connection: Connection) throws(LibvirtError) -> NetworkHandle {
        unsafe NetworkHandle(
            adopting: try check(virNetworkLookupByUUIDString(connection.pointer, uuid), "virNetworkLookupByUUIDString"))
    }

    static func define(_ xml: String, on connection: Connection) throws(LibvirtError) -> NetworkHandle {
        unsafe NetworkHandle(
            adopting: try check(virNetworkDefineXML(connection.pointer, xml), "virNetworkDefineXML"))
    }

    var isActive: Bool {
        get throws(LibvirtError) {
            try unsafe check(virNetworkIsActive(pointer), "virNetworkIsActive") == 1
        }
    }

    func xml(_ flags: UInt32) throws(LibvirtError) -> String {
        try unsafe check(virNetworkGetXMLDesc(pointer, flags), "virNetworkGetXMLDesc")
    }

    /// What it is defined as, whatever it runs with.
    func definition() throws(LibvirtError) -> String {
        do throws(LibvirtError) { return try xml(VIR_NETWORK_XML_INACTIVE.rawValue) } catch {
            // The test driver makes no difference between the two.
            guard error.code == LibvirtError.Code.invalidArgument || error.isNotSupported else { throw error }
            return try xml(0)
        }
    }

    /// Starts it, and stops it first if it is active.
    func restart(with definition: String, on connection: Connection) throws(LibvirtError) {
        if try isActive { try unsafe check(virNetworkDestroy(pointer), "virNetworkDestroy") }
        // Drivers that do not keep a definition beside the one that runs take it only now.
        _ = try Self.define(definition, on: connection)
        try unsafe check(virNetworkCreate(pointer), "virNetworkCreate")
    }

    func describe() throws(LibvirtError) -> HostNetwork {
        var network = HostNetwork(try parsed(definition(), "virNetworkGetXMLDesc"))
        network.isActive = try isActive
        var autostart: Int32 = 0
        // A network that was never defined has no such thing and says so by failing.
        if unsafe virNetworkGetAutostart(pointer, &autostart) < 0 { virResetLastError() }
        network.startsWithHost = autostart == 1
        if network.isActive {
            network.needsRestart = !network.isDefined(
                like: HostNetwork(try parsed(xml(0), "virNetworkGetXMLDesc")))
        }
        return network
    }

    /// Changes a range in the definition, and in what runs.
    func update(
        _ command: virNetworkUpdateCommand, _ range: IPv4Range, at index: Int
    ) throws(LibvirtError) {
        var flags = VIR_NETWORK_UPDATE_AFFECT_CONFIG.rawValue
        if try isActive { flags |= VIR_NETWORK_UPDATE_AFFECT_LIVE.rawValue }
        try unsafe check(
            virNetworkUpdate(
                pointer, command.rawValue, VIR_NETWORK_SECTION_IP_DHCP_RANGE.rawValue, Int32(index),
                NetworkXML.element(range).xml, flags), "virNetworkUpdate")
    }
}

private func parsed(_ xml: String, _ call: String) throws(LibvirtError) -> XMLElement {
    do throws(XMLError) { return try XMLElement(parsing: xml) } catch {
        throw LibvirtError(code: LibvirtError.Code.xml, message: error.description, call: call)
    }
}
