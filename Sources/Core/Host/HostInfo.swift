/// The host that the machines run on.
package struct HostInfo: Equatable, Sendable {
    package var hostname = ""
    package var cpuModel = ""
    package var cpus = 0
    package var cpuMHz = 0
    package var memoryMiB = 0
    package var memoryFreeMiB: Int?
    /// Share of all CPUs, 0 to 100; nil before the second measurement.
    package var cpuPercent: Double?
    /// `9.0.0`
    package var libvirtVersion = ""
    /// `QEMU 7.2.0`, or the test driver's name.
    package var hypervisorVersion = ""
    package var uri = ""
    package var pools: [StoragePool] = []

    package init() {}
}

package struct StoragePool: Equatable, Sendable {
    package var name: String
    package var isActive: Bool
    package var capacityBytes: Int64
    package var allocationBytes: Int64
    package var availableBytes: Int64

    package init(name: String, isActive: Bool, capacityBytes: Int64, allocationBytes: Int64, availableBytes: Int64) {
        self.name = name
        self.isActive = isActive
        self.capacityBytes = capacityBytes
        self.allocationBytes = allocationBytes
        self.availableBytes = availableBytes
    }
}

/// One of the lights that tell whether a part of Bay is reachable.
package struct LinkState: Equatable, Sendable {
    package enum Link: String, CaseIterable, Sendable { case hypervisor, events, database }
    package enum State: String, Sendable { case up, down, connecting }

    package var link: Link
    package var state: State
    /// Since when it is so.
    package var since: Timestamp
    /// Why it is down, in the words of whoever knows.
    package var reason: String?

    package init(link: Link, state: State, since: Timestamp, reason: String? = nil) {
        self.link = link
        self.state = state
        self.since = since
        self.reason = reason
    }
}
