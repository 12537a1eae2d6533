import Core
import Testing

@Suite struct HostGPUTests {
    @Test(arguments: [
        ("0000:01:00.0", "0000:01:00.0"), ("00000000:B4:00.0", "0000:b4:00.0"), ("02:1f.7", "0000:02:1f.7"),
        ("10000:e1:00.1", "10000:e1:00.1"),
    ])
    func `an address is read in every form that programs write`(text: String, expected: String) {
        #expect(PCIAddress(text)?.description == expected)
    }

    @Test(arguments: [
        "", "01", "01:00", "01:20.0", "01:00.8", "x:00.0", "0:0:0:0.0", "123456789:00:00.0", "-1:00.0", "01:00.00",
    ])
    func `what is no address is none`(text: String) {
        #expect(PCIAddress(text) == nil)
    }

    private static func device(kind: String) throws -> XMLElement {
        try XMLElement(
            parsing: """
                <device><name>pci_0000_01_00_0</name><path>/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0</path>\
                <driver><name>nvidia</name></driver><capability type='pci'><class>\(kind)</class><domain>0</domain>\
                <bus>1</bus><slot>0</slot><function>0</function><product id='0x1eb8'>TU104GL [Tesla T4]</product>\
                <vendor id='0x10de'>NVIDIA Corporation</vendor><iommuGroup number='12'>\
                <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></iommuGroup></capability></device>
                """)
    }

    @Test func `a display controller is read from its node device`() throws {
        let gpu = try #require(HostGPU(nodeDevice: try Self.device(kind: "0x030200")))
        #expect(gpu.address.description == "0000:01:00.0")
        #expect(gpu.vendor == "NVIDIA Corporation" && gpu.model == "TU104GL [Tesla T4]")
        #expect(gpu.driver == "nvidia" && gpu.iommuGroup == 12)
    }

    @Test func `other devices are passed over`() throws {
        #expect(HostGPU(nodeDevice: try Self.device(kind: "0x020000")) == nil)
        #expect(HostGPU(nodeDevice: XMLElement("device")) == nil)
    }

    @Test func `memory is the largest window that may be read ahead`() {
        let windows = """
            0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200
            0x00000000e0000000 0x00000000efffffff 0x000000000014220c
            0x0000000000000000 0x0000000000000000 0x0000000000000000
            0x00000000f0000000 0x00000000f1ffffff 0x000000000014220c
            """
        #expect(HostGPU.memory(ofWindows: windows) == 256 << 20)
        #expect(HostGPU.memory(ofWindows: "") == nil)
    }

    @Test func `resources come from the host and the records, and none is made up`() {
        var host = HostInfo()
        host.cpus = 1
        host.memoryMiB = 8192
        var resources = HostResources(host, promised: .init(vcpus: 6, memoryGB: 3, diskGB: 90))
        #expect(resources.availableCPUs == 1 && resources.memoryAvailableMiB == 5120 && resources.disk == nil)
        host.memoryFreeMiB = 1000
        host.pools = [
            StoragePool(name: "a", isActive: true, capacityBytes: 1, allocationBytes: 1, availableBytes: 0),
            StoragePool(name: "default", isActive: true, capacityBytes: 9, allocationBytes: 2, availableBytes: 7),
        ]
        resources = HostResources(host, promised: .init())
        #expect(resources.memoryAvailableMiB == 1000 && resources.disk?.name == "default")
        #expect(HostResources.gibibytes(mebibytes: 1536) == 1.5)
    }
}
