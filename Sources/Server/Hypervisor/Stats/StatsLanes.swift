import CLibvirt
import Core
import Glibc
import Synchronization

/// Measures all active domains, dealt out over a few connections that libvirtd works for at the same time.
///
/// A call asks the domains' processes one after another, and libvirt leaves out those that another call holds, but the
/// first call into a process that does not answer (stopped, or stuck on storage) waits for as long as it lasts.
/// Therefore each share of the domains is one call on a connection of its own; a share that is late keeps its
/// connection until the call returns, and goes on over a spare one. libvirt then skips the domain that does not answer,
/// because the late call holds it. The late call is also the probe: when the process answers again, the call returns
/// and the domain is measured again.
final class StatsLanes: Sendable {
    enum Limit {
        /// More than this many at a time gained nothing with 16 machines on two CPUs.
        static let connections = 4
        /// Late calls that may hold a connection at once. Each also holds one of libvirtd's 20 workers.
        static let late = 10
        /// How long a share may take, however slow it was before.
        static let longest = Duration.seconds(10)
        /// For the first pass over a share, whose speed is not known.
        static let firstPerDomain = Duration.milliseconds(50)
        /// A share is late when it takes this many times longer than lately.
        static let patience = 4
        /// How often the balloon asks the guest for its memory figures, in seconds.
        static let memoryPeriod: Int32 = 10
    }

    private struct State {
        /// Grows with each change of the set of active domains.
        var version = 1
        var activeVersion = 0
        var active: [String] = []
        /// The lane that each share goes over now.
        var slots: [StatsLane]
        var spares: [StatsLane] = []
        /// Runs whose memory statistics were looked after.
        var lookedAfter: Set<String> = []
    }
    private let state: Mutex<State>
    private let open: @Sendable () throws(LibvirtError) -> Connection

    init(connections: Int, open: @escaping @Sendable () throws(LibvirtError) -> Connection) {
        self.open = open
        state = Mutex(State(slots: (0..<connections).map { _ in StatsLane(open: open) }))
    }

    /// The set of active domains may be another one.
    func topologyChanged() { state.withLock { $0.version += 1 } }

    /// The active domains' UUIDs as last listed, or nil when they have to be listed again; and the version to note.
    func known() -> (active: [String]?, version: Int) {
        state.withLock { ($0.version == $0.activeVersion ? $0.active : nil, $0.version) }
    }

    func note(active: [String], version: Int) {
        state.withLock { state in
            // In a fixed order, so that a domain mostly stays on the connection that has its handle.
            state.active = active.sorted()
            state.activeVersion = version
        }
    }

