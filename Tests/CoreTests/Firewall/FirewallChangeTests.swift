import Core
import JSON
import Testing

@Suite struct FirewallChangeTests {
    private static let then = Timestamp(milliseconds: 1000)
    private static let now = Timestamp(milliseconds: 2000)
    private static let owner = FirewallOwner.machine(Machine.ID("m"))

    private static func draft(
        _ name: String, _ port: Int, _ action: FirewallRule.Action = .accept
    ) -> FirewallRuleDraft {
        FirewallRuleDraft(
            name: name, action: action, direction: .incoming, protocolName: "tcp", destination: .init(portStart: port))
    }

    private static func stored(_ id: String, _ draft: FirewallRuleDraft) -> StoredFirewallRule {
        StoredFirewallRule(id: .init(id), setID: "s", draft: draft, createdAt: then, updatedAt: then)
    }

    private static let before = [stored("a", draft("SSH", 22)), stored("b", draft("web", 80))]

    private func outcome(
        _ change: FirewallChange, for rules: [StoredFirewallRule] = before, of owner: FirewallOwner = owner
    ) throws(FirewallError) -> FirewallChange.Outcome {
        var number = 0
        return try change.outcome(for: rules, in: "s", of: owner, at: Self.now) {
            number += 1
            return "new\(number)"
        }
    }

    @Test func `creations, updates and deletions come together`() throws {
        let change = FirewallChange(
            creates: [Self.draft("RDP", 3389)], updates: [.init(.init("b")) { $0.name = "site" }],
            deletes: [.init("a")])
        let outcome = try outcome(change)
        #expect(outcome.rules.map(\.id.rawValue) == ["b", "new1"])
        #expect(outcome.rules.map(\.draft.name) == ["site", "RDP"])
        #expect(outcome.rules.map(\.updatedAt) == [Self.now, Self.now])
        #expect(outcome.updated.map(\.createdAt) == [Self.then])
        #expect(outcome.deleted == [Self.before[0]])
    }

    @Test func `rules that come together keep their order, behind those that are there`() throws {
        let outcome = try outcome(FirewallChange(creates: (1...5).map { Self.draft("\($0)", $0) }))
        let times = outcome.rules.map(\.createdAt.rawValue)
        #expect(times == [1000, 1000, 2000, 2001, 2002, 2003, 2004])
    }

    @Test func `an update that changes nothing is none`() throws {
        let outcome = try outcome(FirewallChange(updates: [.init(.init("a")) { $0.name = "SSH" }]))
        #expect(outcome.updated.isEmpty && outcome.rules == Self.before)
    }

