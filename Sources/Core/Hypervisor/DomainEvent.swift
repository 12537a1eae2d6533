/// One step in a domain's life, as libvirt reports it.
package struct DomainEvent: Equatable, Sendable {
    /// Source: `virDomainEventType`.
    package enum Kind: String, CaseIterable, Sendable {
        case defined, undefined, started, suspended, resumed, stopped, shutdown, pmSuspended, crashed

        package init?(libvirt number: Int) {
            guard Self.allCases.indices.contains(number) else { return nil }
            self = Self.allCases[number]
        }

        /// The state that the domain has after it; nil where the event says nothing of power.
        package var state: DomainState? {
            switch self {
            case .defined, .undefined: nil
            case .started, .resumed: .running
            case .suspended: .paused
            case .shutdown: .shutdown
            case .stopped: .shutOff
            case .pmSuspended: .pmSuspended
            case .crashed: .crashed
            }
        }
    }

    package var uuid: String
    package var name: String
    package var kind: Kind
    /// Source: the `virDomainEvent…DetailType` of the kind.
    package var detail: Int
    package var at: Timestamp

    package init(uuid: String, name: String, kind: Kind, detail: Int = 0, at: Timestamp) {
        self.uuid = uuid
        self.name = name
        self.kind = kind
        self.detail = detail
        self.at = at
    }

    /// The cause in words for people; nil where the kind says it all.
    package var cause: String? {
        switch (kind, detail) {
        case (.stopped, 0): "shut down by the guest"
        case (.stopped, 1): "powered off from the host"
        case (.stopped, 2), (.crashed, _): "crashed"
        case (.stopped, 3): "moved to another host"
        case (.stopped, 4): "saved to a file"
        case (.stopped, 5): "its hypervisor process failed"
        case (.stopped, 6), (.started, 3), (.suspended, 5), (.resumed, 2): "snapshot restored"
        case (.started, 1), (.suspended, 1), (.resumed, 1): "migration"
        case (.started, 2), (.suspended, 4): "restored from a file"
        case (.started, 4): "woken up"
        case (.suspended, 2): "a disk failed"
        case (.suspended, 3): "its watchdog fired"
        case (.suspended, 6): "a call of the hypervisor failed"
        default: nil
        }
    }
}

/// What a follower of the host hears.
package enum HypervisorNews: Equatable, Sendable {
    case event(DomainEvent)
    /// Events may have been missed: everything known about domains has to be read again.
    case resync(ResyncReason)
}

package enum ResyncReason: String, Sendable {
    /// The connection is up, for the first time or again.
    case connected
    /// The reader was slower than the events.
    case overflow
}
