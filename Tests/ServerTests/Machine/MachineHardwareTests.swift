import Core
import Postgres
import Server
import Testing

@Suite struct MachineHardwareTests {
    @Test func `a running machine is shut down, changed, and told of at each step`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            let id = try await world.adopt("alpha")[0].id
            _ = try await machines.perform(.start, on: id, for: world.admin)
            let begun = try await machines.updateHardware(
                HardwareChange(cores: 3, memoryGB: 2), of: id, by: world.admin)
            #expect(begun.status == .updatingHardware && begun.cpuCores == 2)
            try await world.eventually("the change is over") {
                try await machines.find(id, for: world.admin).status == .off
            }
            let machine = try await machines.find(id, for: world.admin)
            #expect(machine.cpuCores == 3 && machine.ramGB == 2)
            let details = try await world.services.hypervisor.details(of: .name("alpha")).description
            #expect(details.vcpus == 3 && details.memoryMiB == 2048)
            let told = try await world.messages(of: id).filter { $0.contains("hardware") }
            #expect(
                told == [
                    "the hardware of alpha is being changed", "alpha is being shut down to change its hardware",
                    "the hardware of alpha was changed: 3 cores, 2 GB of memory; "
                        + "it was shut down and can be started again",
                ])
            let same = try await machines.updateHardware(HardwareChange(cores: 3), of: id, by: world.admin)
            #expect(same.status == .off)
            try await world.eventually("the machine is free again") {
                do {
                    return try await machines.perform(.start, on: id, for: world.admin).machine.status == .running
                } catch MachineError.busy { return false }
            }
        }
    }

    @Test func `what cannot be is refused, and what libvirt refuses leaves all as it was`() async throws {
        try await World.with { world in
            let machines = world.services.machines
            let id = try await world.adopt("alpha")[0].id
            for change in [
                HardwareChange(cores: 65), HardwareChange(memoryGB: 0), HardwareChange(memoryGB: 512),
                HardwareChange(gpu: .card("nonsense")), HardwareChange(gpu: .card("01:00.0")),
            ] {
                await #expect(throws: MachineError.self, "\(change)") {
                    try await machines.updateHardware(change, of: id, by: world.admin)
                }
            }
            #expect(try await machines.find(id, for: world.admin).status == .off)
            // With one CPU less, what is said of the second one makes no sense.
            try await world.define("alpha", in: "cputune", "<vcpusched vcpus='0-1' scheduler='batch'/>")
            _ = try await machines.updateHardware(HardwareChange(cores: 1), of: id, by: world.admin)
            try await world.eventually("the change has failed") {
                try await machines.find(id, for: world.admin).status == .errorHardwareUpdate
            }
            #expect(try await machines.find(id, for: world.admin).cpuCores == 2)
            #expect(try await world.services.hypervisor.details(of: .name("alpha")).description.vcpus == 2)
            #expect(
                try await world.messages(of: id).contains { $0.hasPrefix("the hardware of alpha was not changed:") })
        }
    }

    private static func card(_ bus: Int) -> String {
        """
        <device><name>pci_0000_0\(bus)_00_0</name><parent>computer</parent><capability type='pci'>\
        <class>0x030000</class><domain>0</domain><bus>\(bus)</bus><slot>0</slot><function>0</function>\
        <product id='0x1eb8'>T4</product><vendor id='0x10de'>NVIDIA</vendor><iommuGroup number='\(bus)'>\
        <address domain='0x0000' bus='0x0\(bus)' slot='0x00' function='0x0'/>\
        <address domain='0x0000' bus='0x0\(bus)' slot='0x00' function='0x1'/></iommuGroup></capability></device>
        """
    }

    @Test func `a card goes to one machine at a time, with its sound`() async throws {
        try await World.with(devices: Self.card(1)) { world in
            let machines = world.services.machines
            let adopted = try await world.adopt("alpha", "beta")
            let (alpha, beta) = (adopted[0], adopted[1])
            func change(_ gpu: HardwareChange.GPU, _ machine: Machine) async throws {
                _ = try await machines.updateHardware(HardwareChange(gpu: gpu), of: machine.id, by: world.admin)
                try await world.eventually("\(machine.name) has changed") {
                    try await machines.find(machine.id, for: world.admin).status == .off
                }
            }
            func devices(_ machine: Machine) async throws -> Int {
                let xml = try await world.services.hypervisor.definition(of: .name(machine.internalName))
                return try XMLElement(parsing: xml).child("devices")?.all("hostdev").count ?? 0
            }
            try await change(.card("00000000:01:00.0"), alpha)
            #expect(try await machines.find(alpha.id, for: world.admin).gpuAddress == "0000:01:00.0")
            #expect(try await devices(alpha) == 2)
            await #expect(throws: MachineError.invalid("the card 0000:01:00.0 belongs to \(alpha.name)")) {
                try await machines.updateHardware(
                    HardwareChange(gpu: .card("01:00.0")), of: beta.id, by: world.admin)
            }
            try await change(.none, alpha)
            #expect(try await machines.find(alpha.id, for: world.admin).gpuAddress == nil)
            #expect(try await devices(alpha) == 0)
            try await change(.card("01:00.0"), beta)
            #expect(try await devices(beta) == 2)
        }
    }

    @Test func `a change in whose middle the server ended is over when it comes back`() async throws {
        let record: Statement = """
            INSERT INTO "Machine" (id, name, "internalName", status, os)
            VALUES ('m', 'alpha', 'alpha', 'powering_off_update', 'ubuntu')
            """
        try await World.with(domains: ["alpha"], records: [record]) { world in
            try await world.eventually("the change is given up") {
                try await world.services.machines.find(.init("m"), for: world.admin).status == .errorHardwareUpdate
            }
            #expect(try await world.actions(of: .init("m")).contains("update"))
        }
    }
}
