import Core
import Testing

@Suite struct SnapshotPlanTests {
    private func domain(
        _ formats: [String?] = ["qcow2"], firmware: DomainDescription.Firmware = .bios, hostDevices: Bool = false
    ) -> DomainDescription {
        var domain = DomainDescription()
        domain.firmware = firmware
        domain.hasHostDevices = hostDevices
        domain.disks = formats.enumerated().map { .init(target: "vd\("abcdef".dropFirst($0).first!)", format: $1) }
        domain.disks.append(.init(target: "sda", device: "cdrom", format: "raw", isReadOnly: true))
        return domain
    }

    @Test(arguments: [DomainState.running, .paused, .blocked])
    func `a running domain keeps memory and disks inside of its images`(state: DomainState) throws {
        #expect(try SnapshotPlan.choose(for: domain(), state: state, libvirt: 9_009_000) == .internalWithMemory)
    }

    @Test(arguments: [DomainDescription.Firmware.bios, .pflash])
    func `a domain that is off keeps its disks inside of its images`(firmware: DomainDescription.Firmware) throws {
        #expect(
            try SnapshotPlan.choose(for: domain(firmware: firmware), state: .shutOff, libvirt: 9_009_000)
                == .internalDisks)
    }

    @Test func `a running domain with flash firmware or host devices gets overlays`() throws {
        let plan = SnapshotPlan.externalDisks(["vda", "vdb"])
        #expect(
            try SnapshotPlan.choose(
                for: domain(["qcow2", "qcow2"], firmware: .pflash), state: .running, libvirt: 9_009_000) == plan)
        #expect(
            try SnapshotPlan.choose(
                for: domain(["qcow2", "qcow2"], hostDevices: true), state: .running, libvirt: 9_009_000) == plan)
        #expect(throws: SnapshotRefusal.nothingToKeep) {
            try SnapshotPlan.choose(for: domain([], firmware: .pflash), state: .running, libvirt: 9_009_000)
        }
    }

    @Test func `no overlay is made that this libvirt could not go back to`() throws {
        let refusal = #expect(throws: SnapshotRefusal.noWayBack) {
            try SnapshotPlan.choose(for: domain(firmware: .pflash), state: .running, libvirt: 9_008_000)
        }
        #expect(refusal?.message.contains("shut it down first") == true)
        #expect(
            try SnapshotPlan.choose(for: domain(firmware: .pflash), state: .shutOff, libvirt: 9_000_000)
                == .internalDisks)
    }

    @Test(arguments: [DomainState.running, .shutOff])
    func `disks that cannot keep a snapshot are named`(state: DomainState) {
        let refusal = #expect(throws: SnapshotRefusal.self) {
            try SnapshotPlan.choose(for: domain(["qcow2", "raw"]), state: state, libvirt: 9_009_000)
        }
        #expect(refusal?.message == "disk vdb is raw: snapshots need qcow2 disks")
        let unknown = #expect(throws: SnapshotRefusal.self) {
            try SnapshotPlan.choose(for: domain([nil]), state: state, libvirt: 9_009_000)
        }
        #expect(unknown?.message == "disk vda is of unknown format: snapshots need qcow2 disks")
    }

    @Test func `the XML asks for what was planned`() {
        let disks = domain(["qcow2"]).disks
        #expect(
            SnapshotPlan.internalWithMemory.xml(name: "a<b", description: "it's", disks: disks)
                == "<domainsnapshot><name>a&lt;b</name><description>it&apos;s</description>"
                + "<memory snapshot='internal'/></domainsnapshot>")
        #expect(
            SnapshotPlan.internalDisks.xml(name: "a", description: "", disks: disks)
                == "<domainsnapshot><name>a</name></domainsnapshot>")
        #expect(
            SnapshotPlan.externalDisks(["vda"]).xml(name: "a", description: nil, disks: disks)
                == "<domainsnapshot><name>a</name><memory snapshot='no'/><disks><disk name='vda' snapshot='external'/>"
                + "<disk name='sda' snapshot='no'/></disks></domainsnapshot>")
    }

    @Test func `a snapshot is read from its XML`() throws {
        let xml = """
            <domainsnapshot><name>two</name><description>d &amp; e</description><state>disk-snapshot</state>
            <parent><name>one</name></parent><creationTime>1763719530</creationTime>
            <domain><name>other</name></domain></domainsnapshot>
            """
        let snapshot = try DomainSnapshot(parsing: xml, current: "two")
        #expect(
            snapshot
                == DomainSnapshot(
                    name: "two", description: "d & e", createdAt: Timestamp(milliseconds: 1_763_719_530_000),
                    state: "disk-snapshot", parent: "one", isCurrent: true))
        let of = snapshot.snapshot(of: Machine.ID("m"), domainName: "dom")
        #expect(of.machineID == Machine.ID("m"))
        #expect(of.parent == "one")
        #expect(throws: XMLError.self) { try DomainSnapshot(parsing: "<domain/>", current: nil) }
        #expect(throws: XMLError.self) { try DomainSnapshot(parsing: "<domainsnapshot/>", current: nil) }
    }
}
