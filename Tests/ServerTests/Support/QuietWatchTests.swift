import Server
import Testing

@Suite struct QuietWatchTests {
    /// What the watch says after each of these spans of a second, given the milliseconds that each has taken.
    private func told(_ spans: [Int], rest: Int = 1) -> [Bool] {
        var spent = Duration.seconds(7)
        var watch = QuietWatch(rest: .seconds(rest), spent: spent)
        return spans.map { milliseconds in
            spent += .milliseconds(milliseconds)
            return watch.hasQuietened(after: .seconds(1), spent: spent)
        }
    }

    @Test func `it tells once for each busy time`() {
        #expect(told([300, 900, 2, 3, 0, 1700, 20, 5]) == [false, false, true, false, false, false, true, false])
    }

    @Test func `the start is a busy time, however little it takes`() {
        #expect(told([0, 3, 20, 15]) == [true, false, false, false])
    }

    @Test func `a server that always has something to do is quiet when it has no more than that`() {
        #expect(told([60, 70, 50, 900, 60, 70]) == [true, false, false, false, true, false])
    }

    @Test func `the end of a short time that comes soon is told later`() {
        #expect(told([0, 900, 1, 2, 1, 1, 1], rest: 4) == [true, false, false, false, true, false, false])
    }
}
