import Testing

@testable import Libvirt

@Suite struct HostProgramTests {
    @Test func `a program gets more than a pipe holds, and what it says comes back`() {
        let input = String(repeating: "0123456789abcde\n", count: 65_536)
        #expect(runProgram(["wc", "-c"], input: input)?.filter(\.isNumber) == "1048576")
        #expect(runProgram(["seq", "1", "100000"], input: "")?.utf8.count == 588_895)
        #expect(runProgram(["true"], input: "") == "")
    }

    @Test func `a program that fails, is not there or does not end has said nothing`() {
        #expect(runProgram(["sh", "-c", "echo something; exit 3"], input: "") == nil)
        #expect(runProgram(["no-such-program-anywhere"], input: "") == nil)
        #expect(runProgram(["sleep", "600"], input: "", within: .milliseconds(20)) == nil)
    }

    @Test func `packets that did not come are counted by the gaps in their numbers`() {
        var lost = LostPackets()
        lost.note([7, 8, 9])
        #expect(lost.take() == 0)
        lost.note([12])
        lost.note([13, 20])
        #expect(lost.take() == 8 && lost.take() == 0)
        // Numbers begin anew, and what comes in another order is no loss.
        lost.note([.max, 0, 1])
        _ = lost.take()
        lost.note([0])
        lost.add(3)
        #expect(lost.take() == 3)
    }
}
