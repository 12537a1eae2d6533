import CLibvirt
import Core
import Glibc

/// One reference to a libvirt domain, freed with its last user. Name, UUID and run are read without asking libvirtd.
@safe final class Domain: @unchecked Sendable {
    // libvirt's handles never change and are made for use by many threads.
    let pointer: virDomainPtr

    init(adopting pointer: virDomainPtr) { unsafe self.pointer = pointer }
    deinit { unsafe _ = virDomainFree(pointer) }

    static func find(_ key: DomainKey, on connection: Connection) throws(LibvirtError) -> Domain {
        switch key {
        case .uuid(let uuid):
            unsafe Domain(
                adopting: try check(
                    virDomainLookupByUUIDString(connection.pointer, uuid), "virDomainLookupByUUIDString"))
        case .name(let name):
            unsafe Domain(adopting: try check(virDomainLookupByName(connection.pointer, name), "virDomainLookupByName"))
        }
    }

    /// All domains, or all that have one of the traits. Source: `virConnectListAllDomainsFlags`.
    static func list(on connection: Connection, flags: UInt32 = 0) throws(LibvirtError) -> [Domain] {
        var list: UnsafeMutablePointer<virDomainPtr?>?
        let count = try unsafe check(
            virConnectListAllDomains(connection.pointer, &list, flags), "virConnectListAllDomains")
        defer { unsafe free(list) }
        return (0..<Int(count)).compactMap { index in
            unsafe list?[index].map { unsafe Domain(adopting: $0) }
        }
    }

    var name: String { unsafe domainName(pointer) }
    var uuid: String { unsafe domainUUID(pointer) }

    /// Source: `virDomainGetState`.
    func state() throws(LibvirtError) -> (state: DomainState, reason: Int) {
        var state: Int32 = 0
        var reason: Int32 = 0
        try unsafe check(virDomainGetState(pointer, &state, &reason, 0), "virDomainGetState")
        return (DomainState(libvirt: Int(state)), Int(reason))
    }

    func record() throws(LibvirtError) -> DomainRecord {
        let (state, reason) = try state()
        return unsafe DomainRecord(
            uuid: uuid, name: name, runID: state.isActive ? domainRunID(pointer) : nil, state: state, reason: reason)
    }

    /// Source: `virDomainGetXMLDesc`. Secrets are never asked for.
    func xml(flags: UInt32 = 0) throws(LibvirtError) -> String {
        try unsafe check(virDomainGetXMLDesc(pointer, flags), "virDomainGetXMLDesc")
    }

    func details() throws(LibvirtError) -> DomainDetails {
        let xml = try xml()
        let isPersistent = try unsafe check(virDomainIsPersistent(pointer), "virDomainIsPersistent") == 1
        var autostart: Int32 = 0
        // A transient domain has no such thing and says so by failing.
        if isPersistent { unsafe _ = virDomainGetAutostart(pointer, &autostart) }
        do throws(XMLError) {
            return DomainDetails(
                description: try DomainDescription(parsing: xml), isPersistent: isPersistent,
                startsWithHost: autostart == 1)
        } catch {
            throw LibvirtError(code: LibvirtError.Code.xml, message: error.description, call: "virDomainGetXMLDesc")
        }
    }
}

func domainName(_ pointer: virDomainPtr) -> String {
    unsafe virDomainGetName(pointer).map { unsafe String(cString: $0) } ?? ""
}

func domainUUID(_ pointer: virDomainPtr) -> String {
    // VIR_UUID_STRING_BUFLEN
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 37) { buffer in
        guard unsafe virDomainGetUUIDString(pointer, buffer.baseAddress) == 0 else { return "" }
        return unsafe String(cString: buffer.baseAddress!)
    }
}

func domainRunID(_ pointer: virDomainPtr) -> Int? {
    let id = unsafe virDomainGetID(pointer)
    return id == UInt32.max ? nil : Int(id)
}
