/// Which figures are measured at which tick of the sampler's clock (one second).
///
/// What a group costs in QEMU decides: CPU and network come from the kernel, block and balloon need the monitor.
/// Measured: state, CPU and network 1.3 ms a domain, all five groups 6 ms.
package struct SamplingPlan: Equatable, Sendable {
    package enum Scope: Equatable, Sendable {
        case nothing
        /// Only machines that somebody looks at.
        case watched
        case all
    }

    package var scope: Scope
    /// Whether the dear groups, block and balloon, are measured too.
    package var includesSlowGroups: Bool

    /// Ticks between passes over all machines while a reader is there, and while there is none.
    package static let fullPeriod = 5
    package static let idlePeriod = 15
    /// Dear groups are measured in one of so many passes of their scope.
    package static let slowEvery = 4

    /// - Parameter tick: seconds since the sampler started.
    package init(tick: Int, watched: Int, hasReaders: Bool) {
        let period = hasReaders ? Self.fullPeriod : Self.idlePeriod
        if tick % period == 0 {
            scope = .all
            includesSlowGroups = tick / period % Self.slowEvery == 0
        } else if watched > 0 {
            scope = .watched
            includesSlowGroups = tick % Self.slowEvery == 0
        } else {
            scope = .nothing
            includesSlowGroups = false
        }
    }
}
