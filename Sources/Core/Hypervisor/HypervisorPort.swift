/// Which figures a pass over all domains measures.
package struct StatsGroups: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    // The bits are libvirt's own: `virDomainStatsTypes`.
    package static let state = StatsGroups(rawValue: 1 << 0)
    package static let cpu = StatsGroups(rawValue: 1 << 1)
    package static let memory = StatsGroups(rawValue: 1 << 2)
    package static let vcpus = StatsGroups(rawValue: 1 << 3)
    package static let network = StatsGroups(rawValue: 1 << 4)
    package static let disks = StatsGroups(rawValue: 1 << 5)

    /// What each tick measures: about 1 ms of CPU a machine.
    package static let quick: StatsGroups = [.state, .cpu, .network]
    /// What every fourth tick measures: five times as dear.
    package static let full: StatsGroups = [.state, .cpu, .network, .vcpus, .memory, .disks]
    /// Answered without asking the domain's process, so that one which does not answer cannot hold the call up.
    package static let safe: StatsGroups = [.state, .network]
}

/// The outcome of one pass over the active domains of the host.
package struct StatsPass: Equatable, Sendable {
    /// By UUID. A domain that was busy has only some of its groups.
    package var counters: [String: RawCounters]
    /// Domains whose process did not answer in time: they keep what was known of them. All others are complete.
    package var late: Set<String>

    package init(counters: [String: RawCounters] = [:], late: Set<String> = []) {
        self.counters = counters
        self.late = late
    }
}

/// How a domain is asked to shut itself down.
package enum ShutdownWay: String, Sendable {
    /// By the guest agent if one answers, else by the power button.
    case any
    /// By the ACPI power button.
    case powerButton
    case agent
}

/// What the server asks of the host's hypervisor. Actions return when libvirt has done them, not when they were
/// queued; an action on a domain that is in the wrong state throws (`isOperationInvalid`).
package protocol HypervisorPort: NetworkPort, NodePort, MachinePort, FilterPort {
    var uri: String { get }

    /// Keeps the connection until it is cancelled. Nothing else works without it.
    func run() async
    /// The light of the connection: as it is now, then at each change.
    func links() -> AsyncStream<LinkState>
    var link: LinkState { get }
    /// Everything that happens to domains from now on; starts with `resync` if the connection is up.
    func news() -> AsyncStream<HypervisorNews>

    /// All domains, active or not, by one bulk call.
    func domains() async throws(LibvirtError) -> [DomainRecord]
    func domain(_ key: DomainKey) async throws(LibvirtError) -> DomainRecord
    func details(of key: DomainKey) async throws(LibvirtError) -> DomainDetails
    /// Details of many domains; those that are gone meanwhile are left out.
    func details(of uuids: [String]) async throws(LibvirtError) -> [String: DomainDetails]
    /// The domain's XML without secrets.
    func xml(of key: DomainKey) async throws(LibvirtError) -> String

    func start(_ key: DomainKey) async throws(LibvirtError)
    /// Asks the guest; whether and when it obeys is another matter.
    func shutdown(_ key: DomainKey, way: ShutdownWay) async throws(LibvirtError)
    /// Pulls the plug.
    func destroy(_ key: DomainKey) async throws(LibvirtError)
    func reboot(_ key: DomainKey) async throws(LibvirtError)
    func reset(_ key: DomainKey) async throws(LibvirtError)
    func suspend(_ key: DomainKey) async throws(LibvirtError)
    func resume(_ key: DomainKey) async throws(LibvirtError)
    /// Returns as soon as the domain is in one of the states; throws `isTimedOut` when it is not within the limit.
    @discardableResult
    func wait(
        for key: DomainKey, toBe states: Set<DomainState>, within limit: Duration
    ) async throws(LibvirtError) -> DomainState

    /// Defines a domain, or changes the definition of the one with its UUID.
    @discardableResult
    func define(xml: String) async throws(LibvirtError) -> DomainRecord
    /// Forgets a domain that is shut off, with its snapshots' descriptions, its saved state, its NVRAM
    /// file and its TPM.
    func undefine(_ key: DomainKey) async throws(LibvirtError)

    /// Measures all active domains. `limit` is how long a domain that does not answer may hold the pass up.
    func statsPass(_ groups: StatsGroups, within limit: Duration) async throws(LibvirtError) -> StatsPass

    /// Newest first.
    func snapshots(of key: DomainKey) async throws(LibvirtError) -> [DomainSnapshot]
    func currentSnapshot(of key: DomainKey) async throws(LibvirtError) -> DomainSnapshot?
    func createSnapshot(
        of key: DomainKey, name: String, description: String?
    ) async throws(LibvirtError) -> DomainSnapshot
    /// Returns the state that the domain has then. `force` lets libvirt start another QEMU process where the running
    /// one cannot take the snapshot up.
    @discardableResult
    func restoreSnapshot(
        _ name: String, of key: DomainKey, force: Bool
    ) async throws(LibvirtError) -> DomainState
    func deleteSnapshot(_ name: String, of key: DomainKey) async throws(LibvirtError)

    func host() async throws(LibvirtError) -> HostInfo
}
