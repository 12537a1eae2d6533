/// How a machine's firewall stands: what was wanted, and what libvirt is known to hold.
package struct MachineFirewall: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        /// Nobody has made rules for the machine or its department: it is as open as its network.
        case none = "NONE"
        /// Rules have changed and are on their way to libvirt.
        case pending = "PENDING"
        case applied = "APPLIED"
        /// They could not be brought to libvirt, or do not reach every interface.
        case failed = "FAILED"
        /// libvirt held something else when it was looked at last.
        case drifted = "DRIFTED"
    }

    package var machineID: Machine.ID
    /// How often the rules were changed, and which of these states libvirt has.
    package var wanted: Int64
    package var applied: Int64
    /// What was sent to libvirt, and what it made of it, as digests.
    package var sentDigest: String?
    package var heldDigest: String?
    package var appliedAt: Timestamp?
    package var problem: String?
    package var drift: String?
    package var driftAt: Timestamp?

    package init(
        machineID: Machine.ID, wanted: Int64 = 0, applied: Int64 = 0, sentDigest: String? = nil,
        heldDigest: String? = nil, appliedAt: Timestamp? = nil, problem: String? = nil, drift: String? = nil,
        driftAt: Timestamp? = nil
    ) {
        self.machineID = machineID
        self.wanted = wanted
        self.applied = applied
        self.sentDigest = sentDigest
        self.heldDigest = heldDigest
        self.appliedAt = appliedAt
        self.problem = problem
        self.drift = drift
        self.driftAt = driftAt
    }

    package var state: State {
        if wanted == 0 { return .none }
        if problem != nil { return .failed }
        if wanted > applied { return .pending }
        return drift == nil ? .applied : .drifted
    }
}

/// How many machines of a department have come how far.
package struct DepartmentFirewall: Equatable, Sendable {
    package var pending: Int
    package var applied: Int
    package var drifted: Int
    package var failed: Int
    /// Of the first that failed or drifted: its name, and why.
    package var problem: String?

    package init(pending: Int = 0, applied: Int = 0, drifted: Int = 0, failed: Int = 0, problem: String? = nil) {
        self.pending = pending
        self.applied = applied
        self.drifted = drifted
        self.failed = failed
        self.problem = problem
    }

    package var filtered: Int { pending + applied + drifted + failed }
}

/// A change that goes back by itself unless somebody says in time that all is well.
package struct FirewallTrial: Identifiable, Equatable, Sendable {
    package var id: String
    package var setID: String
    package var owner: FirewallOwner
    package var actor: String
    package var createdAt: Timestamp
    package var expiresAt: Timestamp
    /// By the database's clock, when it was read.
    package var secondsLeft: Int

    package init(
        id: String, setID: String, owner: FirewallOwner, actor: String, createdAt: Timestamp, expiresAt: Timestamp,
        secondsLeft: Int
    ) {
        self.id = id
        self.setID = setID
        self.owner = owner
        self.actor = actor
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.secondsLeft = secondsLeft
    }

    package static let seconds = 5...3600
    package static let standardSeconds = 60
}
