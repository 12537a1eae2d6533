package import Core
import Synchronization

/// libvirt's test driver with figures: its machines start, stop and have snapshots like others, but do nothing, so what
/// they seem to use is simulated.
package final class DemoHypervisor: HypervisorPort {
    let base: any HypervisorPort
    /// The filters of the demo, and of tests.
    package let book = FilterBook()
    private let clock: any WallClock
    private let machines: [String: SimulatedFigures]
    private let meters = Mutex<[String: Meter]>([:])

    /// What a domain has used since it was started.
    fileprivate struct Meter {
        var runID: Int?
        var at: Timestamp
        var cpuNanoseconds = 0.0
        var waitNanoseconds = 0.0
        var diskRead = 0.0
        var diskWritten = 0.0
        var received = 0.0
        var sent = 0.0
    }

    package init(_ base: any HypervisorPort, fleet: DemoFleet, clock: any WallClock) {
        self.base = base
        self.clock = clock
        machines = Dictionary(
            uniqueKeysWithValues: fleet.machines.map {
                ($0.uuid, SimulatedFigures(machine: $0.uuid, vcpus: $0.vcpus, memoryMiB: $0.memoryMiB))
            })
    }

    // MARK: Figures

    package func statsPass(_ groups: StatsGroups, within limit: Duration) async throws(LibvirtError) -> StatsPass {
        var pass = try await base.statsPass([.state], within: limit)
        let now = clock.now
        meters.withLock { meters in
            for (uuid, counters) in pass.counters {
                guard let machine = machines[uuid], let state = counters.state,
                    let figures = machine.figures(in: state, at: now)
                else { continue }
                var meter = meters[uuid] ?? Meter(runID: counters.runID, at: now)
                if meter.runID != counters.runID { meter = Meter(runID: counters.runID, at: now) }
                meter.add(figures, vcpus: machine.vcpus, until: now)
                meters[uuid] = meter
                pass.counters[uuid]?.fill(groups, from: meter.counters(machine, figures, at: now))
            }
        }
        return pass
    }

    package func host() async throws(LibvirtError) -> HostInfo {
        var host = try await base.host()
        let now = clock.now
        let load = meters.withLock { Set($0.keys) }.reduce(0.0) { sum, uuid in
            guard let machine = machines[uuid], let figures = machine.figures(in: .running, at: now) else { return sum }
            return sum + (figures.cpuPercent ?? 0) * Double(machine.vcpus)
        }
        host.cpuPercent = min(100, load / Double(max(1, host.cpus)))
        return host
    }

    // MARK: As the test driver does it

    package var uri: String { base.uri }
    package func run() async { await base.run() }
    package func links() -> AsyncStream<LinkState> { base.links() }
    package var link: LinkState { base.link }
    package func news() -> AsyncStream<HypervisorNews> { base.news() }
    package func domains() async throws(LibvirtError) -> [DomainRecord] { try await base.domains() }
    package func domain(_ key: DomainKey) async throws(LibvirtError) -> DomainRecord { try await base.domain(key) }
    package func details(of key: DomainKey) async throws(LibvirtError) -> DomainDetails {
        try await base.details(of: key)
    }
    package func details(of uuids: [String]) async throws(LibvirtError) -> [String: DomainDetails] {
        try await base.details(of: uuids)
    }
    package func xml(of key: DomainKey) async throws(LibvirtError) -> String { try await base.xml(of: key) }
    package func start(_ key: DomainKey) async throws(LibvirtError) { try await base.start(key) }
    package func shutdown(_ key: DomainKey, way: ShutdownWay) async throws(LibvirtError) {
        try await base.shutdown(key, way: way)
    }
    package func destroy(_ key: DomainKey) async throws(LibvirtError) { try await base.destroy(key) }
    package func reboot(_ key: DomainKey) async throws(LibvirtError) { try await base.reboot(key) }
    package func reset(_ key: DomainKey) async throws(LibvirtError) { try await base.reset(key) }
    package func suspend(_ key: DomainKey) async throws(LibvirtError) { try await base.suspend(key) }
    package func resume(_ key: DomainKey) async throws(LibvirtError) { try await base.resume(key) }
    package func wait(
        for key: DomainKey, toBe states: Set<DomainState>, within limit: Duration
    ) async throws(LibvirtError) -> DomainState {
        try await base.wait(for: key, toBe: states, within: limit)
    }
    package func define(xml: String) async throws(LibvirtError) -> DomainRecord { try await base.define(xml: xml) }
    package func undefine(_ key: DomainKey) async throws(LibvirtError) { try await base.undefine(key) }
    package func snapshots(of key: DomainKey) async throws(LibvirtError) -> [DomainSnapshot] {
        try await base.snapshots(of: key)
    }
    package func currentSnapshot(of key: DomainKey) async throws(LibvirtError) -> DomainSnapshot? {
        try await base.currentSnapshot(of: key)
    }
    package func createSnapshot(
        of key: DomainKey, name: String, description: String?
    ) async throws(LibvirtError) -> DomainSnapshot {
        try await base.createSnapshot(of: key, name: name, description: description)
    }
    package func restoreSnapshot(
        _ name: String, of key: DomainKey, force: Bool
    ) async throws(LibvirtError) -> DomainState {
        try await base.restoreSnapshot(name, of: key, force: force)
    }
    package func deleteSnapshot(_ name: String, of key: DomainKey) async throws(LibvirtError) {
        try await base.deleteSnapshot(name, of: key)
    }
}

