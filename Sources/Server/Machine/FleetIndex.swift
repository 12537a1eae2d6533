package import Core
import Synchronization

/// What libvirt has, and which machine each domain is: in memory, brought up to date by events and by each resync.
///
/// Machines are rows; this adds to them what no row can know, such as whether their domain exists now.
package final class FleetIndex: Sendable {
    fileprivate struct State {
        /// By UUID. Nil until libvirt was asked for the first time.
        var domains: [String: DomainRecord]?
        var machines: [String: Machine.ID] = [:]
        var uuids: [Machine.ID: String] = [:]
        /// Domains that are nobody's machine, by UUID, in order: made anew when one comes or goes.
        var unmanaged: [String]?
        var isReachable = false
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Links between rows and domains

    /// Takes over which domain each machine is. A row that knows its domain by name only is joined to it when it is seen.
    package func setLinks(_ links: [DomainLink], among records: [DomainRecord]) {
        let byName = Dictionary(records.map { ($0.name, $0.uuid) }, uniquingKeysWith: { first, _ in first })
        state.withLock { state in
            state.machines = [:]
            state.uuids = [:]
            for link in links {
                guard let uuid = link.domainUUID ?? byName[link.internalName] else { continue }
                state.machines[uuid] = link.machine
                state.uuids[link.machine] = uuid
            }
            state.unmanaged = nil
        }
    }

    package func link(_ machine: Machine.ID, to uuid: String) {
        state.withLock { state in
            state.machines[uuid] = machine
            state.uuids[machine] = uuid
            state.unmanaged = nil
        }
    }

    /// The machine is destroyed: a domain with its UUID would be another one. One that is left is still this one.
    func unlinkIfGone(_ machine: Machine.ID) {
        state.withLock { state in
            guard let uuid = state.uuids[machine], state.domains?[uuid] == nil else { return }
            state.uuids.removeValue(forKey: machine)
            state.machines.removeValue(forKey: uuid)
            state.unmanaged = nil
        }
    }

    package func machine(ofDomain uuid: String) -> Machine.ID? { state.withLock { $0.machines[uuid] } }
    package func domainUUID(of machine: Machine.ID) -> String? { state.withLock { $0.uuids[machine] } }

    /// The figures and events of a domain are filed under this id, whether it is adopted or not.
    package func id(ofDomain uuid: String) -> Machine.ID {
        state.withLock { $0.machines[uuid] } ?? Machine.ID(uuid)
    }

    /// The domain that is shown under `id`.
    package func domainUUID(shownAs id: Machine.ID) -> String? {
        state.withLock { state in
            state.uuids[id] ?? (state.domains?[id.rawValue] != nil ? id.rawValue : nil)
        }
    }

    // MARK: What libvirt has

    package var domainCount: Int { state.withLock { $0.domains?.count ?? 0 } }

    /// What changed between two looks at the host.
    package struct Difference: Equatable, Sendable {
        package var appeared: [DomainRecord] = []
        package var vanished: [DomainRecord] = []
        package var changed: [DomainRecord] = []
    }

    /// Takes over all domains of the host. The first time there is no difference to tell of.
    package func replace(with records: [DomainRecord]) -> Difference {
        state.withLock { state in
            state.isReachable = true
            let new = Dictionary(records.map { ($0.uuid, $0) }, uniquingKeysWith: { first, _ in first })
            defer {
                state.domains = new
                state.unmanaged = nil
            }
            guard let old = state.domains else { return Difference() }
            return Difference(
                appeared: records.filter { old[$0.uuid] == nil },
                vanished: old.values.filter { new[$0.uuid] == nil }.sorted { $0.uuid < $1.uuid },
                changed: records.filter { record in
                    old[record.uuid].map { $0.state != record.state || $0.name != record.name } ?? false
                })
        }
    }

    /// Takes over what an event told of one domain.
    package func update(_ record: DomainRecord) {
        state.withLock { state in
            if state.domains?[record.uuid] == nil { state.unmanaged = nil }
            state.domains?[record.uuid] = record
        }
    }

    package func setState(_ new: DomainState, ofDomain uuid: String) {
        state.withLock { $0.domains?[uuid]?.state = new }
    }

    package func remove(_ uuid: String) {
        state.withLock { state in
            state.domains?.removeValue(forKey: uuid)
            state.unmanaged = nil
        }
    }

    package func setReachable(_ reachable: Bool) { state.withLock { $0.isReachable = reachable } }

    package func record(_ uuid: String) -> DomainRecord? { state.withLock { $0.domains?[uuid] } }

    /// How many machines are in which state: those with a record, or those without.
    package func counts(managed: Bool) -> [MachineStatus: Int] {
        state.withLock { state in
            var counts: [MachineStatus: Int] = [:]
            for record in (state.domains ?? [:]).values where (state.machines[record.uuid] != nil) == managed {
                counts[record.state.status, default: 0] += 1
            }
            return counts
        }
    }

    /// Every domain that runs, by the id under which its figures are filed.
    package func active() -> [(id: Machine.ID, uuid: String)] {
        state.withLock { state in
            (state.domains ?? [:]).values.filter { $0.state.isActive }.map { record in
                (state.machines[record.uuid] ?? Machine.ID(record.uuid), record.uuid)
            }
        }
    }

    // MARK: Adding to rows

    /// Adds to machines whether their domain exists now; unknown while libvirt cannot be reached.
    package func decorate(_ machines: consuming [Machine]) -> [Machine] {
        // In place: copying a machine means a count on each of its texts.
        var decorated = machines
        state.withLock { state in
            for index in decorated.indices {
                decorated[index].hasDomain = state.isReachable ? state.hasDomain(decorated[index].id) : nil
            }
        }
        return decorated
    }

    /// Whether a machine's domain exists in libvirt now; nil while libvirt cannot be asked.
    package func hasDomain(_ id: Machine.ID) -> Bool? {
        state.withLock { $0.isReachable ? $0.hasDomain(id) : nil }
    }

    /// Domains that are nobody's machine, by id, behind `cursor`.
    package func unmanaged(after cursor: String, limit: Int) -> [Machine] {
        state.withLock { state in
            let ids = state.unmanagedIDs()
            let start = ids.partitioningIndex { $0 > cursor }
            return ids[start...].prefix(limit).compactMap { uuid in
                state.domains?[uuid].map { Machine(unmanaged: $0, isReachable: state.isReachable) }
            }
        }
    }

    package func unmanaged(_ id: Machine.ID) -> Machine? {
        state.withLock { state in
            guard state.machines[id.rawValue] == nil, let record = state.domains?[id.rawValue] else { return nil }
            return Machine(unmanaged: record, isReachable: state.isReachable)
        }
    }
}

extension FleetIndex.State {
    fileprivate func hasDomain(_ id: Machine.ID) -> Bool? {
        guard let domains else { return nil }
        return uuids[id].map { domains[$0] != nil } ?? false
    }

    fileprivate mutating func unmanagedIDs() -> [String] {
        if let unmanaged { return unmanaged }
        let ids = (domains ?? [:]).keys.filter { machines[$0] == nil }.sorted()
        unmanaged = ids
        return ids
    }
}