    /// One call on each connection. A share is waited for no longer than `limit`, or than its usual time allows. Two
    /// passes at once are possible and take connections from the spare ones.
    func pass(_ groups: StatsGroups, within limit: Duration) async throws(LibvirtError) -> StatsPass {
        let (active, version, slots) = state.withLock { state in
            (state.active, state.activeVersion, min(state.slots.count, max(1, state.active.count)))
        }
        var shares = [[String]](repeating: [], count: slots)
        for (index, uuid) in active.enumerated() { shares[index % slots].append(uuid) }

        let outcomes = await withTaskGroup(of: (Int, Result<[String: RawCounters], LibvirtError>).self) { group in
            for (slot, share) in shares.enumerated() where !share.isEmpty {
                group.addTask { [self] in
                    (slot, await measure(share, slot: slot, groups: groups, version: version, within: limit))
                }
            }
            var outcomes: [(Int, Result<[String: RawCounters], LibvirtError>)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        var pass = StatsPass()
        var failure: LibvirtError?
        for (slot, outcome) in outcomes {
            switch outcome {
            case .success(let counters):
                pass.counters.merge(counters) { _, new in new }
                // Of a domain that another call holds, libvirt tells what it can see from outside, CPU and network
                // among it, and leaves out what the domain's process would have to be asked for.
                pass.late.formUnion(counters.lazy.filter { $0.value.isBusy }.map(\.key))
            case .failure(let error):
                if !error.isTimedOut { failure = error }
                pass.late.formUnion(shares[slot])
            }
        }
        // One connection that failed must not hide what the others brought; all of them failing is a failure.
        if let failure, pass.counters.isEmpty { throw failure }
        return pass
    }

    private func measure(
        _ share: [String], slot: Int, groups: StatsGroups, version: Int, within limit: Duration
    ) async -> Result<[String: RawCounters], LibvirtError> {
        guard let lane = lane(forSlot: slot) else {
            return .failure(.deadline(limit, call: "virDomainListGetStats"))
        }
        let patience = lane.patience(share.count, atLeast: limit)
        do throws(LibvirtError) {
            return .success(try await lane.measure(share, groups: groups, version: version, within: patience))
        } catch {
            return .failure(error)
        }
    }

    /// The lane for a share: its own, or when that one is still under way a spare one, which then stays. Nil when too
    /// many are under way already.
    private func lane(forSlot slot: Int) -> StatsLane? {
        state.withLock { state in
            let current = state.slots[slot]
            guard current.isBusy else { return current }
            if let free = state.spares.firstIndex(where: { !$0.isBusy }) {
                state.slots[slot] = state.spares.remove(at: free)
            } else if state.spares.count < Limit.late {
                state.slots[slot] = StatsLane(open: open)
            } else {
                return nil
            }
            state.spares.append(current)
            return state.slots[slot]
        }
    }

    /// Runs of domains in this pass whose memory statistics nobody has looked after yet; each is given once.
    func takeNewRuns(_ pass: StatsPass) -> [String] {
        state.withLock { state in
            var new: [String] = []
            for (uuid, counters) in pass.counters {
                guard let memory = counters.memory?.value, memory.guestAge == nil, let run = counters.runID else {
                    continue
                }
                if state.lookedAfter.insert("\(uuid) \(run)").inserted { new.append(uuid) }
            }
            if state.lookedAfter.count > 100_000 { state.lookedAfter.removeAll() }
            return new
        }
    }
}

/// One stats connection: makes one call at a time, and keeps handles of the domains it asks about.
final class StatsLane: Sendable {
    private struct Handles {
        weak var connection: Connection?
        var version = 0
        var domains: [String: Domain] = [:]
    }

    private let lane: Lane
    /// Only used by the call under way.
    private let handles = Mutex(Handles())
    /// What one domain took in the slowest of the last calls, forgotten slowly.
    private let timePerDomain = Mutex<Duration?>(nil)

    init(open: @escaping @Sendable () throws(LibvirtError) -> Connection) {
        lane = Lane(threads: 1, open: open)
    }

    /// Whether a call is under way, perhaps one that nobody waits for any more.
    var isBusy: Bool { lane.load > 0 }

    func patience(_ domains: Int, atLeast limit: Duration) -> Duration {
        let usual = timePerDomain.withLock { $0 }.map { $0 * StatsLanes.Limit.patience }
        return min(
            max(limit, (usual ?? StatsLanes.Limit.firstPerDomain) * domains), max(limit, StatsLanes.Limit.longest))
    }

    func measure(
        _ share: [String], groups: StatsGroups, version: Int, within limit: Duration
    ) async throws(LibvirtError) -> [String: RawCounters] {
        try await lane.call("virDomainListGetStats", within: limit) { [self] connection throws(LibvirtError) in
            let start = monotonicNanoseconds()
            defer { finished(share.count, after: monotonicNanoseconds() - start) }
            return try handles.withLock { handles throws(LibvirtError) in
                try refresh(&handles, on: connection, version: version)
                return try bulkStats(of: share.compactMap { handles.domains[$0] }, groups: groups)
            }
        }
    }

    private func finished(_ domains: Int, after nanoseconds: Int64) {
        let latest = Duration.nanoseconds(nanoseconds) / max(1, domains)
        timePerDomain.withLock { $0 = max(latest, ($0 ?? .zero) * 9 / 10) }
    }

    /// Lists the domains again when their set has changed since, or on a new connection.
    private func refresh(
        _ handles: inout Handles, on connection: Connection, version: Int
    ) throws(LibvirtError) {
        if handles.connection === connection, handles.version == version { return }
        let active = try Domain.list(on: connection, flags: UInt32(VIR_CONNECT_LIST_DOMAINS_ACTIVE.rawValue))
        handles.domains = Dictionary(active.map { ($0.uuid, $0) }) { _, new in new }
        handles.connection = connection
        handles.version = version
    }
}

/// Measures some domains by one call that leaves out what busy ones would have to be waited for.
private func bulkStats(of domains: [Domain], groups: StatsGroups) throws(LibvirtError) -> [String: RawCounters] {
    guard !domains.isEmpty else { return [:] }
    var pointers: [virDomainPtr?] = unsafe domains.map { unsafe $0.pointer } + [nil]
    var records: UnsafeMutablePointer<virDomainStatsRecordPtr?>?
    var count = unsafe virDomainListGetStats(
        &pointers, groups.rawValue, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT.rawValue)
    if count < 0 {
        let error = LibvirtError.last("virDomainListGetStats")
        // Drivers that never wait call the flag a mistake.
        guard error.code == LibvirtError.Code.invalidArgument || error.isNotSupported else { throw error }
        count = try unsafe check(
            virDomainListGetStats(&pointers, groups.rawValue, &records, 0), "virDomainListGetStats")
    }
    guard let records = unsafe records else { return [:] }
    defer { unsafe virDomainStatsRecordListFree(records) }
    let at = monotonicNanoseconds()
    let wall = Timestamp.now().rawValue / 1000
    var result: [String: RawCounters] = [:]
    result.reserveCapacity(Int(count))
    for index in 0..<Int(count) {
        guard let record = unsafe records[index], let domain = unsafe record.pointee.dom else { continue }
        unsafe result[domainUUID(domain)] = RawCounters(record.pointee, at: at, wallSeconds: wall)
    }
    return result
}
