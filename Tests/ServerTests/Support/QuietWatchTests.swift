import Server
import Testing

@Suite struct QuietWatchTests {
    /// What the watch says after each of these spans of a second, given the milliseconds that each has taken.
    private func told(_ spans: [Int]) -> [Bool] {
        var spent = Duration.seconds(7)
        var watch = QuietWatch(spent: spent)
        return spans.map { milliseconds in
            spent += .milliseconds(milliseconds)
            return watch.hasQuietened(after: .seconds(1), spent: spent)
        }
    }

    @Test func `it tells once for each busy time`() {
        #expect(told([300, 900, 2, 3, 0, 1700, 20, 5]) == [false, false, true, false, false, false, true, false])
    }

    @Test func `a server that was never busy is left alone`() {
        #expect(told([0, 3, 20, 15]) == [false, false, false, false])
    }
}
