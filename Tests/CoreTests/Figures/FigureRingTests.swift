import Core
import Testing

@Suite struct FigureRingTests {
    private func figures(_ cpu: Double?) -> Figures {
        var figures = Figures()
        figures.cpuPercent = cpu
        figures.networkSent = 1.5
        return figures
    }

    @Test(arguments: [0, 1, 4, 5, 6, 23])
    func `a ring keeps the newest samples in order`(count: Int) {
        var ring = FigureRing(capacity: 5)
        for index in 0..<count { ring.append(figures(Double(index)), at: Timestamp(milliseconds: Int64(index))) }
        let kept = ring.samples(since: Timestamp(milliseconds: 0))
        let expected = Array(max(0, count - 5)..<count)
        #expect(kept.map { Int($0.at.rawValue) } == expected)
        #expect(kept.map { $0.figures.cpuPercent } == expected.map(Double.init))
        #expect(ring.count == expected.count)
    }

    @Test func `what was not measured stays unknown`() {
        var ring = FigureRing(capacity: 2)
        ring.append(figures(nil), at: Timestamp(milliseconds: 1))
        #expect(ring.samples(since: Timestamp(milliseconds: 0))[0].figures == figures(nil))
    }

    @Test func `older samples than asked for are left out`() {
        var ring = FigureRing(capacity: 8)
        for index in 0..<8 { ring.append(figures(1), at: Timestamp(milliseconds: Int64(index))) }
        #expect(ring.samples(since: Timestamp(milliseconds: 6)).count == 2)
    }
}
