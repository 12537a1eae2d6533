import Core
import Testing

@Suite struct MachineCountsTests {
    @Test func `counts add up over every status`() {
        let machines = MachineStatus.allCases.enumerated().map { index, status in
            Machine(id: .init("\(index)"), name: "m", internalName: "m", status: status)
        }
        let counts = MachineCounts(of: machines)
        #expect(counts.total == MachineStatus.allCases.count)
        #expect(counts.running + counts.suspended + counts.off + counts.other == counts.total)
        #expect(counts.running == 1 && counts.suspended == 1 && counts.off == 1)
    }
}
