/// What people and programs fill in to make a rule, as it travels: nothing of it is known to be right.
package struct FirewallRuleDraft: Equatable, Sendable {
    package var name: String
    package var description: String?
    package var action: FirewallRule.Action
    package var direction: FirewallRule.Direction
    package var priority: Int
    package var protocolName: String
    package var source = Peer()
    package var destination = Peer()
    /// The names of states, and whether the rule is about them.
    package var connectionState: [String: Bool]
    package var overridesDepartment: Bool

    /// One side of the packets.
    package struct Peer: Equatable, Sendable {
        package var portStart: Int?
        package var portEnd: Int?
        package var address: String?
        /// How many bits of the address count.
        package var mask: String?

        package init(portStart: Int? = nil, portEnd: Int? = nil, address: String? = nil, mask: String? = nil) {
            self.portStart = portStart
            self.portEnd = portEnd
            self.address = address
            self.mask = mask
        }
    }

    package init(
        name: String, description: String? = nil, action: FirewallRule.Action = .accept,
        direction: FirewallRule.Direction = .both, priority: Int = 500, protocolName: String = "all",
        source: Peer = Peer(), destination: Peer = Peer(), connectionState: [String: Bool] = [:],
        overridesDepartment: Bool = false
    ) {
        self.name = name
        self.description = description
        self.action = action
        self.direction = direction
        self.priority = priority
        self.protocolName = protocolName
        self.source = source
        self.destination = destination
        self.connectionState = connectionState
        self.overridesDepartment = overridesDepartment
    }
}

extension FirewallRuleDraft {
    package static let priorities = 0...1000
    package static let ports = 1...65535

    /// The rule, or everything that is wrong with it at once.
    package func checked(
        id: FirewallRule.ID, of owner: FirewallRule.Origin
    ) -> Result<FirewallRule, FirewallFindings> {
        var reader = FirewallDraftReader()
        let rule = reader.read(self, id: id, of: owner)
        return reader.findings.isEmpty ? .success(rule) : .failure(FirewallFindings(messages: reader.findings))
    }

    /// What is wrong, for a form that says it while people type.
    package func findings(of owner: FirewallRule.Origin) -> [String] {
        switch checked(id: FirewallRule.ID(""), of: owner) {
        case .success: []
        case .failure(let findings): findings.messages
        }
    }
}

/// What is wrong with a rule as it was filled in. Front ends sort the messages by how they begin.
package struct FirewallFindings: Error, Equatable, Sendable {
    package var messages: [String]

    package init(messages: [String]) { self.messages = messages }

    package var message: String { messages.joined(separator: "; ") }
}
