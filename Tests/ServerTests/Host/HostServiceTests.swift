import Core
import Libvirt
import Postgres
import Server
import TestSupport
import Testing

@Suite struct HostServiceTests {
    @Test func `resources count the machines that are on`() async throws {
        try await World.with { world in
            let machines = try await world.adopt("alpha", "beta")
            try await world.services.database.execute("UPDATE \"Machine\" SET \"ramGB\" = 3, \"diskSizeGB\" = 20")
            let before = try await world.services.host.resources()
            #expect(before.promised == HostResources.Promises(vcpus: 0, memoryGB: 0, diskGB: 40))
            #expect(before.cpus > 0 && before.memoryMiB > 0)
            // The test driver has no storage pool, so it is the file system of this host.
            #expect((before.disk?.capacityBytes ?? 0) > 0)
            _ = try await world.services.machines.perform(.start, on: machines[0].id, for: world.admin)
            let after = try await world.services.host.resources()
            #expect(after.promised == HostResources.Promises(vcpus: 2, memoryGB: 3, diskGB: 40))
        }
    }

    @Test func `a host that cannot be asked gives no numbers`() async throws {
        let database = try await TestDatabase.make()
        let host = HostService(
            hypervisor: Hypervisor(uri: "test:///default"), store: HostStore(database: database), clock: SystemClock())
        await #expect(throws: HostError.self) { try await host.resources() }
        await #expect(throws: HostError.self) { try await host.freeGPUs() }
    }

    private static func device(_ bus: Int, kind: String = "0x030000") -> String {
        """
        <device><name>pci_0000_0\(bus)_00_0</name><parent>computer</parent><capability type='pci'>\
        <class>\(kind)</class><domain>0</domain><bus>\(bus)</bus><slot>0</slot><function>0</function>\
        <product id='0x1eb8'>T4</product><vendor id='0x10de'>NVIDIA</vendor></capability></device>
        """
    }

    @Test func `a GPU that a machine has is not offered again`() async throws {
        let devices = [Self.device(1), Self.device(2), Self.device(3), Self.device(4, kind: "0x020000")].joined()
        try await World.with(devices: devices) { world in
            let machines = try await world.adopt("alpha", "beta")
            let host = world.services.host
            #expect(try await host.freeGPUs().map(\.address.bus) == [1, 2, 3])
            // Programs write addresses in several forms, and in two places.
            try await world.services.database.execute(
                """
                UPDATE "Machine" SET "gpuPciAddress" = '00000000:01:00.0' WHERE id = \(machines[0].id.rawValue)
                """)
            try await world.services.database.execute(
                """
                INSERT INTO "MachineConfiguration" (id, "machineId", "assignedGpuBus")
                VALUES ('c', \(machines[1].id.rawValue), '02:00.0')
                """)
            let free = try await host.freeGPUs()
            #expect(free.map(\.address.description) == ["0000:03:00.0"])
            #expect(free.first?.vendor == "NVIDIA" && free.first?.model == "T4")
        }
    }
}
