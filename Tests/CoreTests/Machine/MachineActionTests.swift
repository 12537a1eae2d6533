import Core
import Testing

@Suite struct MachineActionTests {
    private func machine(_ status: MachineStatus) -> Machine {
        Machine(id: .init("m"), name: "web", internalName: "web", status: status)
    }

    @Test(arguments: [
        (MachineAction.start, MachineStatus.off), (.start, .suspended), (.start, .failed),
        (.start, .errorHardwareUpdate), (.resume, .suspended), (.shutdown, .running), (.stop, .running),
        (.stop, .suspended), (.restart, .running), (.reset, .running), (.suspend, .running),
    ])
    func `an action that changes something is performed`(action: MachineAction, status: MachineStatus) {
        #expect(machine(status).plan(action) == .perform)
    }

    @Test(arguments: [
        (MachineAction.start, MachineStatus.running, "already running"), (.resume, .running, "already running"),
        (.shutdown, .off, "already off"), (.stop, .off, "already off"), (.suspend, .suspended, "already suspended"),
    ])
    func `what is so already is an answer`(action: MachineAction, status: MachineStatus, words: String) {
        #expect(machine(status).plan(action) == .already(words))
        #expect(machine(status).refusal(action) == words)
    }

    @Test(arguments: [
        (MachineAction.resume, MachineStatus.off), (.shutdown, .suspended), (.restart, .off), (.restart, .suspended),
        (.reset, .off), (.reset, .suspended), (.suspend, .off),
    ])
    func `what makes no sense is refused with a reason`(action: MachineAction, status: MachineStatus) {
        guard case .refused(let reason) = machine(status).plan(action) else {
            Issue.record("\(action) on \(status) is not refused")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test(arguments: MachineAction.allCases)
    func `a status that an operation owns refuses every action`(action: MachineAction) {
        for status in MachineStatus.allCases where status.isOwnedByOperation {
            #expect(machine(status).plan(action) == .refused("it is \(status.words)"))
        }
    }

    @Test(arguments: MachineAction.allCases)
    func `a domain that nobody adopted is never changed`(action: MachineAction) {
        var domain = machine(.running)
        domain.isManaged = false
        #expect(domain.plan(action) == .refused("not adopted yet: adopt it first"))
    }

    @Test(arguments: MachineAction.allCases)
    func `a performed action leads where its goal says`(action: MachineAction) {
        for status in MachineStatus.allCases where machine(status).plan(action) == .perform {
            var after = machine(status)
            after.status = action.goal
            if case .refused = after.plan(action), action != .resume, action != .restart, action != .reset {
                Issue.record("\(action) leads from \(status) to a state that refuses it")
            }
        }
    }

    @Test func `words of other servers are read`() {
        #expect(MachineStatus(stored: "stopped") == .off)
        #expect(MachineStatus(stored: "paused") == .suspended)
        #expect(MachineStatus(stored: "updating_hardware") == .updatingHardware)
        #expect(MachineStatus(stored: "gone") == nil)
    }
}
