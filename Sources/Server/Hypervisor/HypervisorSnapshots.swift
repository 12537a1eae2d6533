import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func snapshots(of key: DomainKey) async throws(LibvirtError) -> [DomainSnapshot] {
        try await read("virDomainListAllSnapshots") { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            let current = try DomainSnapshotHandle.current(of: domain)?.name
            var list: UnsafeMutablePointer<virDomainSnapshotPtr?>?
            let count = try unsafe check(
                virDomainListAllSnapshots(domain.pointer, &list, 0), "virDomainListAllSnapshots")
            defer { unsafe free(list) }
            var snapshots: [DomainSnapshot] = []
            for index in 0..<Int(count) {
                guard let pointer = unsafe list?[index] else { continue }
                // Adopted even after a failure, so that each is freed.
                let handle = unsafe DomainSnapshotHandle(adopting: pointer)
                do throws(LibvirtError) { snapshots.append(try handle.describe(current: current)) } catch {
                    // Deleted between the two calls.
                    if !error.isNoSnapshot { throw error }
                }
            }
            return snapshots.sorted { ($0.createdAt, $0.name) > ($1.createdAt, $1.name) }
        }
    }

    package func currentSnapshot(of key: DomainKey) async throws(LibvirtError) -> DomainSnapshot? {
        try await read("virDomainSnapshotCurrent") { connection throws(LibvirtError) in
            guard let handle = try DomainSnapshotHandle.current(of: Domain.find(key, on: connection)) else {
                return nil
            }
            return try handle.describe(current: handle.name)
        }
    }

    package func createSnapshot(
        of key: DomainKey, name: String, description: String?
    ) async throws(LibvirtError) -> DomainSnapshot {
        let call = "virDomainSnapshotCreateXML"
        return try await act(call, within: Limit.snapshot) { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            // With flags 0 a second snapshot of the name would be an error too, but one that comes after the work.
            if try DomainSnapshotHandle.find(name, of: domain) != nil {
                throw .refused("a snapshot named \(name) exists already", call: call)
            }
            let described = try domain.details().description
            let state = try domain.state().state
            var version: UInt = 0
            try unsafe check(virConnectGetLibVersion(connection.pointer, &version), "virConnectGetLibVersion")
            let plan: SnapshotPlan
            do throws(SnapshotRefusal) {
                plan = try SnapshotPlan.choose(for: described, state: state, libvirt: version)
            } catch {
                throw .refused(error.message, call: call)
            }
            var flags: UInt32 = 0
            if case .externalDisks = plan {
                flags = VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY.rawValue | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC.rawValue
                if described.isAgentConnected { flags |= VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE.rawValue }
            }
            let xml = plan.xml(name: name, description: description, disks: described.disks)
            let pointer = try unsafe check(virDomainSnapshotCreateXML(domain.pointer, xml, flags), call)
            return try unsafe DomainSnapshotHandle(adopting: pointer).describe(current: name)
        }
    }

    @discardableResult
    package func restoreSnapshot(
        _ name: String, of key: DomainKey, force: Bool
    ) async throws(LibvirtError) -> DomainState {
        try await actOnFilters("virDomainRevertToSnapshot", within: Limit.snapshot) { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            let handle = try DomainSnapshotHandle.require(name, of: domain)
            let flags = force ? VIR_DOMAIN_SNAPSHOT_REVERT_FORCE.rawValue : 0
            try unsafe check(virDomainRevertToSnapshot(handle.pointer, flags), "virDomainRevertToSnapshot")
            return try domain.state().state
        }
    }

    package func deleteSnapshot(_ name: String, of key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainSnapshotDelete", within: Limit.snapshot) { connection throws(LibvirtError) in
            let handle = try DomainSnapshotHandle.require(name, of: Domain.find(key, on: connection))
            // Without flags its children stay, on top of what it was on top of.
            try unsafe check(virDomainSnapshotDelete(handle.pointer, 0), "virDomainSnapshotDelete")
        }
    }
}

/// One reference to a snapshot; it cannot be copied, so it is freed exactly once.
@safe private struct DomainSnapshotHandle: ~Copyable {
    let pointer: virDomainSnapshotPtr

    init(adopting pointer: virDomainSnapshotPtr) { unsafe self.pointer = pointer }
    deinit { unsafe _ = virDomainSnapshotFree(pointer) }

    static func find(_ name: String, of domain: Domain) throws(LibvirtError) -> DomainSnapshotHandle? {
        if let pointer = unsafe virDomainSnapshotLookupByName(domain.pointer, name, 0) {
            return unsafe DomainSnapshotHandle(adopting: pointer)
        }
        let error = LibvirtError.last("virDomainSnapshotLookupByName")
        if error.isNoSnapshot { return nil }
        throw error
    }

    static func require(_ name: String, of domain: Domain) throws(LibvirtError) -> DomainSnapshotHandle {
        unsafe DomainSnapshotHandle(
            adopting: try check(
                virDomainSnapshotLookupByName(domain.pointer, name, 0), "virDomainSnapshotLookupByName"))
    }

    static func current(of domain: Domain) throws(LibvirtError) -> DomainSnapshotHandle? {
        let has = try unsafe check(virDomainHasCurrentSnapshot(domain.pointer, 0), "virDomainHasCurrentSnapshot")
        guard has == 1 else { return nil }
        if let pointer = unsafe virDomainSnapshotCurrent(domain.pointer, 0) {
            return unsafe DomainSnapshotHandle(adopting: pointer)
        }
        let error = LibvirtError.last("virDomainSnapshotCurrent")
        if error.isNoSnapshot { return nil }
        throw error
    }

    var name: String { unsafe virDomainSnapshotGetName(pointer).map { unsafe String(cString: $0) } ?? "" }

    func describe(current: String?) throws(LibvirtError) -> DomainSnapshot {
        let xml = try unsafe check(virDomainSnapshotGetXMLDesc(pointer, 0), "virDomainSnapshotGetXMLDesc")
        do throws(XMLError) {
            return try DomainSnapshot(parsing: xml, current: current)
        } catch {
            throw LibvirtError(
                code: LibvirtError.Code.xml, message: error.description, call: "virDomainSnapshotGetXMLDesc")
        }
    }
}
