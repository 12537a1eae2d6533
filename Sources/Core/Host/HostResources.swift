/// What the host has, what is promised to machines, and what can be had now.
package struct HostResources: Equatable, Sendable {
    /// What was promised to machines.
    package struct Promises: Equatable, Sendable {
        /// vCPUs and memory of the machines that are on.
        package var vcpus = 0
        package var memoryGB = 0
        /// Disks of all machines, whether they fill them or not.
        package var diskGB = 0

        package init(vcpus: Int = 0, memoryGB: Int = 0, diskGB: Int = 0) {
            self.vcpus = vcpus
            self.memoryGB = memoryGB
            self.diskGB = diskGB
        }
    }

    package var cpus: Int
    package var memoryMiB: Int
    package var memoryAvailableMiB: Int
    /// Of the place where the disks of machines are; nil when the host has none.
    package var disk: StoragePool?
    package var promised: Promises

    package init(_ host: HostInfo, promised: Promises) {
        cpus = host.cpus
        memoryMiB = host.memoryMiB
        // A driver that cannot tell leaves what is not promised.
        memoryAvailableMiB = host.memoryFreeMiB ?? max(0, host.memoryMiB - promised.memoryGB * 1024)
        disk = Self.pool(of: host)
        self.promised = promised
    }

    /// The pool that new machines get their disks from.
    package static func pool(of host: HostInfo) -> StoragePool? {
        let active = host.pools.filter(\.isActive)
        return active.first { $0.name == "default" } ?? active.first
    }

    /// The most vCPUs to give to one machine: all but one, which the host needs for itself. They are shared, so it does
    /// not matter how many others have.
    package var availableCPUs: Int { max(1, cpus - 1) }

    /// In GiB with one decimal.
    package static func gibibytes(mebibytes: Int) -> Double { (Double(mebibytes) / 1024 * 10).rounded() / 10 }
    package static func gibibytes(bytes: Int64) -> Double { (Double(bytes) / 1_073_741_824 * 10).rounded() / 10 }
}

/// Why the host could not be asked.
package enum HostError: Error, Equatable {
    case hypervisorUnavailable(reason: String)
    case hypervisor(reason: String)

    package var message: String {
        switch self {
        case .hypervisorUnavailable(let reason): "the hypervisor cannot be reached: \(reason)"
        case .hypervisor(let reason): "the hypervisor could not do it: \(reason)"
        }
    }
}
