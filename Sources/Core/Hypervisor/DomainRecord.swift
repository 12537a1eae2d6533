/// How a domain is found: libvirt keeps both unique on a host. The UUID never changes; a name may be given again.
package enum DomainKey: Hashable, Sendable, CustomStringConvertible {
    case uuid(String)
    case name(String)

    package var description: String {
        switch self {
        case .uuid(let uuid): uuid
        case .name(let name): name
        }
    }
}

/// One domain of the host, as one bulk call tells it.
package struct DomainRecord: Equatable, Sendable {
    /// Lower case.
    package var uuid: String
    package var name: String
    /// Libvirt's number of this run: it is another one after each start. Nil while the domain is not active.
    package var runID: Int?
    package var state: DomainState
    /// Why it is in that state. Source: `virDomain*Reason`, whose meaning depends on the state.
    package var reason: Int

    package init(uuid: String, name: String, runID: Int? = nil, state: DomainState, reason: Int = 0) {
        self.uuid = uuid
        self.name = name
        self.runID = runID
        self.state = state
        self.reason = reason
    }
}

extension DomainState {
    /// Source: `virDomainState`.
    package init(libvirt number: Int) {
        self =
            switch number {
            case 1: .running
            case 2: .blocked
            case 3: .paused
            case 4: .shutdown
            case 5: .shutOff
            case 6: .crashed
            case 7: .pmSuspended
            default: .noState
            }
    }

    /// Whether the domain has a process on the host.
    package var isActive: Bool {
        switch self {
        case .running, .blocked, .paused, .shutdown, .pmSuspended: true
        case .shutOff, .crashed, .noState: false
        }
    }
}

/// What a domain is made of, read from its XML. Asked once for a domain, since it costs a call of its own.
package struct DomainDetails: Equatable, Sendable {
    package var description: DomainDescription
    /// A domain that is not persistent is gone when it stops.
    package var isPersistent: Bool
    package var startsWithHost: Bool

    package init(description: DomainDescription, isPersistent: Bool, startsWithHost: Bool) {
        self.description = description
        self.isPersistent = isPersistent
        self.startsWithHost = startsWithHost
    }
}
