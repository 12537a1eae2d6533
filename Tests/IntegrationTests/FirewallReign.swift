import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// The bayd that lives now, and the way to it.
final class Reign {
    private(set) var client: LocalConnection
    private var program: Program
    /// Its folder goes with it.
    private var bayd: BaydProcess?

    init(client: LocalConnection, program: Program) {
        self.client = client
        self.program = program
    }

    deinit { program.send(SIGKILL) }

    func kill() async throws {
        program.send(SIGKILL)
        _ = try await program.waitForExit()
    }

    /// Another one takes over.
    func next(_ bench: FirewallBench) async throws {
        let next = try BaydProcess(environment: bench.settings)
        program = try await next.start()
        client = try await LocalConnection.open(next.socket)
        bayd = next
    }

    func waitUntilApplied(_ bench: FirewallBench) async throws {
        try await eventually("the record says that the rules are there") {
            try await bench.state(client) == "APPLIED"
        }
    }

    func trials() async throws -> [String] {
        let answer = try await client.ask("{ firewallConfirmations { id } }")
        return (answer["firewallConfirmations"]?.array ?? []).compactMap { $0["id"]?.string }
    }
}

extension FirewallBench {
    /// The lock under which a machine's filter is brought to libvirt.
    var turn: Statement { "SELECT pg_advisory_xact_lock(hashtext('firewall filter'), hashtext(\(machine)))" }

    /// Whether somebody waits for a lock in this database.
    func isWaiting() async throws -> Bool {
        let row = try await database.row(
            """
            SELECT count(*) AS waiting FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """)
        return try (row?.decode(Int.self, "waiting") ?? 0) > 0
    }

    /// Whether the record says that libvirt has something else than is wanted.
    func isPending() async throws -> Bool {
        let row = try await database.row(
            "SELECT applied < wanted AS pending FROM firewall_machine WHERE machine_id = \(machine)")
        return try row?.decode(Bool.self, "pending") ?? false
    }

    /// Whether what the record says libvirt made of the rules is what it has.
    func recordIsRight() async throws -> Bool {
        let held = try #require(try await filter())
        let row = try await database.row(
            """
            SELECT held_digest = encode(sha256(convert_to(\(held.xml), 'UTF8')), 'hex') AS same
              FROM firewall_machine WHERE machine_id = \(machine)
            """)
        return try row?.decode(Bool.self, "same") ?? false
    }

    func interfaceFilters() async throws -> [String?] {
        try await hypervisor.interfaces()[guest.record.uuid]?.map(\.filter) ?? []
    }

    /// Checks which ports libvirt's filter lets in: all of these, and no others.
    func expectPorts(_ ports: ClosedRange<Int>) async throws {
        let xml = try #require(try await filter()).xml
        let found = Set(
            xml.matches(of: /<tcp [^>]*dstportstart='([0-9]+)'/).compactMap { Int($0.output.1) })
        #expect(found == Set(ports))
    }
}
