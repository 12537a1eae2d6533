import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func screens(of uuids: [String]) async throws(LibvirtError) -> [String: [Screen]] {
        guard !uuids.isEmpty else { return [:] }
        return try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            let wanted = Set(uuids)
            var found: [String: [Screen]] = [:]
            let active = VIR_CONNECT_LIST_DOMAINS_ACTIVE.rawValue
            for domain in try Domain.list(on: connection, flags: active) where wanted.contains(domain.uuid) {
                do throws(LibvirtError) { found[domain.uuid] = try domain.screens(flags: 0) } catch {
                    // It went away meanwhile.
                    if !error.isNoDomain { throw error }
                }
            }
            return found
        }
    }

    package func screens(of key: DomainKey) async throws(LibvirtError) -> [Screen] {
        try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            try Domain.find(key, on: connection).screens(flags: VIR_DOMAIN_XML_SECURE.rawValue)
        }
    }

    package func definition(of key: DomainKey) async throws(LibvirtError) -> String {
        try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            try Domain.find(key, on: connection).xml(
                flags: VIR_DOMAIN_XML_INACTIVE.rawValue | VIR_DOMAIN_XML_SECURE.rawValue)
        }
    }

    package func deleteFilter(_ name: String) async throws(LibvirtError) {
        try await act("virNWFilterUndefine") { connection throws(LibvirtError) in
            guard let filter = unsafe virNWFilterLookupByName(connection.pointer, name) else {
                let error = LibvirtError.last("virNWFilterLookupByName")
                if error.isNoFilter || error.isNotSupported { return }
                throw error
            }
            defer { unsafe _ = virNWFilterFree(filter) }
            try unsafe check(virNWFilterUndefine(filter), "virNWFilterUndefine")
        }
    }
}

extension Domain {
    fileprivate func screens(flags: UInt32) throws(LibvirtError) -> [Screen] {
        let text = try xml(flags: flags)
        do throws(XMLError) {
            return Screen.all(in: try XMLElement(parsing: text))
        } catch {
            throw LibvirtError(code: LibvirtError.Code.xml, message: error.description, call: "virDomainGetXMLDesc")
        }
    }
}
