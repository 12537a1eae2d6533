package import Core

/// One action on many machines: so many at a time, with a line for each, and another try for what failed.
package struct BulkRun: Equatable, Sendable {
    /// How many are asked for at the same time: a host that starts fifty machines at once serves none of them.
    package static let width = 4

    package let action: MachineAction
    package private(set) var ids: [Machine.ID] = []
    package private(set) var steps: [Dialog.Step] = []

    /// - Parameter machines: what each is called and why it is left out, if it is.
    init(_ action: MachineAction, _ machines: [(machine: Machine, refusal: String?)]) {
        self.action = action
        for (machine, refusal) in machines {
            ids.append(machine.id)
            steps.append(
                Dialog.Step(
                    machine.name, refusal == nil ? .waiting : .skipped, note: refusal ?? "will be \(action.passive)"))
        }
    }

    var count: Int { steps.count { $0.state == .waiting } }
    var isDone: Bool { !steps.contains { $0.state == .waiting || $0.state == .running } }
    var failures: Int { steps.count { $0.state == .failed } }

    /// The next machines to ask for, which count as running from now on.
    mutating func next() -> [Machine.ID] {
        let running = steps.count { $0.state == .running }
        let chosen = steps.indices.filter { steps[$0].state == .waiting }.prefix(max(0, Self.width - running))
        for index in chosen {
            steps[index].state = .running
            steps[index].note = ""
        }
        return chosen.map { ids[$0] }
    }

    mutating func end(_ id: Machine.ID, _ state: Dialog.Step.State, _ note: String) {
        guard let index = ids.firstIndex(of: id) else { return }
        steps[index].state = state
        steps[index].note = note
    }

    mutating func retryFailed() {
        for index in steps.indices where steps[index].state == .failed {
            steps[index].state = .waiting
            steps[index].note = "will be \(action.passive)"
        }
    }
}

extension MachineAction {
    var passive: String {
        switch self {
        case .start: "started"
        case .shutdown: "shut down"
        case .stop: "forced off"
        case .restart: "restarted"
        case .reset: "reset"
        case .suspend: "suspended"
        case .resume: "resumed"
        }
    }

    /// While it is under way.
    var gerund: String {
        switch self {
        case .start: "starting"
        case .shutdown: "stopping"
        case .stop: "forcing off"
        case .restart: "restarting"
        case .reset: "resetting"
        case .suspend: "suspending"
        case .resume: "resuming"
        }
    }
}
