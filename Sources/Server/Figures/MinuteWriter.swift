import Core
import Logging
import Postgres
import Synchronization

/// Gathers samples into one row a machine and minute, and writes them in batches.
final class MinuteWriter: Sendable {
    static let period = Duration.seconds(60)
    /// How many rows may wait while the database is away: an hour of a thousand machines.
    static let backlog = 60_000
    /// How many rows go into one statement.
    static let batch = 5000
    static let maintenancePeriod: Int64 = 3_600_000

    private struct State {
        var sums: [Machine.ID: FigureSum] = [:]
        var waiting: [MetricRow] = []
    }

    private let store: MetricStore
    private let clock: any WallClock
    private let log: Logger
    private let state = Mutex(State())

    init(store: MetricStore, clock: any WallClock, log: Logger) {
        self.store = store
        self.clock = clock
        self.log = log
    }

    func add(_ samples: [FiguresSample]) {
        state.withLock { state in
            for sample in samples { state.sums[sample.machine, default: FigureSum()].add(sample.figures) }
        }
    }

    /// Runs until the task is cancelled; what was gathered by then is written.
    func run() async {
        var maintained: Timestamp?
        while !Task.isCancelled {
            let now = clock.now
            if maintained.map({ now.milliseconds(since: $0) > Self.maintenancePeriod }) ?? true {
                do {
                    try await store.maintain(now: now.rawValue)
                    maintained = now
                } catch {
                    log.warning("partitions of figures cannot be kept", metadata: ["reason": "\(error.message)"])
                }
            }
            do { try await Task.sleep(for: Self.period) } catch { break }
            closeMinute(at: clock.now)
            await write()
        }
    }

    /// Turns what was gathered into rows of the minute that ends now.
    func closeMinute(at now: Timestamp) {
        let minute = now.rawValue / 60_000 * 60_000
        state.withLock { state in
            let rows = state.sums.map { $0.value.row(of: $0.key, at: minute) }
            state.sums.removeAll(keepingCapacity: true)
            // The oldest go first: newer figures are worth more.
            state.waiting = (state.waiting + rows).suffix(Self.backlog)
        }
    }

    func write() async {
        while true {
            let rows = state.withLock { Array($0.waiting.prefix(Self.batch)) }
            if rows.isEmpty { return }
            do {
                try await store.append(rows)
                state.withLock { $0.waiting.removeFirst(min(rows.count, $0.waiting.count)) }
            } catch {
                log.warning("figures cannot be written now", metadata: ["reason": "\(error.message)"])
                return
            }
        }
    }
}

/// The mean of the samples of a minute.
private struct FigureSum {
    private static let fields: [any WritableKeyPath<Figures, Double?> & Sendable] = [
        \.cpuPercent, \.vcpuWaitPercent, \.memoryUsedMiB, \.memoryTotalMiB, \.balloonMiB, \.diskRead, \.diskWrite,
        \.networkReceived, \.networkSent,
    ]
    private var sums = Array(repeating: 0.0, count: fields.count)
    private var counts = Array(repeating: 0, count: fields.count)

    mutating func add(_ figures: Figures) {
        for (index, field) in Self.fields.enumerated() {
            guard let value = figures[keyPath: field] else { continue }
            sums[index] += value
            counts[index] += 1
        }
    }

    func row(of machine: Machine.ID, at minute: Int64) -> MetricRow {
        func mean(_ index: Int) -> Double? { counts[index] == 0 ? nil : sums[index] / Double(counts[index]) }
        var row = MetricRow(machineID: machine.rawValue, at: minute)
        row.cpuPercent = mean(0)
        row.vcpuWaitPercent = mean(1)
        row.memoryUsedMiB = mean(2)
        row.memoryTotalMiB = mean(3)
        row.balloonMiB = mean(4)
        row.diskReadBytes = mean(5)
        row.diskWriteBytes = mean(6)
        row.networkReceivedBytes = mean(7)
        row.networkSentBytes = mean(8)
        return row
    }
}
