import Core
import Testing

@Suite struct HardwareTests {
    private static func edited(_ edit: HardwareEdit, _ xml: String) throws -> String {
        var domain = try XMLElement(parsing: xml)
        edit.apply(to: &domain)
        return domain.xml
    }

    @Test func `cores and memory are changed and nothing else is`() throws {
        let before =
            "<domain type='kvm'><name>a</name><uuid>u</uuid><memory unit='GiB'>2</memory>"
            + "<currentMemory unit='KiB'>1048576</currentMemory><vcpu placement='static' current='1'>2</vcpu>"
            + "<cputune><shares>9</shares><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='3' cpuset='5'/></cputune>"
            + "<cpu mode='host-model'><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>"
            + "<devices><disk type='file'><source file='/a&amp;b'/></disk></devices></domain>"
        let after =
            "<domain type='kvm'><name>a</name><uuid>u</uuid><memory unit='KiB'>4194304</memory>"
            + "<currentMemory unit='KiB'>4194304</currentMemory><vcpu placement='static'>3</vcpu>"
            + "<cputune><shares>9</shares><vcpupin vcpu='0' cpuset='4'/></cputune>"
            + "<cpu mode='host-model'><topology sockets='1' dies='1' cores='3' threads='1'/></cpu>"
            + "<devices><disk type='file'><source file='/a&amp;b'/></disk></devices></domain>"
        #expect(try Self.edited(HardwareEdit(cores: 3, memoryGB: 4), before) == after)
        #expect(try Self.edited(HardwareEdit(), before) == XMLElement(parsing: before).xml)
    }

    @Test func `NUMA cells share what there is, and there are no more than CPUs`() throws {
        let before =
            "<domain><memory unit='KiB'>4194304</memory><vcpu>4</vcpu><cpu><numa>"
            + "<cell id='0' cpus='0-1' memory='2' unit='GiB'><distances><sibling id='0' value='10'/>"
            + "<sibling id='1' value='21'/></distances></cell><cell id='1' cpus='2-3' memory='2' unit='GiB'/></numa></cpu>"
            + "<numatune><memnode cellid='0' mode='strict' nodeset='0'/><memnode cellid='1' mode='strict' nodeset='1'/>"
            + "</numatune></domain>"
        let wide = try XMLElement(parsing: try Self.edited(HardwareEdit(cores: 5, memoryGB: 3), before))
        let cells = wide.find("cpu", "numa")?.all("cell") ?? []
        #expect(cells.map { $0[attribute: "cpus"] } == ["0-1", "2-4"])
        #expect(cells.map { $0[attribute: "memory"] } == ["1572864", "1572864"])
        let narrow =
            "<domain><memory unit='KiB'>4194304</memory><vcpu>1</vcpu><cpu><numa>"
            + "<cell id='0' cpus='0' memory='4194304' unit='KiB'><distances><sibling id='0' value='10'/></distances>"
            + "</cell></numa></cpu><numatune><memnode cellid='0' mode='strict' nodeset='0'/></numatune></domain>"
        #expect(try Self.edited(HardwareEdit(cores: 1), before) == narrow)
    }

    @Test func `one card goes with all its functions and another comes`() throws {
        func device(_ bus: Int, _ function: Int) -> String {
            "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
                + "<address domain='0x0000' bus='0x0\(bus)' slot='0x00' function='0x\(function)'/></source></hostdev>"
        }
        let other = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/></source></hostdev>"
        let edit = HardwareEdit(
            devices: .init(
                removed: [PCIAddress("01:00.0")!], added: [PCIAddress("02:00.0")!, PCIAddress("02:00.1")!]))
        #expect(
            try Self.edited(
                edit, "<domain><devices>\(device(1, 0))\(device(1, 1))\(device(3, 0))\(other)</devices></domain>")
                == "<domain><devices>\(device(3, 0))\(other)\(device(2, 0))\(device(2, 1))</devices></domain>")
    }

    @Test func `a change is what differs`() {
        let machine = Machine(
            id: .init("m"), name: "m", internalName: "m", status: .off, cpuCores: 2, ramGB: 4,
            gpuAddress: "00000000:01:00.0")
        #expect(HardwareChange(cores: 2, memoryGB: 4, gpu: .card("01:00.0")).reduced(for: machine).isEmpty)
        let change = HardwareChange(cores: 3, gpu: HardwareChange.GPU.none)
        #expect(change.reduced(for: machine) == change)
    }

    @Test func `a machine gets what its host has`() {
        var host = HostInfo()
        host.cpus = 8
        host.memoryMiB = 16 << 10
        #expect(HardwareRules.problem(HardwareChange(cores: 8, memoryGB: 16), on: host) == nil)
        for change in [
            HardwareChange(cores: 0), HardwareChange(cores: 9), HardwareChange(memoryGB: 17),
            HardwareChange(memoryGB: -1), HardwareChange(cores: .max), HardwareChange(memoryGB: .max),
        ] { #expect(HardwareRules.problem(change, on: host) != nil, "\(change)") }
        var card = HostGPU(address: PCIAddress("01:00.0")!, vendor: "", model: "", iommuGroup: 1)
        #expect(HardwareRules.problem(card, takenBy: nil) == nil)
        #expect(HardwareRules.problem(card, takenBy: "b") == "the card 0000:01:00.0 belongs to b")
        card.isConsole = true
        #expect(HardwareRules.problem(card, takenBy: nil) != nil)
        card.isConsole = false
        card.iommuGroup = nil
        #expect(HardwareRules.problem(card, takenBy: nil) != nil)
    }

    @Test func `only volumes of machines that Bay made are Bay's`() throws {
        let name = "0b8e6a50-4d3c-4f5e-9a76-1c1d1e1f2021"
        var machine = Machine(id: .init("m"), name: "m", internalName: name, status: .off)
        #expect(MachineRemains.volumePrefix(of: machine, isAdopted: false) == name + "-")
        #expect(MachineRemains.volumePrefix(of: machine, isAdopted: true) == nil)
        machine.internalName = "web"
        #expect(MachineRemains.volumePrefix(of: machine, isAdopted: false) == nil)
        let domain = try XMLElement(
            parsing: """
                <domain><devices><disk device='disk'><source file='/own'/></disk><disk><source dev='/dev/sdx'/></disk>\
                <disk device='cdrom'><source file='/x.iso'/></disk><disk device='disk'/>\
                <disk type='volume' device='disk'><source pool='p' volume='v'/></disk></devices></domain>
                """)
        #expect(MachineRemains.kept(of: domain, own: ["/own"]) == ["/dev/sdx", "p/v"])
    }
}
