/// Figures that look like those of an office desktop, for a fleet that is only made up.
///
/// They depend on the machine's id and the time alone: every reader sees the same, and a restart goes on where it stopped.
package struct SimulatedFigures: Sendable {
    package let vcpus: Int
    package let memoryMiB: Int
    private let seed: UInt64
    /// How hard this machine's user works it, 0 to 1; the same for its whole life.
    private let temper: Double

    package init(machine: String, vcpus: Int, memoryMiB: Int) {
        self.vcpus = max(1, vcpus)
        self.memoryMiB = max(64, memoryMiB)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in machine.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        seed = Self.mixed(hash)
        temper = Self.fraction(Self.mixed(seed &+ 1))
    }

    /// The machine's figures at that time; nil when it has none because it does not run. A suspended one keeps its memory
    /// and does nothing.
    package func figures(in state: DomainState, at time: Timestamp) -> Figures? {
        switch state {
        case .running, .blocked, .shutdown: return running(at: time)
        case .paused, .pmSuspended:
            var figures = running(at: time)
            figures.cpuPercent = 0
            figures.vcpuWaitPercent = 0
            (figures.diskRead, figures.diskWrite) = (0, 0)
            (figures.networkReceived, figures.networkSent) = (0, 0)
            return figures
        case .shutOff, .crashed, .noState: return nil
        }
    }

    private func running(at time: Timestamp) -> Figures {
        let day = officeHours(time)
        let cpuBurst = burst(time, lane: 1, period: 90_000)
        let diskBurst = burst(time, lane: 2, period: 120_000)
        let networkBurst = burst(time, lane: 3, period: 75_000)
        let quick = noise(time, lane: 4, period: 3000)
        let slow = noise(time, lane: 5, period: 45_000)

        let base = 2 + day * (6 + 22 * temper) * (0.4 + 1.2 * slow)
        let cpu = min(100, base * (0.55 + 0.9 * quick) + cpuBurst * (35 + 60 * temper))
        let usedShare = 0.22 + 0.3 * temper + 0.18 * day + 0.12 * noise(time, lane: 6, period: 600_000)
        // The host takes memory back from the quieter half of the fleet.
        let balloonShare = temper > 0.5 ? 1.0 : 0.75 + 0.25 * day

        var figures = Figures()
        figures.cpuPercent = cpu
        figures.vcpuWaitPercent = max(0, cpu - 55) * 0.12 * noise(time, lane: 7, period: 8000)
        figures.memoryTotalMiB = Double(memoryMiB)
        figures.balloonMiB = Double(memoryMiB) * balloonShare
        figures.memoryUsedMiB = Double(memoryMiB) * min(usedShare, balloonShare - 0.05)
        figures.diskRead = 4096 + (day * 300_000 * quick + diskBurst * 45_000_000) * (0.3 + temper)
        figures.diskWrite =
            8192 + (day * 500_000 * slow + diskBurst * 22_000_000 * quick + cpuBurst * 4_000_000) * (0.3 + temper)
        figures.networkReceived = 900 + (day * 220_000 * quick + networkBurst * 11_000_000) * (0.3 + temper)
        figures.networkSent = 600 + (day * 60_000 * slow + networkBurst * 1_400_000 * quick) * (0.3 + temper)
        return figures
    }

    // MARK: Shapes

    /// 0 at night, 1 in the middle of the working day, with slopes between; each machine's user keeps hours of his own.
    /// It never falls below a fifth, so that something moves at any hour.
    private func officeHours(_ time: Timestamp) -> Double {
        let shift = (Self.fraction(Self.mixed(seed &+ 2)) - 0.5) * 3
        let hour = Double(time.rawValue.modulo(86_400_000)) / 3_600_000 + shift
        let morning = Self.smooth((hour - 6.5) / 2.5)
        let evening = 1 - Self.smooth((hour - 16.5) / 3)
        let lunch = 1 - 0.45 * Self.smooth(1 - abs(hour - 12.3) / 0.9)
        return 0.2 + 0.8 * morning * evening * lunch
    }

    /// A smooth wave through random heights that are `period` milliseconds apart, 0 to 1.
    private func noise(_ time: Timestamp, lane: UInt64, period: Int64) -> Double {
        let step = time.rawValue.floorDivided(by: period)
        let part = Double(time.rawValue - step * period) / Double(period)
        let (from, to) = (height(step, lane), height(step + 1, lane))
        return from + (to - from) * Self.smooth(part)
    }

    /// Now and then, work at full power: a rise, a plateau, a fall within one of six periods.
    private func burst(_ time: Timestamp, lane: UInt64, period: Int64) -> Double {
        let offset = Int64(seed &>> (lane * 8) & 0xFFFF)
        let shifted = time.rawValue + offset
        let step = shifted.floorDivided(by: period)
        guard height(step, lane) < 0.12 + 0.1 * temper else { return 0 }
        let part = Double(shifted - step * period) / Double(period)
        return Self.smooth(part / 0.12) * (1 - Self.smooth((part - 0.35) / 0.2))
    }

    private func height(_ step: Int64, _ lane: UInt64) -> Double {
        Self.fraction(Self.mixed(seed ^ Self.mixed(UInt64(bitPattern: step) &* 0x9E37_79B9 &+ lane)))
    }

    /// From 0 to 1 without a corner; flat outside.
    private static func smooth(_ x: Double) -> Double {
        let x = min(1, max(0, x))
        return x * x * (3 - 2 * x)
    }

    private static func fraction(_ bits: UInt64) -> Double { Double(bits &>> 11) / Double(1 << 53) }

    /// Source: the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z &>> 31
    }
}

extension Int64 {
    fileprivate func modulo(_ divisor: Int64) -> Int64 { self - floorDivided(by: divisor) * divisor }
}
