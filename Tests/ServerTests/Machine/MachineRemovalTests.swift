import Core
import Postgres
import Server
import Testing

@Suite struct MachineRemovalTests {
    private static let name = "0b8e6a50-4d3c-4f5e-9a76-1c1d1e1f2021"

    private func rows(_ table: Statement, _ world: World) async throws -> Int {
        try await world.services.database.rows("SELECT 1 AS one FROM \(table)").count
    }

    @Test func `an adopted machine goes, and its disks stay and are named`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            try await world.define(
                "alpha", in: "devices", "<disk type='file'><source file='/x/a.qcow2'/><target dev='vda'/></disk>")
            let id = try await world.adopt("alpha")[0].id
            _ = try await machines.perform(.start, on: id, for: world.admin)
            let stranger = Caller(name: "eve", role: .user, userID: "eve")
            await #expect(throws: MachineError.notFound) { try await machines.destroy(id, by: stranger) }
            #expect(
                try await machines.destroy(id, by: world.admin)
                    == "alpha was destroyed; kept, because Bay did not make it: /x/a.qcow2")
            await #expect(throws: MachineError.notFound) { try await machines.find(id, for: world.admin) }
            let gone = await #expect(throws: LibvirtError.self) {
                try await world.services.hypervisor.domain(.name("alpha"))
            }
            #expect(gone?.isNoDomain == true)
            #expect(try await world.actions(of: id).contains("delete"))
            #expect(try await rows("machine_domain", world) == 0)
            await #expect(throws: MachineError.notFound) { try await machines.destroy(id, by: world.admin) }
        }
    }

    @Test func `a domain that nobody adopted is never destroyed`() async throws {
        try await World.with { world in
            let id = Machine.ID(try world.domain("beta"))
            await #expect(throws: MachineError.invalid("not adopted yet: adopt it first")) {
                try await world.services.machines.destroy(id, by: world.admin)
            }
            #expect(try await world.services.hypervisor.domain(.name("beta")).state == .shutOff)
        }
    }

    @Test func `of a machine that Bay made nothing is left`() async throws {
        let volumes = ["\(Self.name)-main.qcow2", "\(Self.name)-main.before", "other.qcow2"].map {
            "<volume type='file'><name>\($0)</name><capacity>1000000</capacity></volume>"
        }
        let pool =
            "<pool type='dir'><name>default</name><target><path>/bay-pool</path></target>\(volumes.joined())</pool>"
        let records: [Statement] = [
            """
            INSERT INTO "FirewallRuleSet" (id, name, "internalName", "entityType", "entityId")
            VALUES ('f', 'f', 'ibay-vm-00000000', 'VM', 'm')
            """,
            """
            INSERT INTO "Machine" (id, name, "internalName", status, os, "firewallRuleSetId")
            VALUES ('m', 'made', \(Self.name), 'off', 'ubuntu', 'f')
            """,
            "INSERT INTO \"MachineConfiguration\" (id, \"machineId\") VALUES ('c', 'm')",
            """
            INSERT INTO "Application" (id, name, "installCommand", parameters) VALUES ('a', 'a', '{}', '{}')
            """,
            "INSERT INTO \"MachineApplication\" (\"machineId\", \"applicationId\", parameters) VALUES ('m', 'a', '{}')",
        ]
        try await World.with(domains: [Self.name], devices: pool, records: records) { world in
            let hypervisor = world.services.hypervisor
            #expect(try await hypervisor.volumes(named: Self.name).count == 2)
            let disk = "<disk type='file'><source file='/bay-pool/\(Self.name)-main.qcow2'/><target dev='vda'/></disk>"
            try await world.define(Self.name, in: "devices", disk)
            #expect(try await world.services.machines.destroy(.init("m"), by: world.admin) == "made was destroyed")
            #expect(try await hypervisor.volumes(named: "") == ["/bay-pool/other.qcow2"])
            for table: Statement in [
                "\"Machine\"", "\"MachineConfiguration\"", "\"MachineApplication\"", "\"FirewallRuleSet\"",
            ] { #expect(try await rows(table, world) == 0) }
            #expect(try await rows("\"Application\"", world) == 1)
        }
    }
}

@Suite struct MachineScreenTests {
    @Test func `a screen is told of while the machine runs, and its password to viewers alone`() async throws {
        try await World.with { world in
            let (machines, screens) = (world.services.machines, world.services.screens)
            try await world.define(
                "alpha", in: "devices", "<graphics type='vnc' port='5907' listen='10.0.0.5' passwd='secret'/>")
            let id = try await world.adopt("alpha")[0].id
            await #expect(throws: MachineError.noScreen(because: "it is off")) {
                try await screens.connection(to: id, for: world.admin)
            }
            #expect(try await screens.links(to: [id]).isEmpty)
            _ = try await machines.perform(.start, on: id, for: world.admin)
            #expect(
                try await screens.connection(to: id, for: world.admin)
                    == MachineScreens.Connection(link: "vnc://10.0.0.5:5907", password: "secret", kind: "vnc"))
            try await world.eventually("the machine is known to run") {
                try await screens.links(to: [id]) == [id: "vnc://10.0.0.5:5907"]
            }
            await #expect(throws: MachineError.notFound) {
                try await screens.connection(to: id, for: Caller(name: "eve", role: .user, userID: "eve"))
            }
        }
    }
}

@Suite struct GuestCommandServiceTests {
    @Test func `without an agent no command is run, and the answer says why`() async throws {
        try await World.with { world in
            let (machines, guests) = (world.services.machines, world.services.guests)
            let id = try await world.adopt("alpha")[0].id
            await #expect(throws: MachineError.invalid("the machine is not running")) {
                try await guests.run("uptime", in: id, by: world.admin)
            }
            _ = try await machines.perform(.start, on: id, for: world.admin)
            await #expect(throws: MachineError.invalid("the machine has no channel for the QEMU guest agent")) {
                try await guests.run("uptime", in: id, by: world.admin)
            }
            await #expect(throws: MachineError.invalid("the command is empty")) {
                try await guests.run(" ", in: id, by: world.admin)
            }
            #expect(try await !world.actions(of: id).contains("execute_command"))
        }
    }
}
