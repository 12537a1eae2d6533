import Core
import JSON
import Testing

@Suite struct ErrorIntakeTests {
    private let start = Timestamp(milliseconds: 1_790_000_000_000)

    private func report(_ message: String) -> ErrorReport {
        ErrorReport(message, code: "INTERNAL_ERROR", severity: .high)
    }

    @Test func `an error that comes again is one with a count`() {
        var intake = ErrorIntake()
        for number in 0..<500 {
            intake.add(report("row \(number) is no row"), at: start.adding(milliseconds: Int64(number)))
        }
        intake.add(report("something else"), at: start)
        let taken = intake.take(at: start)
        #expect(taken.map(\.count) == [500, 1])
        #expect(taken[0].last == start.adding(milliseconds: 499) && taken[0].report.message == "row 0 is no row")
        #expect(intake.isEmpty)
    }

    @Test func `machines and severities tell errors apart`() {
        var other = report("it failed")
        other.severity = .critical
        let ofMachine = ErrorReport("it failed", code: "INTERNAL_ERROR", severity: .high, machineID: .init("m"))
        #expect(Set([report("it failed"), other, ofMachine].map(\.print)).count == 3)
        #expect(ofMachine.context["machineId"] == "m")
    }

    @Test func `a flood of different errors is bounded and said to have been one`() {
        var intake = ErrorIntake()
        let words = (0..<10_000).map { number in "failure " + String(number, radix: 2).map { $0 == "0" ? "a" : "b" } }
        for word in words { intake.add(report(word), at: start) }
        let taken = intake.take(at: start)
        #expect(taken.count == ErrorIntake.burst + 1)
        #expect(taken.last?.report.code == "ERROR_FLOOD")
        #expect(taken.reduce(0) { $0 + $1.count } == 10_000, "each one is counted somewhere")
        // Half a minute later half of a minute's ration is there.
        for word in words.prefix(100) { intake.add(report(word), at: start) }
        #expect(intake.take(at: start.adding(milliseconds: 30_000)).count == ErrorIntake.perMinute / 2 + 1)
    }

    @Test func `what could not be written waits without growing`() {
        var intake = ErrorIntake()
        intake.add(report("x"), at: start)
        let taken = intake.take(at: start)
        intake.add(report("x"), at: start)
        intake.giveBack(taken)
        #expect(intake.take(at: start).map(\.count) == [2])
    }

    @Test func `a message has no secret and an end`() {
        let long = ErrorReport(
            "postgresql://bay:s3cret@db " + String(repeating: "x", count: 5000), code: "X", severity: .low)
        #expect(long.message.count == ErrorReport.longestMessage && !long.message.contains("s3cret"))
    }
}
