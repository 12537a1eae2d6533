import Core
import Logging

/// Measures the machines: which and how often `SamplingPlan` says. Each second's pass ends before the next begins.
final class FigureSampler: Sendable {
    static let tick = Duration.seconds(1)
    /// How long domains that do not answer may hold a pass up; the others' figures are there by then.
    static let passLimit = Duration.milliseconds(800)

    private let hypervisor: any HypervisorPort
    private let index: FleetIndex
    private let board: FigureBoard
    private let minutes: MinuteWriter
    private let periods: StatsPeriods
    private let clock: any WallClock
    private let log: Logger

    init(
        hypervisor: any HypervisorPort, index: FleetIndex, board: FigureBoard, minutes: MinuteWriter,
        periods: StatsPeriods, clock: any WallClock, log: Logger
    ) {
        self.periods = periods
        self.hypervisor = hypervisor
        self.index = index
        self.board = board
        self.minutes = minutes
        self.clock = clock
        self.log = log
    }

    /// A domain's meter, and when its groups were last measured by the time of day.
    fileprivate struct Track {
        var meter = FiguresMeter()
        var at: Timestamp?
        var slowAt: Timestamp?
    }

    /// Runs until the task is cancelled.
    func run() async {
        var tracks: [String: Track] = [:]
        let timer = ContinuousClock()
        var next = timer.now
        var tick = 0
        while !Task.isCancelled {
            if hypervisor.link.state == .up {
                let plan = SamplingPlan(
                    tick: tick, watched: board.watched.count, hasReaders: board.hasReaders, periods: periods)
                if plan.scope != .nothing { await pass(plan, &tracks) }
                tick += 1
            }
            // A pass that took longer than its second makes the next one late; ticks that were missed are not made up.
            next = max(next.advanced(by: Self.tick), timer.now)
            do { try await timer.sleep(until: next) } catch { return }
        }
    }

    private func pass(_ plan: SamplingPlan, _ tracks: inout [String: Track]) async {
        // A machine that is new here is measured in full at once: its CPU share needs to know how many vCPUs it has.
        let hasNew = index.active().contains { tracks[$0.uuid] == nil }
        let outcome: StatsPass
        do {
            outcome = try await hypervisor.statsPass(
                plan.includesSlowGroups || hasNew ? .full : .quick, within: Self.passLimit)
        } catch {
            log.debug("no figures", metadata: ["reason": "\(error)"])
            return
        }
        let now = clock.now
        let active = index.active()
        var samples: [FiguresSample] = []
        samples.reserveCapacity(active.count)
        for (id, uuid) in active {
            tracks[uuid, default: Track()].add(outcome.counters[uuid] ?? RawCounters(), at: now)
            if let sample = tracks[uuid]?.sample(of: id) { samples.append(sample) }
        }
        if tracks.count > active.count * 2 + 16 {
            let known = Set(active.map(\.uuid))
            tracks = tracks.filter { known.contains($0.key) }
        }
        board.record(samples, isFull: plan.scope == .all)
        minutes.add(samples)
    }
}

extension FigureSampler.Track {
    fileprivate mutating func add(_ raw: RawCounters, at now: Timestamp) {
        meter.add(raw)
        if raw.cpu != nil || raw.networks != nil { at = now }
        if raw.memory != nil || raw.disks != nil { slowAt = now }
    }

    fileprivate func sample(of machine: Machine.ID) -> FiguresSample? {
        at.map { FiguresSample(machine: machine, at: $0, slowAt: slowAt, figures: meter.figures) }
    }
}
