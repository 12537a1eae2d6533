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
