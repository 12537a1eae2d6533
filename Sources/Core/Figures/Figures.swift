/// What one machine used of its host during the last pass. Nil where the host or the driver tells nothing.
package struct Figures: Equatable, Sendable {
    /// Share of all of the machine's vCPUs, 0 to 100.
    package var cpuPercent: Double?
    /// Share of the time in which a vCPU was ready to run and the host had none for it, 0 to 100.
    /// Source: `vcpu.N.wait` of the bulk stats.
    package var vcpuWaitPercent: Double?
    package var memoryUsedMiB: Double?
    package var memoryTotalMiB: Double?
    /// What the balloon leaves to the guest now.
    package var balloonMiB: Double?
    /// Bytes a second.
    package var diskRead: Double?
    package var diskWrite: Double?
    package var networkReceived: Double?
    package var networkSent: Double?

    package init() {}
}

/// Figures of one machine with the time at which each group of them was measured.
package struct FiguresSample: Equatable, Sendable {
    package var machine: Machine.ID
    package var at: Timestamp
    /// When the groups that are measured less often were last measured.
    package var slowAt: Timestamp?
    package var figures: Figures

    package init(machine: Machine.ID, at: Timestamp, slowAt: Timestamp? = nil, figures: Figures) {
        self.machine = machine
        self.at = at
        self.slowAt = slowAt
        self.figures = figures
    }
}