    @Test func `all that is wrong is told at once, with whose it is`() {
        let change = FirewallChange(
            creates: [Self.draft("", 0), Self.draft("x", 80)], updates: [.init(.init("a")) { $0.priority = 2000 }])
        let error = #expect(throws: FirewallError.self) { try outcome(change) }
        #expect(
            error?.message
                == "Priority 2000 is not between 0 and 1000 (rule \"SSH\"); the rule's name is empty (rule \"\"); "
                + "Destination port start 0 is not between 1 and 65535 (rule \"\")")
        let lone = #expect(throws: FirewallError.self) {
            try outcome(FirewallChange(creates: [Self.draft("x", 0)]))
        }
        #expect(lone?.message == "Destination port start 0 is not between 1 and 65535")
    }

    @Test func `what is not there cannot be changed, and there is an end to rules`() {
        #expect(throws: FirewallError.ruleNotFound) { try outcome(FirewallChange(deletes: [.init("z")])) }
        #expect(throws: FirewallError.ruleNotFound) {
            try outcome(FirewallChange(updates: [.init(.init("z")) { _ in }]))
        }
        let many = (1...FirewallFilter.maximumRules).map { Self.draft("\($0)", $0) }
        #expect(throws: FirewallError.tooMany) { try outcome(FirewallChange(creates: many)) }
        #expect(throws: Never.self) { try outcome(FirewallChange(creates: many, replacesAll: true)) }
    }

    @Test func `only conflicts that a change brings hold it up, each once`() throws {
        let torn = [Self.stored("a", Self.draft("yes", 22)), Self.stored("b", Self.draft("no", 22, .drop))]
        let harmless = try outcome(FirewallChange(creates: [Self.draft("web", 80)]), for: torn)
        #expect(harmless.conflicts(of: Self.owner, besides: []).isEmpty)
        let two = try outcome(FirewallChange(creates: [Self.draft("x", 443), Self.draft("y", 443, .drop)]), for: [])
        #expect(two.conflicts(of: Self.owner, besides: []).map(\.kind) == [.contradictory])
        var department = FirewallRule(
            id: .init("d"), name: "of all", action: .drop, direction: .incoming,
            match: PacketMatch(.tcp, destinationPorts: 443...443))
        department.origin = .department
        let one = try outcome(FirewallChange(creates: [Self.draft("x", 443)]), for: [])
        #expect(one.conflicts(of: Self.owner, besides: [department]).count == 1)
        let gone = try outcome(FirewallChange(deletes: [.init("a")]), for: torn)
        #expect(gone.conflicts(of: Self.owner, besides: []).isEmpty)
    }

    @Test func `a document reads what it wrote, and says all that it cannot read`() throws {
        var whole = Self.draft("all of it", 8000, .reject)
        whole.description = "x"
        whole.destination.portEnd = 8080
        whole.source = .init(portStart: 1, portEnd: 2, address: "10.0.0.0", mask: "8")
        whole.connectionState = ["new": true, "related": false]
        whole.overridesDepartment = true
        let settings = FirewallSettings(
            policy: FirewallPolicy(incoming: .reject, outgoing: .drop), guardsAddresses: false)
        let document = FirewallDocument(rules: [Self.draft("SSH", 22), whole], settings: settings)
        let text = JSONValue.object(document.json).text
        let read = try FirewallDocument(try #require(try JSONValue(parsing: text).object))
        #expect(read == document)
        let wrong: JSONObject = [
            "version": 2, "policy": ["incoming": "MAYBE"], "rules": [["name": 1, "colour": "red"], 7], "extra": true,
        ]
        let error = #expect(throws: FirewallFindings.self) { try FirewallDocument(wrong) }
        #expect(
            error?.messages == [
                "version 2 is not known: use 1", "incoming is \"MAYBE\" and not one of ACCEPT, DROP, REJECT",
                "rule 1: name is 1 and not a text", "rule 1: \"colour\" is not known", "rule 2 is no object",
                "\"extra\" is not known here: use version, policy, rules",
            ])
    }

    @Test func `every preset and template is right and without conflicts`() throws {
        #expect(Set(FirewallPreset.all.map(\.id)).count == FirewallPreset.all.count)
        for template in FirewallTemplate.all {
            #expect(template.presets.allSatisfy { id in FirewallPreset.all.contains { $0.id == id } })
            let outcome = try outcome(FirewallChange(creates: template.rules), for: [], of: .department(.init("d")))
            let conflicts = outcome.conflicts(of: .department(.init("d")), besides: [])
            #expect(conflicts.isEmpty, "\(template.id): \(conflicts.map(\.message))")
        }
        for preset in FirewallPreset.all {
            #expect(throws: Never.self) { try outcome(FirewallChange(creates: preset.rules()), for: []) }
        }
    }

    @Test func `a filter goes on interfaces that have none or another of Bay's, and on no others`() throws {
        let domain = try XMLElement(
            parsing: """
                <domain><devices>
                <interface type='network'><mac address='1'/><source network='default'/></interface>
                <interface type='bridge'><mac address='2'/><filterref filter='ibay-vm-old'><parameter name='x' value='y'/></filterref></interface>
                <interface type='bridge'><mac address='3'/><filterref filter='clean-traffic'/></interface>
                <interface type='direct'><mac address='4'/></interface>
                <interface type='network'><mac address='5'/><filterref filter='ibay-vm-1'/></interface>
                </devices></domain>
                """)
        var attachment = FilterAttachment()
        let changed = attachment.plan("ibay-vm-1", for: domain, isLive: true)
        #expect(changed.map { $0.child("mac")?[attribute: "address"] } == ["1", "2"])
        #expect(
            changed.map { $0.all("filterref").map(\.xml) }
                == Array(repeating: ["<filterref filter='ibay-vm-1'/>"], count: 2))
        #expect(
            attachment.problem
                == "interface 3 has the filter clean-traffic, which Bay did not make; "
                + "interface 4 of type direct cannot be filtered")
    }

    @Test func `names of filters begin like those of other servers, and have a way out when one is taken`() {
        let names = FirewallFilter.names(of: Self.owner, digest: "3b32b2dc0123456789abcdef01234567")
        #expect(
            names == [
                "ibay-vm-3b32b2dc", "ibay-vm-3b32b2dc01234567", "ibay-vm-3b32b2dc0123456789abcdef01234567",
            ])
    }

    @Test func `what is left out of a packet's machine side is the machine's`() throws {
        let question = FirewallQuestion(
            direction: .incoming, source: .init(address: "10.0.3.7"), destination: .init(portStart: 443))
        let packet = try question.packet(machineAddress: "10.0.0.5")
        #expect(
            packet.destination.description == "10.0.0.5" && packet.destinationPort == 443 && packet.sourcePort != nil)
        let wrong = FirewallQuestion(
            direction: .both, protocolName: "gopher", source: .init(portStart: 70000, address: "x"))
        let error = #expect(throws: FirewallError.self) { try wrong.packet(machineAddress: nil) }
        #expect(error?.message.split(separator: "; ").count == 4)
        let mixed = FirewallQuestion(
            direction: .outgoing, source: .init(address: "10.0.0.1"),
            destination: .init(portStart: 1, address: "2001:db8::1"))
        #expect(throws: FirewallError.self) { try mixed.packet(machineAddress: nil) }
    }
}
