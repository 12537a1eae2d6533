import Core
import JSON
import TestSupport
import Testing

// What the host counts and tells of packets that are really sent.
extension PacketWorld {
    private func hits(of rule: String) async throws -> Double? {
        let answer = try await client.ask(
            """
            query ($owner: FirewallOwnerInput!) { firewallHits(owner: $owner) { reason rules { ruleId packets } } }
            """,
            ["owner": ["type": "VM", "id": .string(bench.machine)]])
        #expect(answer["firewallHits"]?["reason"] == .null, "\(answer.text)")
        return answer["firewallHits"]?["rules"]?.array?.first { $0["ruleId"]?.string == rule }?["packets"]?.double
    }

    /// Has bayd compare what libvirt holds with what it was given.
    func inspect() async throws {
        func runs() async throws -> Int {
            let answer = try await client.ask("{ jobSchedules { id runs runningSince } }")
            let schedule = answer["jobSchedules"]?.array?.first { $0["id"] == "firewall" }
            return schedule?["runningSince"] == .null ? schedule?["runs"]?.int ?? 0 : 0
        }
        let before = try await runs()
        _ = try await client.ask("mutation { runJobNow(schedule: \"firewall\") { success } }")
        try await eventually("filters were looked at") { try await runs() > before }
    }

    /// The rows of packets to a port.
    private func blocked(_ packet: PacketCase) async throws -> [JSONValue] {
        let answer = try await client.ask(
            """
            query ($owner: FirewallOwnerInput!) { firewallLogging { reason } blockedConnections(owner: $owner, limit: 500) {
              direction protocol port sourceIp destinationIp ruleId blockReason } }
            """,
            ["owner": ["type": "VM", "id": .string(bench.machine)]])
        #expect(answer["firewallLogging"]?["reason"] == .null, "\(answer.text)")
        return (answer["blockedConnections"]?.array ?? []).filter { row in
            row["port"]?.int == packet.port
                && row["sourceIp"]?.string.flatMap(IPAddress.init) == IPAddress(packet.sender)
        }
    }

    /// Sends a packet, and expects that the rule that its verdict names was met, and no other of those that drop.
    func checkCounts(_ packet: PacketCase, from sourcePort: Int) async throws {
        let rule = try #require(try await verdict(packet, sourcePort)["rule"]?["id"]?.string)
        var sourcePort = sourcePort
        let before = try #require(try await hits(of: rule), "\(packet.words): the rule is not counted")
        let fates = try await probe(packet.from).ask([Self.question(packet, sourcePort)])
        #expect(fates == [packet.fate], "\(packet.words)")
        try await eventually("\(packet.words) is counted by its rule") { try await (hits(of: rule) ?? 0) > before }
        guard packet.fate != .open else {
            #expect(try await blocked(packet).isEmpty, "\(packet.words) was let in, and is told of as blocked")
            return
        }
        try await eventually("\(packet.words) is recorded") {
            let rows = try await blocked(packet)
            #expect(rows.allSatisfy { $0["ruleId"]?.string == rule && $0["direction"] == "IN" }, "\(packet.words)")
            if !rows.isEmpty { return true }
            // The rules that log come a moment after those that drop.
            sourcePort += 1
            _ = try await probe(packet.from).ask([Self.question(packet, sourcePort)])
            return false
        }
    }

    /// Sends a packet until it is told of.
    func checkRecord(_ packet: PacketCase, from sourcePort: Int) async throws {
        var sourcePort = sourcePort
        try await eventually("\(packet.words) is recorded") {
            sourcePort += 1
            _ = try await probe(packet.from).ask([Self.question(packet, sourcePort)])
            return try await blocked(packet).contains { $0["direction"] == "IN" }
        }
    }
}
