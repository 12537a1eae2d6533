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

    /// - Parameter tick: seconds since the sampler started.
    package init(tick: Int, watched: Int, hasReaders: Bool, periods: StatsPeriods = StatsPeriods()) {
        let period = hasReaders ? periods.all : periods.idle
        if tick % period == 0 {
            scope = .all
            includesSlowGroups = tick / period % periods.slowEvery == 0
        } else if watched > 0 {
            scope = .watched
            includesSlowGroups = tick % periods.slowEvery == 0
        } else {
            scope = .nothing
            includesSlowGroups = false
        }
    }
}
