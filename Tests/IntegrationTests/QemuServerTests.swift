import Core
import Foundation
import JSON
import Libvirt
import TestSupport
import Testing

/// bayd on real machines: what an administrator does, seen by the server's clients and by virsh.
@Suite(.serialized) struct QemuServerTests {
    /// A bayd on this host with guests that only this test has.
    private func withGuests(
        _ names: [String], alone: Bool = false, _ options: [String] = [],
        _ body: (LocalConnection, [String: String], Hypervisor) async throws -> Void
    ) async throws {
        try await QemuWorld.withLibvirtd(alone: alone) {
            let hypervisor = Hypervisor(uri: QemuWorld.uri)
            let running = Task { await hypervisor.run() }
            defer { running.cancel() }
            try await eventually("libvirt is connected") { hypervisor.link.state == .up }
            let bayd = try BaydProcess()
            try await bayd.run { _ in
                let client = try await LocalConnection.open(bayd.socket)
                try await nest(names[...], options, hypervisor, [:]) { guests in
                    let machines = try await adopt(guests, client)
                    try await body(client, machines, hypervisor)
                }
            }
        }
    }

    private func nest(
        _ names: ArraySlice<String>, _ options: [String], _ hypervisor: Hypervisor, _ guests: [String: Guest],
        _ body: ([String: Guest]) async throws -> Void
    ) async throws {
        guard let first = names.first else { return try await body(guests) }
        try await hypervisor.withGuest(first, options) { guest in
            try await nest(names.dropFirst(), options, hypervisor, guests.merging([first: guest]) { $1 }, body)
        }
    }

    /// Adopts the guests into a department. Returns their ids as machines.
    private func adopt(_ guests: [String: Guest], _ client: LocalConnection) async throws -> [String: String] {
        let made = try await client.ask("mutation { createDepartment(name: \"Lab\") { id } }")
        let department = try #require(made["createDepartment"]?["id"])
        let uuids = guests.values.map(\.record.uuid)
        try await eventually("bayd has seen the guests") {
            let all =
                try await client.ask("{ machines(includeUnmanaged: true, after: \"\") { id } }")["machines"]?.array
                ?? []
            return Set(uuids).isSubset(of: Set(all.compactMap { $0["id"]?.string }))
        }
        let answer = try await client.ask(
            """
            mutation ($d: [ID!]!, $into: ID!) {
              adoptMachines(domains: $d, departmentId: $into) { success message machine { id internalName } } }
            """, ["d": .array(uuids.map { .string($0) }), "into": department])
        var machines: [String: String] = [:]
        for result in answer["adoptMachines"]?.array ?? [] {
            #expect(result["success"] == true, "\(result.text)")
            let name = guests.first { $0.value.name == result["machine"]?["internalName"]?.string }?.key
            if let name, let id = result["machine"]?["id"]?.string { machines[name] = id }
        }
        #expect(machines.count == guests.count)
        return machines
    }

    private func status(_ id: String, _ client: LocalConnection) async throws -> String? {
        try await client.ask("query ($id: String!) { machine(id: $id) { status } }", ["id": .string(id)])["machine"]?[
            "status"]?
            .string
    }

    private func act(_ action: String, _ id: String, _ client: LocalConnection) async throws -> JSONValue {
        try await client.ask(
            "mutation ($id: String!) { r: \(action)(id: $id) { success message } }", ["id": .string(id)])[
                "r"]
            ?? .null
    }

