import CLibvirt
package import Core
import Glibc

// What the tables of the host say about the filters of machines.
extension Hypervisor {
    package func filterCounters() async throws(LibvirtError) -> FilterCounters {
        if let obstacle = HostTables.obstacle(uri: uri, isLocal: isLocal) { return .unavailable(obstacle) }
        return try await read("virConnectListAllNWFilterBindings") { connection throws(LibvirtError) in
            let filters = try filterBindings(on: connection)
            // No machine runs with a filter: no need to ask.
            if filters.isEmpty { return .counted([:]) }
            var saved: [String] = []
            for program in HostTables.programs {
                guard let text = HostTables.save(program, counters: true) else {
                    return .unavailable("\(program)-save does not work on this host")
                }
                saved.append(text)
            }
            return FilterCounters(saved: saved, filters: filters)
        }
    }
}

/// The names of the filters that interfaces of running machines have, by what the host calls the interface.
func filterBindings(on connection: Connection) throws(LibvirtError) -> [String: String] {
    var list: UnsafeMutablePointer<virNWFilterBindingPtr?>?
    let count = try unsafe check(
        virConnectListAllNWFilterBindings(connection.pointer, &list, 0), "virConnectListAllNWFilterBindings")
    defer { unsafe free(list) }
    var filters: [String: String] = [:]
    for index in 0..<Int(count) {
        guard let binding = unsafe list?[index] else { continue }
        defer { unsafe _ = virNWFilterBindingFree(binding) }
        guard let device = unsafe virNWFilterBindingGetPortDev(binding),
            let filter = unsafe virNWFilterBindingGetFilterName(binding)
        else { continue }
        unsafe filters[String(cString: device)] = String(cString: filter)
    }
    return filters
}

// What the host tells of packets that machines' filters drop.
extension Hypervisor {
    package func tellDrops(_ isOn: Bool, to group: UInt16) async throws(LibvirtError) -> [String: String] {
        try requireTables("iptables-restore")
        return try await read("virConnectListAllNWFilterBindings") { connection throws(LibvirtError) in
            let filters = isOn ? try filterBindings(on: connection) : [:]
            let rules = DropLogRules(group: group, interfaces: Set(filters.keys))
            for program in HostTables.programs {
                guard let saved = HostTables.save(program, counters: true) else {
                    throw .refused("\(program)-save does not work on this host", call: program)
                }
                let changes = rules.changes(to: saved)
                // What libvirt changed in between fails as a whole, and is put right the next time.
                if !changes.isEmpty, !HostTables.restore(program, changes), isOn {
                    throw .refused("\(program) does not take rules that log (NFLOG)", call: program)
                }
            }
            return filters
        }
    }

    package func drops(in group: UInt16) async throws(LibvirtError) -> AsyncStream<DropBatch> {
        try requireTables("NFLOG")
        let listener = PacketLogListener(group: group)
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Void, PacketLogError>, Never>) in
            // Reading blocks, and goes on for as long as somebody wants to hear of it.
            startThread { listener.run { continuation.resume(returning: $0) } }
        }
        do throws(PacketLogError) { try result.get() } catch { throw .refused(error.message, call: "NFLOG") }
        return listener.stream
    }

    private func requireTables(_ call: String) throws(LibvirtError) {
        if let obstacle = HostTables.obstacle(uri: uri, isLocal: isLocal) { throw .refused(obstacle, call: call) }
    }
}
