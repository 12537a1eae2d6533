import Core
import Foundation
import JSON
import Libvirt
import TestSupport
import Testing

/// Two guests and the host on a bridge of their own, and a bayd that has adopted one of the guests. Everybody listens.
struct PacketWorld {
    var bench: FirewallBench
    var client: LocalConnection
    var probes: [PacketParty: PacketProbe]
    var department: String

    private static let bridge = "baypackets0"

    /// What bridged packets meet is iptables only where the kernel was told so.
    static let isPossible = FileManager.default.fileExists(atPath: "/proc/sys/net/bridge/bridge-nf-call-iptables")

    static func with(_ body: (PacketWorld) async throws -> Void) async throws {
        try await QemuWorld.withLibvirtd {
            try await QemuWorld.script("guest-probe.sh", [QemuWorld.directory])
            try await withNetwork {
                let others = ["--nic", bridge, "--disk", "none", "--probe"]
                func addresses(_ party: PacketParty) -> String {
                    "\(party.address(.ipv4))/24,\(party.address(.ipv6))/64"
                }
                let second = "\(PacketParty.peerSecond)/24,\(PacketParty.peerSecondV6)/64"
                // A group of its own: somebody's bayd may listen to the usual one.
                let config = "[firewall]\nlog_drops = true\nlog_group = \(UInt16.random(in: 5_000...60_000))\n"
                let machine = others + [addresses(.machine)]
                try await FirewallBench.with("packets", machine, config: config) { bench, client, _ in
                    try await bench.hypervisor.withGuest("peer", others + [addresses(.peer) + "," + second]) { peer in
                        async let first: Void = bench.hypervisor.start(bench.guest.key)
                        try await bench.hypervisor.start(peer.key)
                        try await first
                        try await withHostProbe { host in
                            try await body(world(bench, client, peer, host))
                        }
                    }
                }
            }
        }
    }

    private static func world(
        _ bench: FirewallBench, _ client: LocalConnection, _ peer: Guest, _ host: PacketProbe
    ) async throws -> PacketWorld {
        var probes = [PacketParty.host: host]
        for (party, guest) in [(PacketParty.machine, bench.guest), (.peer, peer)] {
            probes[party] = try await PacketProbe.open(
                party.rawValue, at: "\(QemuWorld.directory)/\(guest.name).probe")
        }
        for probe in probes.values {
            for port in 2200...2220 { try await probe.listen("tcp", port) }
            for port in 2300...2306 { try await probe.listen("udp", port) }
            try await probe.listen("50", 0)
        }
        let found = try await client.ask("{ findDepartmentByName(name: \"Lab\") { id } }")
        let department = try #require(found["findDepartmentByName"]?["id"]?.string)
        return PacketWorld(bench: bench, client: client, probes: probes, department: department)
    }

    private static func withNetwork(_ body: () async throws -> Void) async throws {
        func virsh(_ words: String...) async throws {
            _ = try await QemuWorld.run("/usr/bin/virsh", ["-q", "-c", QemuWorld.uri] + words)
        }
        // A run that was killed may have left it.
        try? await virsh("net-destroy", "bay-test-packets")
        let file = "\(QemuWorld.directory)/bay-test-packets.xml"
        try """
        <network><name>bay-test-packets</name><bridge name='\(bridge)' stp='off' delay='0'/><dns enable='no'/>
        <ip address='\(PacketParty.host.address(.ipv4))' prefix='24'/>
        <ip family='ipv6' address='\(PacketParty.host.address(.ipv6))' prefix='64'/></network>
        """.write(toFile: file, atomically: true, encoding: .utf8)
        try await virsh("net-create", file)
        do { try await body() } catch {
            try? await virsh("net-destroy", "bay-test-packets")
            throw error
        }
        try await virsh("net-destroy", "bay-test-packets")
    }

