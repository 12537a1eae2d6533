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
        // What will be done comes first: a long list is cut at its end.
        for (machine, refusal) in machines.filter({ $0.refusal == nil }) + machines.filter({ $0.refusal != nil }) {
            ids.append(machine.id)
            steps.append(
                Dialog.Step(
                    machine.name, refusal == nil ? .waiting : .skipped, note: refusal ?? "will be \(action.passive)"))
        }
    }

    /// How many are asked for in all, without those that are left out.
    var count: Int { steps.count { $0.state != .skipped } }
    var done: Int { steps.count { $0.state == .done } }
    /// Whether anything was asked for yet: until then it is a preview.
    var hasBegun: Bool { steps.contains { $0.state != .skipped && $0.state != .waiting } }
    var isRunning: Bool { hasBegun && !isDone }
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

    /// Ends everything that has not ended: nobody can be asked any more.
    mutating func lose() {
        for index in steps.indices where steps[index].state == .waiting || steps[index].state == .running {
            steps[index].note =
                steps[index].state == .waiting
                ? "not asked: the connection was lost" : "the connection was lost; what became of it is not known"
            steps[index].state = .failed
        }
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