extension DemoHypervisor.Meter {
    /// Counts what was used since the last time, as if it had been used evenly.
    mutating func add(_ figures: Figures, vcpus: Int, until now: Timestamp) {
        let milliseconds = Double(max(0, now.milliseconds(since: at)))
        at = now
        let vcpuTime = milliseconds * 1_000_000 * Double(vcpus)
        cpuNanoseconds += (figures.cpuPercent ?? 0) / 100 * vcpuTime
        waitNanoseconds += (figures.vcpuWaitPercent ?? 0) / 100 * vcpuTime
        diskRead += (figures.diskRead ?? 0) * milliseconds / 1000
        diskWritten += (figures.diskWrite ?? 0) * milliseconds / 1000
        received += (figures.networkReceived ?? 0) * milliseconds / 1000
        sent += (figures.networkSent ?? 0) * milliseconds / 1000
    }

    /// The totals as libvirt would tell them.
    func counters(_ machine: SimulatedFigures, _ figures: Figures, at now: Timestamp) -> RawCounters {
        let at = now.rawValue * 1_000_000
        var raw = RawCounters()
        raw.cpu = Measured(UInt64(cpuNanoseconds), at: at)
        let wait = UInt64(waitNanoseconds / Double(machine.vcpus))
        raw.vcpus = Measured(
            RawCounters.VCPUs(
                current: machine.vcpus,
                each: (0..<machine.vcpus).map { RawCounters.VCPU(number: $0, wait: wait) }), at: at)
        raw.networks = Measured(
            [RawCounters.Device(name: "vnet0", bytesIn: UInt64(received), bytesOut: UInt64(sent))], at: at)
        raw.disks = Measured(
            [RawCounters.Device(name: "vda", bytesIn: UInt64(diskRead), bytesOut: UInt64(diskWritten))], at: at)
        var memory = RawCounters.Memory()
        let used = figures.memoryUsedMiB ?? 0
        memory.maximum = UInt64(machine.memoryMiB) * 1024
        memory.current = UInt64((figures.balloonMiB ?? 0) * 1024)
        memory.available = memory.current
        memory.usable = UInt64(max(0, (figures.balloonMiB ?? 0) - used) * 1024)
        memory.unused = memory.usable
        memory.guestAge = 0
        memory.rss = memory.current
        raw.memory = Measured(memory, at: at)
        return raw
    }
}

extension RawCounters {
    fileprivate mutating func fill(_ groups: StatsGroups, from made: RawCounters) {
        if groups.contains(.cpu) { cpu = made.cpu }
        if groups.contains(.vcpus) { vcpus = made.vcpus }
        if groups.contains(.network) { networks = made.networks }
        if groups.contains(.disks) { disks = made.disks }
        if groups.contains(.memory) { memory = made.memory }
    }
}
