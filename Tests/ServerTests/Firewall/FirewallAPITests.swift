import Core
import JSON
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

@Suite struct FirewallAPITests {
    private func ask(_ world: World, _ document: String, _ variables: JSONObject = [:]) async throws -> JSONValue {
        let answer = Mutex<[UInt8]>([])
        let runner = GraphQLRunner(
            schema: try BaySchema.build(), services: world.services,
            facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
            log: TestDatabase.quiet)
        _ = await runner.run(OperationRequest(query: document, variables: variables), for: world.admin) { bytes in
            answer.withLock { $0 = bytes }
        }
        return try JSONValue(parsing: answer.withLock { $0 })
    }

    /// What the web front end does with rules, from the first to the last.
    @Test func `rules are made, shown, changed and deleted as the contract has it`() async throws {
        try await World.with(hasFilters: true) { world in
            let machine = try await world.adopt("alpha")[0]
            let ids: JSONObject = [
                "vm": .string(machine.id.rawValue), "d": .string(try #require(machine.departmentID).rawValue),
            ]
            let made = try await ask(
                world,
                """
                mutation ($vm: ID!, $d: ID!) {
                  a: createDepartmentFirewallRule(departmentId: $d, input: {
                    name: "no web", action: DROP, direction: IN, priority: 200, protocol: "tcp", dstPortStart: 80 }) { id }
                  b: createVMFirewallRule(vmId: $vm, input: {
                    name: "web", description: "of mine", action: ACCEPT, direction: IN, priority: 300, protocol: "tcp",
                    dstPortStart: 80, dstPortEnd: 81, connectionState: {new: true}, overridesDept: true }) {
                    id ruleSetId connectionState overridesDept srcIpAddr dstPortEnd } }
                """, ids)
            #expect(made["errors"] == nil, "\(made.text)")
            let rule = try #require(made["data"]?["b"])
            #expect(rule["connectionState"] == ["new": true] && rule["dstPortEnd"] == 81)
            let shown = try await ask(
                world,
                """
                query ($vm: ID!, $d: ID!) {
                  getDepartmentFirewallRules(departmentId: $d) { name entityType entityId priority isActive rules { name } }
                  getVMFirewallRules(vmId: $vm) { internalName rules { name action direction priority } }
                  getEffectiveFirewallRules(vmId: $vm) { vmId effectiveRules { name } conflicts { type message }
                    policy { incoming outgoing antiSpoofing }
                    entries { name origin source destinationPorts shadowedBy { name } } }
                  validateFirewallRule(vmId: $vm, input: {name: "x", action: DROP, direction: IN, priority: 300,
                    protocol: "tcp", dstPortStart: 80, dstPortEnd: 81, connectionState: {new: true}, overridesDept: true}) {
                    isValid warnings conflicts { type affectedRules { name } } }
                  firewallVerdict(vmId: $vm, packet: {direction: IN, srcIpAddr: "10.0.3.7", srcPort: 50000, dstPort: 443}) {
                    action message rule { name origin } trace { matches difference rule { name } } } }
                """, ids)
            #expect(shown["errors"] == nil, "\(shown.text)")
            let data = try #require(shown["data"])
            #expect(data["getDepartmentFirewallRules"]?["entityType"] == "DEPARTMENT")
            #expect(data["getVMFirewallRules"]?["internalName"]?.string?.hasPrefix("ibay-vm-") == true)
            // The machine's rule leaves nothing to its department's.
            #expect(data["getEffectiveFirewallRules"]?["effectiveRules"] == [["name": "web"]])
            let entries = data["getEffectiveFirewallRules"]?["entries"]?.array ?? []
            #expect(entries.first?["origin"] == "BASE" && entries.last?["origin"] == "POLICY")
            #expect(entries.compactMap { $0["name"]?.string }.filter { $0.contains("web") } == ["web", "no web"])
            #expect(data["validateFirewallRule"]?["isValid"] == false)
            #expect(data["validateFirewallRule"]?["conflicts"]?[0]?["type"] == "CONTRADICTORY")
            #expect(
                data["firewallVerdict"]?["action"] == "DROP" && data["firewallVerdict"]?["rule"]?["origin"] == "POLICY")

            // What is not mentioned stays, null empties what may be empty, and stands for nothing said elsewhere.
            let changed = try await ask(
                world,
                """
                mutation ($id: ID!) { updateFirewallRule(ruleId: $id, input: {
                  description: null, dstPortEnd: null, priority: null, connectionState: null, name: "site" }) {
                    name description dstPortStart dstPortEnd priority connectionState overridesDept } }
                """, ["id": rule["id"] ?? .null])
            #expect(
                changed["data"]?["updateFirewallRule"] == [
                    "name": "site", "description": nil, "dstPortStart": 80, "dstPortEnd": nil, "priority": 300,
                    "connectionState": nil, "overridesDept": true,
                ], "\(changed.text)")
            let refused = try await ask(
                world,
                """
                mutation ($id: ID!) { updateFirewallRule(ruleId: $id, input: {protocol: "icmp"}) { id } }
                """, ["id": rule["id"] ?? .null])
            #expect(refused["errors"]?[0]?["message"] == "Protocol \"icmp\" has no ports")
            #expect(refused["errors"]?[0]?["extensions"]?["code"] == "BAD_USER_INPUT")
            let deleted = try await ask(
                world, "mutation ($id: ID!) { deleteFirewallRule(ruleId: $id) }", ["id": rule["id"] ?? .null])
            #expect(deleted["data"]?["deleteFirewallRule"] == true)

            try await world.eventually("libvirt has it") {
                let answer = try await ask(
                    world, "query ($vm: String!) { machine(id: $vm) { firewall { state } } }", ids)
                return answer["data"]?["machine"]?["firewall"]?["state"] == "APPLIED"
            }
            let flushed = try await ask(
                world,
                """
                mutation ($vm: ID!) { flushFirewallRules(vmId: $vm) { success vmId libvirtFilterName rulesApplied timestamp } }
                """, ids)
            #expect(flushed["data"]?["flushFirewallRules"]?["rulesApplied"] == 1, "\(flushed.text)")
            let filters = try await ask(world, "{ listInfinibayFilters { name uuid } }")
            #expect(
                filters["data"]?["listInfinibayFilters"]?[0]?["name"]
                    == flushed["data"]?["flushFirewallRules"]?["libvirtFilterName"])
        }
    }

    @Test(arguments: [true, false])
    func `a department tells how far its machines have come`(hasFilters: Bool) async throws {
        try await World.with(hasFilters: hasFilters) { world in
            let machine = try await world.adopt("alpha")[0]
            let department = try #require(machine.departmentID)
            let document = """
                query ($d: String!) { department(id: $d) { firewall { pending applied drifted failed problem } } }
                """
            func counts() async throws -> JSONValue? {
                let answer = try await ask(world, document, ["d": .string(department.rawValue)])
                return answer["data"]?["department"]?["firewall"]
            }
            let none = try await counts()
            #expect(none == ["pending": 0, "applied": 0, "drifted": 0, "failed": 0, "problem": nil])
            let draft = FirewallRuleDraft(name: "web", protocolName: "tcp", destination: .init(portStart: 80))
            _ = try await world.services.firewall.change(
                .department(department), FirewallChange(creates: [draft]), by: "x")
            let wanted: JSONValue =
                hasFilters
                ? ["pending": 0, "applied": 1, "drifted": 0, "failed": 0, "problem": nil]
                : [
                    "pending": 0, "applied": 0, "drifted": 0, "failed": 1,
                    "problem": "alpha: this hypervisor has no packet filters",
                ]
            try await world.eventually("the machine is counted") { try await counts() == wanted }
        }
    }

    @Test func `people hear of the rules that concern them, in the words of the catalogue`() async throws {
        try await World.with(hasFilters: true) { world in
            let machine = try await world.adopt("alpha")[0]
            let department = try #require(machine.departmentID)
            for (id, role) in [("ada", "USER"), ("eve", "USER"), ("root", "ADMIN")] {
                try await world.services.database.execute(
                    """
                    INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName", role)
                    VALUES (\(id), \(id), '', false, 'a', 'a', \(role)::text::"UserRole")
                    """)
            }
            _ = try await world.services.machines.assign(machine.id, to: User.ID("ada"), by: world.admin)
            let draft = FirewallRuleDraft(name: "web", protocolName: "tcp", destination: .init(portStart: 80))
            let firewall = world.services.firewall
            let other = FirewallRuleDraft(name: "mine", protocolName: "tcp", destination: .init(portStart: 81))
            let made = [
                try await firewall.change(.department(department), FirewallChange(creates: [draft]), by: "x"),
                try await firewall.change(.machine(machine.id), FirewallChange(creates: [other]), by: "x"),
            ]
            let events = try await world.services.events.events(after: 0, limit: 1000).filter {
                $0.resource == "firewall" && $0.action == "create"
            }
            let audience = EventAudience(database: world.services.database, hub: world.services.hub)
            let notices = try await audience.announcements(of: events, to: ["ada", "eve", "root"]).map(\.notices)
            #expect(
                notices.map { $0.map(\.name) } == [["firewall:rule:created:department"], ["firewall:rule:created"]])
            #expect(notices.allSatisfy { $0.allSatisfy { $0.users == ["ada", "root"] } })
            #expect(
                notices[0][0].data == [
                    "ruleId": .string(made[0].created[0].id.rawValue), "ruleName": "web",
                    "departmentId": .string(department.rawValue),
                ])
            #expect(notices[1][0].data["vmId"]?.string == machine.id.rawValue)
        }
    }
}
