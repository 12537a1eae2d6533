import Testing

@testable import Core

@Suite struct SimulatedFiguresTests {
    let machine = SimulatedFigures(machine: "acc-001", vcpus: 4, memoryMiB: 8192)
    /// A Wednesday at ten in the morning.
    let morning = Timestamp(iso8601: "2025-11-19T10:00:00.000Z")!

    @Test func `the same machine has the same figures at the same time`() {
        let other = SimulatedFigures(machine: "acc-001", vcpus: 4, memoryMiB: 8192)
        #expect(machine.figures(in: .running, at: morning) == other.figures(in: .running, at: morning))
        let stranger = SimulatedFigures(machine: "acc-002", vcpus: 4, memoryMiB: 8192)
        #expect(machine.figures(in: .running, at: morning) != stranger.figures(in: .running, at: morning))
    }

    @Test func `only running machines have figures, and suspended ones do nothing`() throws {
        #expect(machine.figures(in: .shutOff, at: morning) == nil)
        let paused = try #require(machine.figures(in: .paused, at: morning))
        #expect(paused.cpuPercent == 0 && paused.networkSent == 0)
        #expect(try #require(paused.memoryUsedMiB) > 0)
    }

    @Test(arguments: 0..<50)
    func `figures stay within what a machine can have`(number: Int) throws {
        let machine = SimulatedFigures(machine: "m\(number)", vcpus: 2, memoryMiB: 4096)
        for second in stride(from: 0, to: 86_400, by: 331) {
            let time = morning.adding(milliseconds: Int64(second) * 1000)
            let figures = try #require(machine.figures(in: .running, at: time))
            let cpu = try #require(figures.cpuPercent)
            #expect((0...100).contains(cpu))
            #expect((0...100).contains(try #require(figures.vcpuWaitPercent)))
            let (used, balloon) = (try #require(figures.memoryUsedMiB), try #require(figures.balloonMiB))
            #expect(used > 0 && used <= balloon && balloon <= 4096)
            for rate in [figures.diskRead, figures.diskWrite, figures.networkReceived, figures.networkSent] {
                #expect((0...500_000_000).contains(try #require(rate)))
            }
        }
    }

    @Test func `figures move from second to second, without jumps most of the time`() throws {
        var changes: [Double] = []
        for second in 0..<600 {
            let time = morning.adding(milliseconds: Int64(second) * 1000)
            let now = try #require(machine.figures(in: .running, at: time)?.cpuPercent)
            let next = try #require(machine.figures(in: .running, at: time.adding(milliseconds: 1000))?.cpuPercent)
            changes.append(abs(next - now))
        }
        #expect(changes.count { $0 > 0.01 } > 400)
        #expect(changes.count { $0 < 12 } > 500)
    }

    @Test func `a fleet works harder by day than by night`() {
        func load(_ text: String) -> Double {
            (0..<200).reduce(0.0) { sum, number in
                let machine = SimulatedFigures(machine: "m\(number)", vcpus: 2, memoryMiB: 4096)
                return sum + (machine.figures(in: .running, at: Timestamp(iso8601: text)!)?.cpuPercent ?? 0)
            }
        }
        #expect(load("2025-11-19T10:30:00.000Z") > 1.5 * load("2025-11-19T02:30:00.000Z"))
    }
}
