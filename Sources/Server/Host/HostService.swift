package import Core
import Logging

/// What the host is and has, read at most once in a while however many ask.
package actor HostService {
    /// How old an answer may be.
    static let lifetimeMilliseconds: Int64 = 2000

    private let hypervisor: any HypervisorPort
    private let store: HostStore
    private let clock: any WallClock
    private var known: (info: HostInfo, at: Timestamp)?
    private var asking: Task<HostInfo?, Never>?

    package init(hypervisor: any HypervisorPort, store: HostStore, clock: any WallClock) {
        self.hypervisor = hypervisor
        self.store = store
        self.clock = clock
    }

    /// Nil when the hypervisor cannot be asked and never could be; else what is known, which the light gives its age.
    package func info() async -> HostInfo? {
        if let known, clock.now.milliseconds(since: known.at) < Self.lifetimeMilliseconds { return known.info }
        if let asking { return await asking.value ?? known?.info }
        let task = Task { [hypervisor] in
            do { return try await hypervisor.host() as HostInfo? } catch { return nil }
        }
        asking = task
        let answer = await task.value
        asking = nil
        if let answer { known = (answer, clock.now) }
        return answer ?? known?.info
    }
}

extension HostService {
    /// Where libvirt keeps disks on a host that has no storage pool yet.
    private static let standardDiskPath = "/var/lib/libvirt/images"

    /// What the host has and what is promised of it. Throws `HostError` rather than to make numbers up.
    package func resources() async throws -> HostResources {
        guard let host = await info() else {
            let reason = hypervisor.link.reason ?? "the hypervisor is not connected yet"
            throw HostError.hypervisorUnavailable(reason: reason)
        }
        var resources = HostResources(host, promised: try await store.promises())
        if resources.disk == nil {
            do throws(LibvirtError) {
                resources.disk = try await hypervisor.fileSystem(holding: Self.standardDiskPath)
            } catch { throw HostError(error) }
        }
        return resources
    }

    /// The host's display controllers that no machine was given.
    package func freeGPUs() async throws -> [HostGPU] {
        let assigned = try await store.assignedGPUs()
        do throws(LibvirtError) {
            return try await hypervisor.gpus().filter { !assigned.contains($0.address) }
        } catch { throw HostError(error) }
    }
}

extension HostError {
    init(_ error: LibvirtError) {
        self =
            error.isConnectionLost
            ? .hypervisorUnavailable(reason: error.description) : .hypervisor(reason: error.description)
    }
}
