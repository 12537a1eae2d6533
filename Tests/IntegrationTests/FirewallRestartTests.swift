import Core
import Foundation
import JSON
import Libvirt
import TestSupport
import Testing

/// libvirtd goes away and comes back, with rules that wait for it, or without its filters.
@Suite(.serialized) struct FirewallRestartTests {
    @Test func `rules that were made without libvirtd are applied when it is back`() async throws {
        try await FirewallBench.with("fire-back", alone: true) { bench, client, _ in
            try await bench.hypervisor.start(bench.guest.key)
            _ = try await bench.allow(2210, client)
            try await bench.waitFor("APPLIED", client)
            try await bench.withoutLibvirtd {
                try await bench.waitForLink("down", client)
                _ = try await bench.allow(2211, client)
                #expect(try await bench.state(client) == "PENDING")
                let refused = try await client.answer(
                    "mutation { flushFirewallRules(vmId: \"\(bench.machine)\") { success } }")
                #expect(refused["errors"]?[0]?["extensions"]?["code"] == "UNAVAILABLE", "\(refused.text)")
            }
            try await bench.waitFor("APPLIED", client)
            try await bench.expectPorts(2210...2211)
            let name = try #require(try await bench.filter()).name
            #expect(try await bench.interfaceFilters() == [name, name])
        }
    }

    @Test func `a filter that is another one when libvirtd is back is found, shown and repaired`() async throws {
        try await FirewallBench.with("fire-lost", alone: true) { bench, client, _ in
            _ = try await bench.allow(2210, client)
            try await bench.waitFor("APPLIED", client)
            let name = try #require(try await bench.filter()).name
            let file = "/etc/libvirt/nwfilter/\(name).xml"
            for change in ["gone", "edited"] {
                try await bench.withoutLibvirtd {
                    if change == "gone" {
                        try FileManager.default.removeItem(atPath: file)
                    } else {
                        let text = try String(contentsOfFile: file, encoding: .utf8)
                        try text.replacing("2210", with: "2299").write(toFile: file, atomically: true, encoding: .utf8)
                    }
                }
                try await bench.waitForLink("up", client)
                _ = try await client.ask("mutation { runJobNow(schedule: \"firewall\") { success } }")
                try await bench.waitFor("DRIFTED", client)
                let shown = try await client.ask("{ machine(id: \"\(bench.machine)\") { firewall { drift } } }")
                let words = change == "gone" ? "filter \(name) is gone" : "filter \(name) was changed"
                #expect(shown["machine"]?["firewall"]?["drift"]?.string == words)
                let synced = try await client.ask("mutation { syncFirewallToLibvirt { success errors } }")
                #expect(synced["syncFirewallToLibvirt"]?["success"] == true, "\(synced.text)")
                try await bench.waitFor("APPLIED", client)
                try await bench.expectPorts(2210...2210)
            }
        }
    }
}

extension FirewallBench {
    fileprivate func waitFor(_ wanted: String, _ client: LocalConnection) async throws {
        try await eventually("the firewall is \(wanted)") { try await state(client) == wanted }
    }

    fileprivate func waitForLink(_ wanted: String, _ client: LocalConnection) async throws {
        try await eventually("bayd sees libvirt \(wanted)") {
            let links = try await client.ask("{ links { link state } }")["links"]?.array ?? []
            return links.contains { $0["link"] == "hypervisor" && $0["state"]?.string == wanted }
        }
    }

    /// Does something while libvirtd is not there. It is back afterwards, whatever happened.
    fileprivate func withoutLibvirtd(_ body: () async throws -> Void) async throws {
        try await QemuWorld.script("libvirtd-for-tests.sh", ["kill"])
        do { try await body() } catch {
            try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
            throw error
        }
        try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
        try await eventually("the test is connected again") { hypervisor.link.state == .up }
    }
}