    @Test func `three guests are started, measured and snapshotted, and virsh sees the same`() async throws {
        try await withGuests(["one", "two", "three"]) { client, machines, hypervisor in
            for id in machines.values { #expect(try await act("powerOn", id, client)["success"] == true) }
            for id in machines.values { #expect(try await status(id, client) == "running") }
            let one = try #require(machines["one"])
            let figures = try await client.begin(
                "subscription ($w: [ID!]) { figures(watch: $w) { machineId cpuPercent memoryUsedMiB } }",
                ["w": [.string(one)]])
            try await eventually("figures of a booting guest move") {
                let batch = try await client.data(of: figures)["figures"]?.array ?? []
                return batch.contains { $0["machineId"]?.string == one && ($0["cpuPercent"]?.double ?? 0) > 1 }
            }
            let made = try await client.ask(
                """
                mutation ($id: String!) {
                  r: createSnapshot(input: {machineId: $id, name: "before", description: "<&>"}) { success message } }
                """, ["id": .string(one)])
            #expect(made["r"]?["success"] == true, "\(made.text)")
            let name = try await client.ask(
                "query ($id: String!) { machine(id: $id) { internalName } }", ["id": .string(one)])
            let domain = try #require(name["machine"]?["internalName"]?.string)
            let listed = try await Program.run(["virsh", "-c", QemuWorld.uri, "snapshot-list", domain, "--name"])
            #expect(listed.contains("before"))
            let forced = try await client.ask(
                """
                mutation ($id: String!) {
                  r: forceRestoreSnapshot(input: {machineId: $id, snapshotName: "before"}) { success message } }
                """, ["id": .string(one)])
            #expect(forced["r"]?["success"] == true, "\(forced.text)")
            // What virsh does is seen by event.
            try await Program.run(["virsh", "-c", QemuWorld.uri, "destroy", domain])
            try await eventually("the machine is seen off") { try await status(one, client) == "off" }
            #expect(try await act("forcePowerOff", one, client)["message"]?.string?.contains("already off") == true)
        }
    }

    @Test func `a real guest is changed, its screen is found, and it is destroyed`() async throws {
        try await withGuests(["change"]) { client, machines, hypervisor in
            let id = try #require(machines["change"])
            func ask(_ document: String) async throws -> JSONValue {
                try await client.ask(document.replacing("$id", with: "\"\(id)\""))
            }
            let named = try await ask("{ machine(id: $id) { internalName } }")
            let domain = try #require(named["machine"]?["internalName"]?.string)
            let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
            let screen = "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='secret'/>"
            var definition = try XMLElement(parsing: try await hypervisor.definition(of: .name(domain)))
            let added = try XMLElement(parsing: "<x>\(channel)\(screen)</x>").children
            definition.make("devices") { $0.children += added }
            try await hypervisor.define(xml: definition.xml)

            #expect(try await act("powerOn", id, client)["success"] == true)
            let viewer = try await ask(
                "{ graphicConnection(id: $id) { link password protocol } machine(id: $id) { configuration } }")
            let link = try #require(viewer["graphicConnection"]?["link"]?.string, "\(viewer.text)")
            #expect(link.hasPrefix("vnc://127.0.0.1:59") && viewer["graphicConnection"]?["password"] == "secret")
            #expect(viewer["machine"]?["configuration"]?["graphic"]?.string == link)
            let command = try await ask(
                "mutation { r: executeCommand(id: $id, command: \"true\") { success message } }")
            #expect(command["r"]?["message"]?.string?.contains("guest agent") == true, "\(command.text)")

            try await eventually("the guest has booted", within: .seconds(240)) {
                (try? String(contentsOfFile: "\(QemuWorld.directory)/\(domain).log", encoding: .utf8))?
                    .contains("bay-guest ready") == true
            }
            let begun = try await ask(
                "mutation { r: updateMachineHardware(input: {id: $id, cpuCores: 2}) { status cpuCores } }")
            #expect(begun["r"]?["status"] == "updating_hardware", "\(begun.text)")
            try await eventually("the hardware is changed", within: .seconds(240)) {
                try await ask("{ machine(id: $id) { status } }")["machine"]?["status"] == "off"
            }
            #expect(try await ask("{ machine(id: $id) { cpuCores } }")["machine"]?["cpuCores"] == 2)
            let changed = try XMLElement(parsing: try await hypervisor.definition(of: .name(domain)))
            #expect(changed.child("vcpu")?.text == "2")
            // The password survived although it is never shown.
            #expect(changed.find("devices", "graphics")?[attribute: "passwd"] == "secret")

            #expect(try await act("powerOn", id, client)["success"] == true)
            let destroyed = try await act("destroyMachine", id, client)
            let disk = "\(QemuWorld.directory)/\(domain).qcow2"
            #expect(
                destroyed["message"]?.string?.hasSuffix("Bay did not make it: \(disk)") == true, "\(destroyed.text)")
            #expect(FileManager.default.fileExists(atPath: disk))
            let listed = try await Program.run(["virsh", "-c", QemuWorld.uri, "list", "--all", "--name"])
            #expect(!listed.contains(domain))
            #expect(try await ask("{ machine(id: $id) { id } }")["machine"] == .null)
        }
    }

    @Test func `libvirtd goes and comes back, and everything is current again`() async throws {
        try await withGuests(["gone"], alone: true) { client, machines, _ in
            let id = try #require(machines["gone"])
            #expect(try await act("powerOn", id, client)["success"] == true)
            do {
                try await QemuWorld.script("libvirtd-for-tests.sh", ["kill"])
                try await eventually("the light is down") { try await light("hypervisor", client) == "down" }
                // An unreachable libvirt is no reason to call a machine off.
                #expect(try await status(id, client) == "running")
                let refused = try await act("forcePowerOff", id, client)
                #expect(
                    refused["success"] == false && refused["message"]?.string?.contains("cannot be reached") == true)
                try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
            } catch {
                try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
                throw error
            }
            try await eventually("the light is up") { try await light("hypervisor", client) == "up" }
            try await eventually("the domain is known again") {
                try await client.ask("query ($id: String!) { machine(id: $id) { hasDomain } }", ["id": .string(id)])[
                    "machine"]?[
                        "hasDomain"] == true
            }
            #expect(try await act("forcePowerOff", id, client)["success"] == true)
            #expect(try await status(id, client) == "off")
        }
    }

    private func light(_ link: String, _ client: LocalConnection) async throws -> String? {
        try await client.ask("{ links { link state } }")["links"]?.array?.first { $0["link"]?.string == link }?[
            "state"]?
            .string
    }
}
