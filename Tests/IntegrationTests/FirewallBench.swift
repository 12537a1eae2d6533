import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// A bayd, a guest that it has adopted, and what both know of it.
struct FirewallBench {
    var settings: [String: String]
    var database: Database
    var hypervisor: Hypervisor
    var guest: Guest
    var machine: String

    func filter() async throws -> HostFilter? {
        let row = try await database.row(
            """
            SELECT "internalName" FROM "FirewallRuleSet" WHERE "entityType" = 'VM' AND "entityId" = \(machine)
            """)
        guard let name = try row?.decode(String.self, "internalName") else { return nil }
        return try await hypervisor.filter(name)
    }

    func has(port: Int) async throws -> Bool {
        try await filter()?.xml.contains("dstportstart='\(port)'") == true
    }

    func state(_ client: LocalConnection) async throws -> String {
        let answer = try await client.ask("{ machine(id: \"\(machine)\") { firewall { state problem drift } } }")
        return answer["machine"]?["firewall"]?["state"]?.string ?? answer.text
    }

    func allow(_ port: Int, _ client: LocalConnection, confirmWithin seconds: Int? = nil) async throws -> JSONValue {
        try await client.ask(
            """
            mutation { changeFirewall(owner: {type: VM, id: "\(machine)"}, confirmWithin: \(seconds.map { "\($0)" } ?? "null"),
              change: {create: [{name: "port \(port)", action: ACCEPT, direction: IN, priority: 500, protocol: "tcp",
                                 dstPortStart: \(port)}]}) { confirmation { id secondsLeft } } }
            """)
    }
}

extension FirewallBench {
    /// - Parameters:
    ///   - config: what bayd's file says.
    ///   - body: is given a bayd that runs, and a way to start another one on the same database.
    static func with(
        _ name: String, _ options: [String] = ["--nic", "ethernet", "--disk", "none"], alone: Bool = false,
        config: String = "", _ body: (FirewallBench, LocalConnection, Program) async throws -> Void
    ) async throws {
        let options = (guest: options, database: try await TestDatabase.options())
        let database = Database(options.database, logger: TestDatabase.quiet)
        let file = FileManager.default.temporaryDirectory.appending(path: "bay-test-\(UUID().uuidString).toml")
        try config.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let settings = [
            "DATABASE_URL": "\(options.database.connectionString) dbname=\(options.database.database ?? "")",
            "BAY_CONFIG": file.path,
        ]
        try await QemuWorld.withLibvirtd(alone: alone) {
            let hypervisor = Hypervisor(uri: QemuWorld.uri)
            let running = Task { await hypervisor.run() }
            defer { running.cancel() }
            try await eventually("libvirt is connected") { hypervisor.link.state == .up }
            let bayd = try BaydProcess(environment: settings)
            let program = try await bayd.start()
            defer { program.send(SIGKILL) }
            var filter: String?
            do {
                try await hypervisor.withGuest(name, options.guest) { guest in
                    let client = try await LocalConnection.open(bayd.socket)
                    var bench = FirewallBench(
                        settings: settings, database: database, hypervisor: hypervisor, guest: guest, machine: "")
                    bench.machine = try await adopt(guest, client)
                    do {
                        try await body(bench, client, program)
                        filter = try await bench.filter()?.name
                    } catch {
                        filter = try await bench.filter()?.name
                        throw error
                    }
                }
            } catch {
                if let filter { try? await hypervisor.deleteFilter(filter) }
                throw error
            }
            if let filter { try? await hypervisor.deleteFilter(filter) }
        }
    }

    private static func adopt(_ guest: Guest, _ client: LocalConnection) async throws -> String {
        let made = try await client.ask("mutation { createDepartment(name: \"Lab\") { id } }")
        try await eventually("bayd has seen the guest") {
            let all = try await client.ask("{ machines(includeUnmanaged: true, after: \"\") { id } }")
            return all["machines"]?.array?.contains { $0["id"]?.string == guest.record.uuid } == true
        }
        let answer = try await client.ask(
            "mutation ($d: [ID!]!, $into: ID!) { adoptMachines(domains: $d, departmentId: $into) { machine { id } } }",
            ["d": [.string(guest.record.uuid)], "into": made["createDepartment"]?["id"] ?? .null])
        return try #require(answer["adoptMachines"]?[0]?["machine"]?["id"]?.string)
    }
}
