import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func filters(named prefix: String) async throws(LibvirtError) -> [HostFilter] {
        try await read("virConnectListAllNWFilters") { connection throws(LibvirtError) in
            var filters: [HostFilter] = []
            for handle in try FilterHandle.list(on: connection) where handle.name.hasPrefix(prefix) {
                do throws(LibvirtError) { filters.append(try handle.describe()) } catch {
                    // Deleted between the two calls.
                    if !error.isNoFilter { throw error }
                }
            }
            return filters.sorted { $0.name < $1.name }
        }
    }

    package func filter(_ name: String) async throws(LibvirtError) -> HostFilter? {
        try await read("virNWFilterLookupByName") { connection throws(LibvirtError) in
            do throws(LibvirtError) { return try FilterHandle.find(name, on: connection).describe() } catch {
                if error.isNoFilter { return nil }
                throw error
            }
        }
    }

    package func defineFilter(xml: String) async throws(LibvirtError) -> HostFilter {
        // Running machines get the new rules one after the other before libvirt answers.
        try await actOnFilters("virNWFilterDefineXML", within: Limit.start) { connection throws(LibvirtError) in
            let pointer = try unsafe check(virNWFilterDefineXML(connection.pointer, xml), "virNWFilterDefineXML")
            return try unsafe FilterHandle(adopting: pointer).describe()
        }
    }

    package func interfaces() async throws(LibvirtError) -> [String: [FilteredInterface]] {
        try await read("virConnectListAllDomains") { connection throws(LibvirtError) in
            var found: [String: [FilteredInterface]] = [:]
            for domain in try Domain.list(on: connection) {
                do throws(LibvirtError) { found[domain.uuid] = try domain.interfaces() } catch {
                    // It went away meanwhile.
                    if !error.isNoDomain { throw error }
                }
            }
            return found
        }
    }

    package func attachFilter(_ name: String, to key: DomainKey) async throws(LibvirtError) -> FilterAttachment {
        try await actOnFilters("virDomainUpdateDeviceFlags", within: Limit.start) { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            var attachment = FilterAttachment()
            // What runs comes first: its packets flow now.
            if unsafe domainRunID(domain.pointer) != nil {
                for interface in attachment.plan(name, for: try domain.parsed(), isLive: true) {
                    try domain.update(interface, VIR_DOMAIN_AFFECT_LIVE)
                    attachment.attached += 1
                }
            }
            guard try domain.isPersistent else { return attachment }
            let definition = try domain.parsed(VIR_DOMAIN_XML_INACTIVE.rawValue)
            let changed = attachment.plan(name, for: definition, isLive: false)
            for interface in changed {
                try domain.update(interface, VIR_DOMAIN_AFFECT_CONFIG)
                attachment.attached += 1
            }
            return attachment
        }
    }
}

extension Domain {
    fileprivate func parsed(_ flags: UInt32 = 0) throws(LibvirtError) -> XMLElement {
        // With its secrets: what is read here is given back to libvirt.
        let text = try xml(flags: flags | VIR_DOMAIN_XML_SECURE.rawValue)
        do throws(XMLError) { return try XMLElement(parsing: text) } catch {
            throw LibvirtError(code: LibvirtError.Code.xml, message: error.description, call: "virDomainGetXMLDesc")
        }
    }

    fileprivate var isPersistent: Bool {
        get throws(LibvirtError) { try unsafe check(virDomainIsPersistent(pointer), "virDomainIsPersistent") == 1 }
    }

    fileprivate func interfaces() throws(LibvirtError) -> [FilteredInterface] {
        func all(_ flags: UInt32, isLive: Bool) throws(LibvirtError) -> [FilteredInterface] {
            let devices = try parsed(flags).child("devices")
            return (devices?.all("interface") ?? []).map { FilteredInterface($0, isLive: isLive) }
        }
        let isActive = unsafe domainRunID(pointer) != nil
        let live = isActive ? try all(0, isLive: true) : []
        // The definition of one that is not persistent is what it runs with.
        if isActive, try !isPersistent { return live }
        return live + (try all(VIR_DOMAIN_XML_INACTIVE.rawValue, isLive: false))
    }

    fileprivate func update(
        _ interface: XMLElement, _ affect: virDomainModificationImpact
    ) throws(LibvirtError) {
        try unsafe check(
            virDomainUpdateDeviceFlags(pointer, interface.xml, affect.rawValue), "virDomainUpdateDeviceFlags")
    }
}

/// One reference to a packet filter, freed with its last user.
@safe private final class FilterHandle {
    let pointer: virNWFilterPtr

    init(adopting pointer: virNWFilterPtr) { unsafe self.pointer = pointer }
    deinit { unsafe _ = virNWFilterFree(pointer) }

    static func list(on connection: Connection) throws(LibvirtError) -> [FilterHandle] {
        var list: UnsafeMutablePointer<virNWFilterPtr?>?
        let count = try unsafe check(
            virConnectListAllNWFilters(connection.pointer, &list, 0), "virConnectListAllNWFilters")
        defer { unsafe free(list) }
        return (0..<Int(count)).compactMap { index in
            unsafe list?[index].map { unsafe FilterHandle(adopting: $0) }
        }
    }

    static func find(_ name: String, on connection: Connection) throws(LibvirtError) -> FilterHandle {
        unsafe FilterHandle(
            adopting: try check(virNWFilterLookupByName(connection.pointer, name), "virNWFilterLookupByName"))
    }

    var name: String { unsafe virNWFilterGetName(pointer).map { unsafe String(cString: $0) } ?? "" }

    func describe() throws(LibvirtError) -> HostFilter {
        let xml = try unsafe check(virNWFilterGetXMLDesc(pointer, 0), "virNWFilterGetXMLDesc")
        // VIR_UUID_STRING_BUFLEN
        let uuid = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 37) { buffer in
            guard unsafe virNWFilterGetUUIDString(pointer, buffer.baseAddress) == 0 else { return "" }
            return unsafe String(cString: buffer.baseAddress!)
        }
        return HostFilter(name: name, uuid: uuid, xml: xml)
    }
}
