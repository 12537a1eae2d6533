/// What a machine is doing, as it is stored and shown. One closed set; the words are those of the API.
package enum MachineStatus: String, CaseIterable, Sendable {
    case building
    case running
    case suspended
    case off
    case updatingHardware = "updating_hardware"
    case poweringOffUpdate = "powering_off_update"
    case errorHardwareUpdate = "error_hardware_update"
    case failed

    /// Reads a stored word. `stopped`, `shutoff` and `paused` were written by other servers and mean `off` and `suspended`.
    package init?(stored: String) {
        switch stored {
        case "stopped", "shutoff": self = .off
        case "paused": self = .suspended
        default: self.init(rawValue: stored)
        }
    }

    /// Whether an operation owns the status now, so that what libvirt reports must not overwrite it.
    package var isOwnedByOperation: Bool {
        switch self {
        case .building, .updatingHardware, .poweringOffUpdate: true
        case .running, .suspended, .off, .errorHardwareUpdate, .failed: false
        }
    }
}

/// The state of a libvirt domain.
/// Source: `virDomainState`.
package enum DomainState: String, CaseIterable, Sendable {
    case noState, running, blocked, paused, shutdown, shutOff, crashed, pmSuspended

    /// The status that a machine has when its domain is in this state and no operation owns it.
    package var status: MachineStatus {
        switch self {
        case .running, .blocked, .shutdown: .running
        case .paused, .pmSuspended: .suspended
        case .shutOff, .crashed, .noState: .off
        }
    }
}
