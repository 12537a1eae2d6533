/// Whose rules they are.
package enum FirewallOwner: Hashable, Sendable {
    case department(Department.ID)
    case machine(Machine.ID)

    /// The words of the tables and of the API.
    package enum Kind: String, CaseIterable, Sendable {
        case department = "DEPARTMENT"
        case machine = "VM"
    }

    package init(_ kind: Kind, id: String) {
        switch kind {
        case .department: self = .department(Department.ID(id))
        case .machine: self = .machine(Machine.ID(id))
        }
    }

    package var kind: Kind {
        switch self {
        case .department: .department
        case .machine: .machine
        }
    }

    package var id: String {
        switch self {
        case .department(let id): id.rawValue
        case .machine(let id): id.rawValue
        }
    }

    package var origin: FirewallRule.Origin {
        switch self {
        case .department: .department
        case .machine: .machine
        }
    }
}

/// A rule as it is kept: what somebody filled in, which was right when it was written.
package struct StoredFirewallRule: Identifiable, Equatable, Sendable {
    package var id: FirewallRule.ID
    package var setID: String
    package var draft: FirewallRuleDraft
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: FirewallRule.ID, setID: String, draft: FirewallRuleDraft, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.setID = setID
        self.draft = draft
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Nil for one that is not right, which another program must have written: it is in no filter.
    package func rule(of origin: FirewallRule.Origin) -> FirewallRule? {
        try? draft.checked(id: id, of: origin).get()
    }
}

extension [StoredFirewallRule] {
    package func rules(of origin: FirewallRule.Origin) -> [FirewallRule] { compactMap { $0.rule(of: origin) } }
}

/// The rules of a department or of a machine.
package struct FirewallRuleSet: Identifiable, Equatable, Sendable {
    package var id: String
    package var name: String
    /// The name that libvirt knows a machine's filter by. A department has none: its rules are in its machines' filters.
    package var filterName: String
    package var owner: FirewallOwner
    package var priority: Int
    package var isActive: Bool
    package var filterUUID: String?
    /// What libvirt was given last.
    package var filterXML: String?
    package var appliedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// In the order in which they were made.
    package var rules: [StoredFirewallRule]

    package init(
        id: String, name: String, filterName: String, owner: FirewallOwner, priority: Int, isActive: Bool,
        filterUUID: String? = nil, filterXML: String? = nil, appliedAt: Timestamp? = nil, createdAt: Timestamp,
        updatedAt: Timestamp, rules: [StoredFirewallRule] = []
    ) {
        self.id = id
        self.name = name
        self.filterName = filterName
        self.owner = owner
        self.priority = priority
        self.isActive = isActive
        self.filterUUID = filterUUID
        self.filterXML = filterXML
        self.appliedAt = appliedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.rules = rules
    }
}

/// What a department says beside its rules.
package struct FirewallSettings: Hashable, Sendable {
    package var policy: FirewallPolicy
    /// Whether machines may send from their own MAC address alone.
    package var guardsAddresses: Bool

    package init(policy: FirewallPolicy = FirewallPolicy(), guardsAddresses: Bool = true) {
        self.policy = policy
        self.guardsAddresses = guardsAddresses
    }

    /// libvirt's own filters that come before all rules.
    package var references: [String] { guardsAddresses ? [Self.addressGuard] : [] }

    /// Ships with libvirt. Those against false IP addresses have to learn the right one first, and a machine with two has
    /// none of them.
    package static let addressGuard = "no-mac-spoofing"
}

extension FirewallFilter {
    /// How the names of all filters begin that are Bay's.
    package static let namePrefix = "ibay-"

    /// The names that an owner's filter may have, the best first: a short one may be another's.
    /// - Parameter digest: 32 hexadecimal digits made of the owner's id.
    package static func names(of owner: FirewallOwner, digest: String) -> [String] {
        let kind = owner.kind == .department ? "department" : "vm"
        return [8, 16, 32].map { "\(namePrefix)\(kind)-\(digest.prefix($0))" }
    }
}
