import CLibvirt
package import Core

extension Hypervisor {
    package func domains() async throws(LibvirtError) -> [DomainRecord] {
        try await read("virConnectGetAllDomainStats") { connection throws(LibvirtError) in
            do throws(LibvirtError) {
                return try allRecords(on: connection)
            } catch {
                // Drivers of other hypervisors may have no bulk stats.
                guard error.isNotSupported else { throw error }
                var records: [DomainRecord] = []
                for domain in try Domain.list(on: connection) {
                    do throws(LibvirtError) { records.append(try domain.record()) } catch {
                        // It went away between the two calls.
                        if !error.isNoDomain { throw error }
                    }
                }
                return records
            }
        }
    }

    package func domain(_ key: DomainKey) async throws(LibvirtError) -> DomainRecord {
        try await read("virDomainGetState") { connection throws(LibvirtError) in
            try Domain.find(key, on: connection).record()
        }
    }

    package func details(of key: DomainKey) async throws(LibvirtError) -> DomainDetails {
        try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            try Domain.find(key, on: connection).details()
        }
    }

    package func details(of uuids: [String]) async throws(LibvirtError) -> [String: DomainDetails] {
        guard !uuids.isEmpty else { return [:] }
        return try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            // One list gives all the handles; a look-up for each would be as many calls again.
            let wanted = Set(uuids)
            var found: [String: DomainDetails] = [:]
            for domain in try Domain.list(on: connection) where wanted.contains(domain.uuid) {
                do throws(LibvirtError) { found[domain.uuid] = try domain.details() } catch {
                    if !error.isNoDomain { throw error }
                }
            }
            return found
        }
    }

    package func xml(of key: DomainKey) async throws(LibvirtError) -> String {
        try await read("virDomainGetXMLDesc") { connection throws(LibvirtError) in
            try Domain.find(key, on: connection).xml()
        }
    }

    @discardableResult
    package func define(xml: String) async throws(LibvirtError) -> DomainRecord {
        try await act("virDomainDefineXMLFlags") { connection throws(LibvirtError) in
            let pointer = try unsafe check(
                virDomainDefineXMLFlags(connection.pointer, xml, 0), "virDomainDefineXMLFlags")
            return try unsafe Domain(adopting: pointer).record()
        }
    }

    package func undefine(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainUndefineFlags") { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            // Without a handle on these libvirt refuses, and the domain stays.
            let few = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE.rawValue | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA.rawValue
            let more =
                few | VIR_DOMAIN_UNDEFINE_NVRAM.rawValue | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA.rawValue
            // Older versions do not know of TPMs, and the test driver knows only few of them: both call others a mistake.
            for flags in [more | VIR_DOMAIN_UNDEFINE_TPM.rawValue, more] {
                if unsafe virDomainUndefineFlags(domain.pointer, flags) == 0 { return }
                let error = LibvirtError.last("virDomainUndefineFlags")
                guard error.code == LibvirtError.Code.invalidArgument || error.isNotSupported else { throw error }
            }
            try unsafe check(virDomainUndefineFlags(domain.pointer, few), "virDomainUndefineFlags")
        }
    }
}

/// Every domain with its state, by one call, whatever their number. The group asks no domain's process, so nothing can
/// hold the call up.
private func allRecords(on connection: Connection) throws(LibvirtError) -> [DomainRecord] {
    var records: UnsafeMutablePointer<virDomainStatsRecordPtr?>?
    let count = try unsafe check(
        virConnectGetAllDomainStats(connection.pointer, VIR_DOMAIN_STATS_STATE.rawValue, &records, 0),
        "virConnectGetAllDomainStats")
    guard let records = unsafe records else { return [] }
    defer { unsafe virDomainStatsRecordListFree(records) }
    var result: [DomainRecord] = []
    result.reserveCapacity(Int(count))
    for index in 0..<Int(count) {
        guard let record = unsafe records[index], let domain = unsafe record.pointee.dom else { continue }
        var state = DomainState.noState
        var reason = 0
        for number in unsafe 0..<Int(record.pointee.nparams) {
            let parameter = unsafe record.pointee.params[number]
            switch unsafe StatsField(parameter) {
            case .state: unsafe state = DomainState(libvirt: Int(parameter.value.i))
            case .reason: unsafe reason = Int(parameter.value.i)
            default: break
            }
        }
        unsafe result.append(
            DomainRecord(
                uuid: domainUUID(domain), name: domainName(domain),
                runID: state.isActive ? domainRunID(domain) : nil, state: state, reason: reason))
    }
    return result
}
