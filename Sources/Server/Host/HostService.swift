package import Core
import Logging

/// What the host is and has, read at most once in a while however many ask.
package actor HostService {
    /// How old an answer may be.
    static let lifetimeMilliseconds: Int64 = 2000

    private let hypervisor: any HypervisorPort
    private let clock: any WallClock
    private var known: (info: HostInfo, at: Timestamp)?
    private var asking: Task<HostInfo?, Never>?

    package init(hypervisor: any HypervisorPort, clock: any WallClock) {
        self.hypervisor = hypervisor
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
