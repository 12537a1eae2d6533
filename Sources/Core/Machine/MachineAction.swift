/// What can be done to a machine's power.
///
/// `shutdown` asks the guest, `stop` pulls the plug, `restart` is a shutdown with a start behind it, `reset` is the button.
package enum MachineAction: String, CaseIterable, Sendable {
    case start, shutdown, stop, restart, reset, suspend, resume

    /// The verb in a sentence: `cannot force off web-1 because ...`.
    package var verb: String {
        switch self {
        case .stop: "force off"
        case .shutdown: "shut down"
        default: rawValue
        }
    }

    /// The word of the event that records it.
    package var eventAction: String {
        switch self {
        case .start: "power_on"
        case .shutdown: "power_off"
        case .stop: "force_power_off"
        case .restart: "restart"
        case .reset: "reset"
        case .suspend: "suspend"
        case .resume: "resume"
        }
    }

    /// The status that the machine has when the action is done.
    package var goal: MachineStatus {
        switch self {
        case .start, .restart, .reset, .resume: .running
        case .shutdown, .stop: .off
        case .suspend: .suspended
        }
    }

    /// Whether work in the guest may be lost.
    package var isHarmful: Bool { self == .stop || self == .reset }
}

/// What becomes of an action on a machine in its present state.
package enum MachineActionPlan: Equatable, Sendable {
    /// It is to be done.
    case perform
    /// The machine is in that state already: an answer, not a failure.
    case already(String)
    case refused(String)
}

extension Machine {
    /// Decides what `action` means for this machine now. Nothing is done yet.
    ///
    /// The console greys out what is refused here, and the server asks again before it acts: one rule, two readers.
    package func plan(_ action: MachineAction) -> MachineActionPlan {
        guard isManaged else { return .refused("not adopted yet: adopt it first") }
        if hasDomain == false { return .refused("its domain is missing in libvirt") }
        if status.isOwnedByOperation { return .refused("it is \(status.words)") }
        switch (action, status) {
        case (.start, .running): return .already("already running")
        // Bay's front ends know one "on" key: it wakes a suspended machine too.
        case (.start, .suspended), (.start, _): return .perform
        case (.resume, .suspended): return .perform
        case (.resume, .running): return .already("already running")
        case (.resume, _): return .refused("it is \(status.words), not suspended")
        case (.shutdown, .running): return .perform
        case (.shutdown, .suspended): return .refused("it is suspended and cannot hear a shutdown: resume it first")
        case (.shutdown, _), (.stop, .off), (.stop, .failed), (.stop, .errorHardwareUpdate):
            return .already("already off")
        case (.stop, _): return .perform
        case (.restart, .running): return .perform
        case (.restart, .suspended): return .refused("it is suspended and cannot hear a shutdown: resume it first")
        case (.restart, _): return .refused("it is \(status.words): start it instead")
        case (.reset, .running): return .perform
        case (.reset, _): return .refused("it is \(status.words), not running")
        case (.suspend, .running): return .perform
        case (.suspend, .suspended): return .already("already suspended")
        case (.suspend, _): return .refused("it is \(status.words), not running")
        }
    }

    /// Why `action` does nothing now, or nil when it would do something.
    package func refusal(_ action: MachineAction) -> String? {
        switch plan(action) {
        case .perform: nil
        case .already(let reason), .refused(let reason): reason
        }
    }
}

extension MachineStatus {
    /// The status in words for people.
    package var words: String {
        switch self {
        case .building: "being built"
        case .running: "running"
        case .suspended: "suspended"
        case .off: "off"
        case .updatingHardware: "changing its hardware"
        case .poweringOffUpdate: "powering off for a hardware change"
        case .errorHardwareUpdate: "off after a failed hardware change"
        case .failed: "failed"
        }
    }
}

/// Why an operation on a machine did not happen. Whoever switches over it has seen every reason.
package enum MachineError: Error, Equatable {
    case notFound
    case invalid(String)
    case refused(MachineAction, because: String)
    /// Another operation holds the machine.
    case busy(with: String)
    case departmentNotFound
    case userNotFound
    /// There is nothing for a viewer to connect to.
    case noScreen(because: String)
    /// The guest was asked and did not stop in time.
    case timedOut(MachineAction, seconds: Int)
    case hypervisorUnavailable(reason: String)
    case hypervisor(reason: String)
    /// It was done, but nothing of it is in the records.
    case unrecorded(String)

    /// One line, lower case, no full stop.
    package var message: String {
        switch self {
        case .notFound: "machine not found"
        case .invalid(let reason): reason
        case .refused(let action, let reason): "cannot \(action.verb): \(reason)"
        case .busy(let other): "not now: the machine is busy with another operation (\(other))"
        case .departmentNotFound: "department not found"
        case .userNotFound: "user not found"
        case .noScreen(let reason): "the machine has no screen now: \(reason)"
        case .timedOut(let action, let seconds):
            "asked the guest to \(action.verb), but it was still running after \(seconds) s"
        case .hypervisorUnavailable(let reason): "the hypervisor cannot be reached: \(reason)"
        case .hypervisor(let reason): "the hypervisor could not do it: \(reason)"
        case .unrecorded(let what): "\(what), but it could not be recorded"
        }
    }
}
