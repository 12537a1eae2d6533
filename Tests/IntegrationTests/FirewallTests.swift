import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// bayd and the packet filters of a real libvirt.
@Suite(.serialized) struct FirewallTests {
    /// A bayd, a guest that it has adopted, and what both know of it.
    private struct Bench {
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

        func allow(_ port: Int, _ client: LocalConnection, confirmWithin seconds: Int? = nil) async throws -> JSONValue
        {
            try await client.ask(
                """
                mutation { changeFirewall(owner: {type: VM, id: "\(machine)"}, confirmWithin: \(seconds.map { "\($0)" } ?? "null"),
                  change: {create: [{name: "port \(port)", action: ACCEPT, direction: IN, priority: 500, protocol: "tcp",
                                     dstPortStart: \(port)}]}) { confirmation { id secondsLeft } } }
                """)
        }
    }

    /// - Parameter body: is given a bayd that runs, and a way to start another one on the same database.
    private func withBench(
        _ name: String, _ options: [String] = ["--nic", "ethernet", "--disk", "none"],
        _ body: (Bench, LocalConnection, Program) async throws -> Void
    ) async throws {
        let options = (guest: options, database: try await TestDatabase.options())
        let database = Database(options.database, logger: TestDatabase.quiet)
        let settings = [
            "DATABASE_URL": "\(options.database.connectionString) dbname=\(options.database.database ?? "")"
        ]
        try await QemuWorld.withLibvirtd {
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
                    var bench = Bench(
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

    private func adopt(_ guest: Guest, _ client: LocalConnection) async throws -> String {
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

    @Test func `rules reach a running machine, and what is done to them by hand is found and put right`() async throws {
        try await withBench("fire") { bench, client, _ in
            try await bench.hypervisor.start(bench.guest.key)
            #expect(try await bench.state(client) == "NONE")
            _ = try await bench.allow(2201, client)
            try await eventually("the rules are there") { try await bench.state(client) == "APPLIED" }
            let made = try #require(try await bench.filter())
            #expect(made.xml.contains("dstportstart='2201'"))
            let interfaces = try await bench.hypervisor.interfaces()[bench.guest.record.uuid]
            #expect(interfaces?.map(\.filter) == [made.name, made.name])

            // A second rule is there about as soon as libvirt itself needs for it.
            let begin = ContinuousClock.now
            _ = try await bench.allow(2202, client)
            try await eventually("the second rule is there") { try await bench.has(port: 2202) }
            let whole = begin.duration(to: .now)
            // What is the same is done at once, so it has to be another one.
            let now = try #require(try await bench.filter())
            let other = now.xml.replacing("dstportstart='2202'", with: "dstportstart='2299'")
                .replacing("dstportend='2202'", with: "dstportend='2299'")
            let alone = try await ContinuousClock().measure { _ = try await bench.hypervisor.defineFilter(xml: other) }
            _ = try await bench.hypervisor.defineFilter(xml: now.xml)
            print("a changed rule bites after \(whole); libvirt alone needs \(alone)")
            #expect(whole < alone + .milliseconds(500))

            // By hand: the rules go, and the filter with them.
            _ = try await bench.hypervisor.defineFilter(
                xml: "<filter name='\(made.name)' chain='root'><uuid>\(made.uuid)</uuid></filter>")
            _ = try await client.ask("mutation { runJobNow(schedule: \"firewall\") { success } }")
            try await eventually("it is found") { try await bench.state(client) == "DRIFTED" }
            let flushed = try await client.ask(
                "mutation { flushFirewallRules(vmId: \"\(bench.machine)\") { success rulesApplied libvirtFilterName } }"
            )
            #expect(
                flushed["flushFirewallRules"]
                    == ["success": true, "rulesApplied": 2, "libvirtFilterName": .string(made.name)])
            #expect(try await bench.has(port: 2202))
            #expect(try await bench.state(client) == "APPLIED")
        }
    }

    @Test func `a filter that was undefined is found, and made again`() async throws {
        try await withBench("fire-gone") { bench, client, _ in
            _ = try await bench.allow(2207, client)
            try await eventually("the rules are there") { try await bench.state(client) == "APPLIED" }
            let name = try #require(try await bench.filter()).name
            _ = try await QemuWorld.run("/usr/bin/virsh", ["-c", QemuWorld.uri, "nwfilter-undefine", name])
            // Nothing starts without the filter that it is to have: gone is not open.
            await #expect(throws: LibvirtError.self) { try await bench.hypervisor.start(bench.guest.key) }
            _ = try await client.ask("mutation { runJobNow(schedule: \"firewall\") { success } }")
            try await eventually("it is found") { try await bench.state(client) == "DRIFTED" }
            let synced = try await client.ask(
                "mutation { syncFirewallToLibvirt { success filtersCreated filtersUpdated errors } }")
            #expect(
                synced["syncFirewallToLibvirt"]
                    == ["success": true, "filtersCreated": 1, "filtersUpdated": 0, "errors": []])
            #expect(try await bench.has(port: 2207))
            try await bench.hypervisor.start(bench.guest.key)
            // And it goes with its machine.
            _ = try await client.ask("mutation { destroyMachine(id: \"\(bench.machine)\") { success message } }")
            let left = try await bench.hypervisor.filter(name)
            #expect(left == nil)
        }
    }

    @Test func `a bayd that is killed between libvirt and its record leaves work, which the next one does`()
        async throws
    {
        try await withBench("fire-kill") { bench, client, doomed in
            _ = try await bench.allow(2203, client)
            try await eventually("the first rule is there") { try await bench.state(client) == "APPLIED" }
            // The record is held, so that bayd stops right behind libvirt.
            let (held, release) = (Signal(), Signal())
            let holding = Task {
                try await bench.database.transaction { transaction in
                    try await transaction.execute("SELECT id FROM \"FirewallRuleSet\" FOR NO KEY UPDATE")
                    await held.send()
                    await release.wait()
                }
            }
            await held.wait()
            _ = try await bench.allow(2204, client)
            try await eventually("libvirt has the second rule") { try await bench.has(port: 2204) }
            #expect(try await bench.state(client) == "PENDING")
            doomed.send(SIGKILL)
            _ = try await doomed.waitForExit()
            await release.send()
            try await holding.value
            let second = try BaydProcess(environment: bench.settings)
            try await second.run { _ in
                let client = try await LocalConnection.open(second.socket)
                try await eventually("the record says so, too") { try await bench.state(client) == "APPLIED" }
                #expect(try await bench.has(port: 2204))
            }
        }
    }

    @Test func `rules that nobody confirmed go back, although the bayd that was asked is dead`() async throws {
        try await withBench("fire-trial") { bench, client, doomed in
            _ = try await bench.allow(2205, client)
            try await eventually("the first rule is there") { try await bench.state(client) == "APPLIED" }
            let answer = try await bench.allow(2206, client, confirmWithin: 5)
            #expect(answer["changeFirewall"]?["confirmation"]?["id"]?.string != nil, "\(answer.text)")
            try await eventually("libvirt has the second rule") { try await bench.has(port: 2206) }
            doomed.send(SIGKILL)
            _ = try await doomed.waitForExit()
            let second = try BaydProcess(environment: bench.settings)
            try await second.run { _ in
                let client = try await LocalConnection.open(second.socket)
                try await eventually("libvirt has the old rules") { try await !bench.has(port: 2206) }
                #expect(try await bench.has(port: 2205))
                try await eventually("the record says so, too") { try await bench.state(client) == "APPLIED" }
                let left = try await client.ask("{ firewallConfirmations { id } }")
                #expect(left == ["firewallConfirmations": []])
            }
        }
    }
}
