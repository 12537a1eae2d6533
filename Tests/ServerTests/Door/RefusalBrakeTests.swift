import Core
import Testing

@testable import Server

@Suite struct RefusalBrakeTests {
    private let brake = RefusalBrake(clock: SystemClock())
    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test func `thirty refusals at once are free, and then they come one in a tenth of a second`() {
        for _ in 0..<30 { #expect(brake.wait(of: "a", at: at(0)) == 0) }
        for turn in 1...10 { #expect(brake.wait(of: "a", at: at(0)) == Int64(turn) * 100) }
        // Nobody waits longer than a second, and nobody else waits at all.
        for _ in 0..<1000 { #expect(brake.wait(of: "a", at: at(0)) == 1000) }
        #expect(brake.wait(of: "b", at: at(0)) == 0)
        #expect(brake.wait(of: "a", at: at(5000)) == 0)
    }

    @Test func `it keeps a bounded number of addresses in mind`() {
        for number in 0..<25_000 { #expect(brake.wait(of: "\(number)", at: at(0)) == 0) }
        #expect(brake.size <= 10_000)
    }
}
