/// What a department or a machine lets through, or not.
package struct FirewallRule: Identifiable, Hashable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package enum Action: String, Hashable, CaseIterable, Sendable {
        case accept = "ACCEPT"
        case drop = "DROP"
        case reject = "REJECT"
    }

    /// As the machine sees it: `in` comes to it.
    package enum Direction: String, Hashable, CaseIterable, Sendable {
        case incoming = "IN"
        case outgoing = "OUT"
        case both = "INOUT"
    }

    /// Whose rule it is.
    package enum Origin: String, Hashable, Sendable {
        /// What every network needs to work at all; Bay's own.
        case base
        case department
        case machine
        /// What happens to packets that no rule is about.
        case policy
    }

    package var id: ID
    package var name: String
    package var description: String?
    package var action: Action
    package var direction: Direction
    /// 0 to 1000, the lower first.
    package var priority: Int
    package var match: PacketMatch
    /// The states in which a packet's connection may be for the rule to be about it. None given: what `FirewallHalf` says.
    package var states: Set<ConnectionState>
    /// For a machine's rule: decides before its department's rules, whatever their priority.
    package var overridesDepartment: Bool
    package var origin: Origin

    package init(
        id: ID, name: String, description: String? = nil, action: Action, direction: Direction, priority: Int = 500,
        match: PacketMatch = PacketMatch(), states: Set<ConnectionState> = [], overridesDepartment: Bool = false,
        origin: Origin = .machine
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.action = action
        self.direction = direction
        self.priority = priority
        self.match = match
        self.states = states
        self.overridesDepartment = overridesDepartment
        self.origin = origin
    }
}

extension FirewallRule.Direction {
    package func includes(_ other: Self) -> Bool { self == .both || self == other }
    package func overlaps(_ other: Self) -> Bool { includes(other) || other.includes(self) }

    /// The directions that a packet can have.
    package var single: [Self] { self == .both ? [.incoming, .outgoing] : [self] }
    package var opposite: Self {
        switch self {
        case .incoming: .outgoing
        case .outgoing: .incoming
        case .both: .both
        }
    }
}

/// Where a packet stands in the connection that the host tracks.
/// Source: iptables-extensions(8), conntrack.
package enum ConnectionState: String, Hashable, CaseIterable, Sendable {
    /// Its first packet.
    case new = "NEW"
    /// Both sides have sent.
    case established = "ESTABLISHED"
    /// Opened on behalf of another, as the data of FTP, or an error about another.
    case related = "RELATED"
    /// Belongs to nothing that is known.
    case invalid = "INVALID"
    /// Not tracked at all, as the neighbour discovery of IPv6.
    case none = "NONE"

    /// Those in which a packet of a tracked connection can be.
    package static let tracked: Set<ConnectionState> = [.new, .established, .related, .invalid]
}