    private static func withHostProbe(_ body: (PacketProbe) async throws -> Void) async throws {
        let path = "\(QemuWorld.directory)/bay-test-host-\(UInt32.random(in: 0...0xFFFFFF))"
        let program = try Program(
            ["\(QemuWorld.directory)/packet-probe", path + ".probe", "socket"],
            output: URL(filePath: path + ".log"))
        defer {
            program.send(SIGKILL)
            for suffix in [".probe", ".log"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        try await body(try await PacketProbe.open("host", at: path + ".probe"))
    }

    func probe(_ party: PacketParty) throws -> PacketProbe { try #require(probes[party]) }

    // MARK: Rules

    /// Gives rules, and waits until libvirt has them.
    func apply(_ scenario: PacketScenario, departmentToo: Bool = true) async throws {
        guard departmentToo else { return try await apply(scenario.machine) }
        // Both changes at once: libvirt takes seconds for each.
        let turn = try await Hold(bench.database, bench.turn)
        do {
            try await change(
                "DEPARTMENT", department, scenario.department,
                ["incoming": .string(scenario.incoming.rawValue), "outgoing": .string(scenario.outgoing.rawValue)])
            try await change("VM", bench.machine, scenario.machine, nil)
        } catch {
            try await turn.end()
            throw error
        }
        try await turn.end()
        try await waitUntilApplied()
    }

    /// Gives the machine other rules of its own.
    func apply(_ rules: [FirewallRuleDraft]) async throws {
        try await change("VM", bench.machine, rules, nil)
        try await waitUntilApplied()
    }

    func waitUntilApplied() async throws {
        try await eventually("the rules are there") { try await bench.state(client) == "APPLIED" }
    }

    private func change(_ kind: String, _ id: String, _ rules: [FirewallRuleDraft], _ policy: JSONObject?) async throws
    {
        var change: JSONObject = ["replaceAll": true, "create": .array(rules.map { .object($0.json) })]
        change["policy"] = policy.map { .object($0) }
        _ = try await client.ask(
            """
            mutation ($owner: FirewallOwnerInput!, $change: FirewallChangeInput!) {
              changeFirewall(owner: $owner, change: $change) { ruleSet { id } } }
            """,
            ["owner": ["type": .string(kind), "id": .string(id)], "change": .object(change)])
    }

    // MARK: Packets

    /// Sends all packets at once, from ports that nobody used before, and compares what became of each with the verdict.
    func check(_ scenario: PacketScenario, _ ports: inout Int) async throws {
        let numbered = scenario.cases.map { packet in
            ports += 1
            return (packet: packet, sourcePort: packet.sourcePort ?? ports)
        }
        let fates = try await fates(of: numbered)
        for (place, (packet, sourcePort)) in numbered.enumerated() {
            let verdict = try await verdict(packet, sourcePort)
            let words = "\(scenario.name): \(packet.words) from \(sourcePort)"
            #expect(fates[place] == packet.fate, "\(words): the packet; the verdict is \(verdict.text)")
            #expect((verdict["action"] == "ACCEPT") == (packet.fate == .open), "\(words): \(verdict.text)")
            #expect(verdict["rule"]?["name"]?.string == packet.decider, "\(words): \(verdict.text)")
            // Of the rules that were asked one matched the packet, and one the answer to it, if that was asked about. One of
            // them decided.
            let steps = verdict["trace"]?.array ?? []
            let matching = steps.filter { $0["matches"] == true }
            #expect(matching.count == (steps.last?["isAnswer"] == true ? 2 : 1), "\(words)")
            #expect(matching.contains { $0["rule"]?["name"]?.string == packet.decider }, "\(words)")
        }
    }

    private func fates(of packets: [(packet: PacketCase, sourcePort: Int)]) async throws -> [PacketFate] {
        try await withThrowingTaskGroup(of: [(Int, PacketFate)].self) { group in
            for party in [PacketParty.host, .machine, .peer] {
                let own = packets.enumerated().filter { $0.element.packet.from == party }
                if own.isEmpty { continue }
                let probe = try probe(party)
                let questions = own.map { Self.question($0.element.packet, $0.element.sourcePort) }
                let places = own.map(\.offset)
                group.addTask { Array(zip(places, try await probe.ask(questions))) }
            }
            var fates: [Int: PacketFate] = [:]
            for try await some in group { fates.merge(some, uniquingKeysWith: { first, _ in first }) }
            return packets.indices.map { fates[$0] ?? .silent }
        }
    }

    static func question(_ packet: PacketCase, _ sourcePort: Int) -> PacketProbe.Question {
        PacketProbe.Question(
            transport: packet.transport, from: packet.sender, sourcePort: packet.port == 0 ? 0 : sourcePort,
            to: packet.receiver, port: packet.port,
            // An answer may be late on a busy machine; silence that is expected has to be waited for.
            milliseconds: packet.fate == .silent ? 1500 : 20_000)
    }

    func verdict(_ packet: PacketCase, _ sourcePort: Int) async throws -> JSONValue {
        let answer = try await client.ask(
            """
            query ($id: ID!, $packet: FirewallPacketInput!) { firewallVerdict(vmId: $id, packet: $packet) {
              action message rule { id name } trace { matches isAnswer rule { name } } } }
            """,
            ["id": .string(bench.machine), "packet": .object(packet.question(sourcePort: sourcePort))])
        return answer["firewallVerdict"] ?? .null
    }
}
