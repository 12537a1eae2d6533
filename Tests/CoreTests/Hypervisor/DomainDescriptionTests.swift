import Core
import Testing

@Suite struct DomainDescriptionTests {
    static let windows = """
        <domain type='kvm' id='3'>
          <name>desk-7</name><uuid>ABCDEF01-2345-6789-abcd-ef0123456789</uuid>
          <title>Reception</title><description>by the door</description>
          <metadata>
            <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
              <libosinfo:os id="http://microsoft.com/win/11"/>
            </libosinfo:libosinfo>
          </metadata>
          <memory unit='KiB'>4194304</memory><currentMemory unit='KiB'>2097152</currentMemory>
          <vcpu placement='static' current='2'>8</vcpu>
          <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
            <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.ms.fd</loader></os>
          <devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/x/a.qcow2'/>
              <target dev='vda' bus='virtio'/></disk>
            <disk type='file' device='cdrom'><driver name='qemu'/><target dev='sda' bus='sata'/><readonly/></disk>
            <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
            <hostdev mode='subsystem' type='pci'/>
            <memballoon model='virtio'><stats period='5'/></memballoon>
          </devices>
        </domain>
        """

    @Test func `a domain is read from its XML`() throws {
        let domain = try DomainDescription(parsing: Self.windows)
        #expect(domain.name == "desk-7")
        #expect(domain.uuid == "abcdef01-2345-6789-abcd-ef0123456789")
        #expect(domain.type == "kvm")
        #expect(domain.title == "Reception")
        #expect(domain.text == "by the door")
        #expect(domain.vcpus == 2)
        #expect(domain.maximumVCPUs == 8)
        #expect(domain.memoryMiB == 4096)
        #expect(domain.architecture == "x86_64")
        #expect(domain.osinfoID == "http://microsoft.com/win/11")
        #expect(domain.os == "windows11")
        #expect(domain.firmware == .pflash)
        #expect(domain.hasHostDevices)
        #expect(domain.hasAgentChannel)
        #expect(domain.isAgentConnected)
        #expect(domain.memoryStatsPeriod == 5)
        #expect(domain.disks.map(\.target) == ["vda", "sda"])
        #expect(domain.disks.map(\.isWritable) == [true, false])
        #expect(domain.disks[0].format == "qcow2")
        #expect(!domain.disks[1].hasSource)
    }

    @Test func `what the XML does not say has a plain default`() throws {
        let domain = try DomainDescription(parsing: "<domain><name>x</name></domain>")
        #expect(domain.vcpus == 1)
        #expect(domain.memoryMiB == 0)
        #expect(domain.title == nil)
        #expect(domain.os == nil)
        #expect(domain.firmware == .bios)
        #expect(domain.disks == [])
        #expect(!domain.hasAgentChannel)
        #expect(domain.memoryStatsPeriod == nil)
    }

    @Test(arguments: [
        ("<memory>2048</memory>", 2), ("<memory unit='KiB'>2048</memory>", 2), ("<memory unit='MiB'>3</memory>", 3),
        ("<memory unit='GiB'>2</memory>", 2048), ("<memory unit='b'>1048576</memory>", 1),
        ("<memory unit='GB'>1</memory>", 953), ("<memory unit='TiB'>1</memory>", 1_048_576),
        ("<memory unit='TiB'>9223372036854775807</memory>", 0), ("<memory unit='parsec'>5</memory>", 0),
        ("<memory>-5</memory>", 0), ("<memory>much</memory>", 0),
    ])
    func `memory is read in any unit`(element: String, mebibytes: Int) throws {
        #expect(try DomainDescription(parsing: "<domain>\(element)</domain>").memoryMiB == mebibytes)
    }

    @Test(arguments: [
        ("http://microsoft.com/win/10", "windows10"), ("http://ubuntu.com/ubuntu/24.04", "ubuntu"),
        ("http://fedoraproject.org/fedora/40", "fedora"), ("http://debian.org/debian/12", "debian"),
    ])
    func `the guest's system has a short name`(id: String, name: String) {
        var domain = DomainDescription()
        domain.osinfoID = id
        #expect(domain.os == name)
    }

    @Test func `states and events have libvirt's numbers`() {
        #expect((0...7).map { DomainState(libvirt: $0) } == DomainState.allCases)
        #expect(DomainState(libvirt: 99) == .noState)
        #expect(DomainEvent.Kind(libvirt: 0) == .defined)
        #expect(DomainEvent.Kind(libvirt: 5) == .stopped)
        #expect(DomainEvent.Kind(libvirt: 8) == .crashed)
        #expect(DomainEvent.Kind(libvirt: 9) == nil)
        #expect(DomainEvent.Kind(libvirt: -1) == nil)
    }
}
