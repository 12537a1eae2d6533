/// Errors on their way to the table: collapsed, bounded, and let through at a limited rate, so that a flood of them costs
/// neither memory nor the database.
package struct ErrorIntake: Equatable, Sendable {
    /// How many different errors may wait.
    package static let capacity = 200
    /// How many different errors go on at once, and how many a minute in the long run.
    package static let burst = 60
    package static let perMinute = 30

    package struct Waiting: Equatable, Sendable {
        package var report: ErrorReport
        package var count: Int
        package var last: Timestamp
    }

    private var waiting: [Waiting] = []
    private var places: [String: Int] = [:]
    /// Errors of which nothing but their number is kept.
    private var lost = 0
    private var tokens = Double(burst)
    private var refilled: Timestamp?

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty && lost == 0 }

    package mutating func add(_ report: ErrorReport, at now: Timestamp) {
        let print = report.print
        if let place = places[print] {
            waiting[place].count += 1
            waiting[place].last = now
        } else if waiting.count < Self.capacity {
            places[print] = waiting.count
            waiting.append(Waiting(report: report, count: 1, last: now))
        } else {
            lost += 1
        }
    }

    /// What may be written now. What exceeds the rate is only counted, and told of by one error of its own.
    package mutating func take(at now: Timestamp) -> [Waiting] {
        refill(at: now)
        let allowed = min(waiting.count, Int(tokens))
        tokens -= Double(allowed)
        var taken = Array(waiting.prefix(allowed))
        lost += waiting.dropFirst(allowed).reduce(0) { $0 + $1.count }
        waiting = []
        places = [:]
        if lost > 0 {
            let report = ErrorReport(
                "errors came faster than they are recorded", code: "ERROR_FLOOD", severity: .high)
            taken.append(Waiting(report: report, count: lost, last: now))
            lost = 0
        }
        return taken
    }

    /// Takes back what could not be written.
    package mutating func giveBack(_ taken: [Waiting]) {
        for old in taken {
            let print = old.report.print
            if let place = places[print] {
                waiting[place].count += old.count
            } else if waiting.count < Self.capacity {
                places[print] = waiting.count
                waiting.append(old)
                tokens = min(Double(Self.burst), tokens + 1)
            } else {
                lost += old.count
            }
        }
    }

    private mutating func refill(at now: Timestamp) {
        let passed = refilled.map { Double(max(0, now.milliseconds(since: $0))) } ?? 0
        tokens = min(Double(Self.burst), tokens + passed / 60_000 * Double(Self.perMinute))
        refilled = now
    }
}
