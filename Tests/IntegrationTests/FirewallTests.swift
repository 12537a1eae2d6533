import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// bayd and the packet filters of a real libvirt.
@Suite(.serialized) struct FirewallTests {
    @Test func `rules reach a running machine, and what is done to them by hand is found and put right`() async throws {
        try await FirewallBench.with("fire") { bench, client, _ in
            try await bench.hypervisor.start(bench.guest.key)
            #expect(try await bench.state(client) == "NONE")
            _ = try await bench.allow(2201, client)
            try await eventually("the rules are there") { try await bench.state(client) == "APPLIED" }
            let made = try #require(try await bench.filter())
            #expect(made.xml.contains("dstportstart='2201'"))
            let interfaces = try await bench.hypervisor.interfaces()[bench.guest.record.uuid]
            #expect(interfaces?.map(\.filter) == [made.name, made.name])

            // A second rule is there about as soon as libvirt itself needs for it. The figures are for the reader: other
            // tests use the same libvirt meanwhile, so that a bar would measure them.
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
        try await FirewallBench.with("fire-gone") { bench, client, _ in
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
        try await FirewallBench.with("fire-kill") { bench, client, doomed in
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
        try await FirewallBench.with("fire-trial") { bench, client, doomed in
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
