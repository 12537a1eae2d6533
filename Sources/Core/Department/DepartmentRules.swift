/// How many machines of a department are in which state: what a collapsed department shows.
package struct MachineCounts: Equatable, Sendable {
    package var total = 0
    package var running = 0
    package var suspended = 0
    package var off = 0
    /// Failed, or held by an operation.
    package var other = 0

    package init() {}

    package init(of machines: some Sequence<Machine>) {
        for machine in machines { add(machine.status) }
    }

    package mutating func add(_ status: MachineStatus, _ count: Int = 1) {
        total += count
        switch status {
        case .running: running += count
        case .suspended: suspended += count
        case .off: off += count
        case .building, .updatingHardware, .poweringOffUpdate, .errorHardwareUpdate, .failed: other += count
        }
    }
}

/// Why an operation on a department did not happen.
package enum DepartmentError: Error, Equatable {
    case notFound
    case invalidName(String)
    case nameTaken(String)
    case notEmpty(machines: Int)

    package var message: String {
        switch self {
        case .notFound: "department not found"
        case .invalidName(let reason): reason
        case .nameTaken(let name): "a department named \"\(name)\" exists already"
        case .notEmpty(let count):
            "the department still has \(count) \(count == 1 ? "machine" : "machines"): move them first"
        }
    }
}

/// What departments may be. Each function says what is wrong with a value.
package enum DepartmentRules {
    package static func problem(name: String) -> String? { NameRule.problem(name, of: "department") }
}
