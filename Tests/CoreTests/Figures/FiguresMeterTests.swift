import Core
import Testing

@Suite struct FiguresMeterTests {
    static let second: Int64 = 1_000_000_000

    private func raw(
        at seconds: Int64, run: Int = 1, cpu: UInt64? = nil, vcpus: Int? = nil, waits: [UInt64] = [],
        network: [RawCounters.Device]? = nil, disks: [RawCounters.Device]? = nil
    ) -> RawCounters {
        let at = seconds * Self.second
        var raw = RawCounters()
        raw.runID = run
        raw.cpu = cpu.map { Measured($0, at: at) }
        raw.vcpus = vcpus.map { count in
            Measured(
                RawCounters.VCPUs(
                    current: count, each: waits.enumerated().map { RawCounters.VCPU(number: $0, wait: $1) }), at: at)
        }
        raw.networks = network.map { Measured($0, at: at) }
        raw.disks = disks.map { Measured($0, at: at) }
        return raw
    }

    @Test func `rates need two measurements`() {
        var meter = FiguresMeter()
        meter.add(
            raw(at: 10, cpu: 5_000_000_000, network: [.init(name: "vnet0", bytesIn: 1000, bytesOut: 0)]), vcpus: 2)
        #expect(meter.figures == Figures())
        meter.add(
            raw(at: 12, cpu: 6_000_000_000, network: [.init(name: "vnet0", bytesIn: 5000, bytesOut: 300)]), vcpus: 2)
        // One second of CPU in two seconds on two vCPUs.
        #expect(meter.figures.cpuPercent == 25)
        #expect(meter.figures.networkReceived == 2000)
        #expect(meter.figures.networkSent == 150)
        #expect(meter.quickAt == 12 * Self.second)
    }

    @Test func `the domain's own number of vCPUs wins`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, cpu: 0, vcpus: 4), vcpus: 1)
        meter.add(raw(at: 1, cpu: 1_000_000_000), vcpus: 1)
        #expect(meter.figures.cpuPercent == 25)
    }

    @Test func `CPU is not above all vCPUs, and unknown without their number`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, cpu: 0))
        meter.add(raw(at: 1, cpu: 1_000_000_000))
        #expect(meter.figures.cpuPercent == nil)
        meter.add(raw(at: 2, cpu: 3_000_000_000), vcpus: 1)
        #expect(meter.figures.cpuPercent == 100)
    }

    @Test func `a group that was not measured keeps its figure`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, cpu: 0, vcpus: 1, disks: [.init(name: "vda", bytesIn: 0, bytesOut: 0)]))
        meter.add(raw(at: 4, cpu: 0, vcpus: 1, disks: [.init(name: "vda", bytesIn: 400, bytesOut: 800)]))
        meter.add(raw(at: 5, cpu: 500_000_000))
        #expect(meter.figures.diskRead == 100)
        #expect(meter.figures.diskWrite == 200)
        #expect(meter.figures.cpuPercent == 50)
        #expect(meter.quickAt == 5 * Self.second)
        #expect(meter.slowAt == 4 * Self.second)
        // The next measurement is compared with the last of the same group, not with the last of any.
        meter.add(raw(at: 8, disks: [.init(name: "vda", bytesIn: 800, bytesOut: 800)]))
        #expect(meter.figures.diskRead == 100)
        #expect(meter.figures.diskWrite == 0)
    }

    @Test func `nothing is compared across a new start`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, run: 1, cpu: 0), vcpus: 1)
        meter.add(raw(at: 1, run: 1, cpu: 500_000_000), vcpus: 1)
        meter.add(raw(at: 2, run: 2, cpu: 900_000_000), vcpus: 1)
        #expect(meter.figures == Figures())
        meter.add(raw(at: 3, run: 2, cpu: 1_000_000_000), vcpus: 1)
        #expect(meter.figures.cpuPercent == 10)
    }

    @Test func `a counter that went back counts as nothing`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, cpu: 9, network: [.init(name: "vnet0", bytesIn: 900, bytesOut: 900)]), vcpus: 1)
        meter.add(raw(at: 1, cpu: 5, network: [.init(name: "vnet0", bytesIn: 100, bytesOut: 1000)]), vcpus: 1)
        #expect(meter.figures.cpuPercent == nil)
        #expect(meter.figures.networkReceived == 0)
        #expect(meter.figures.networkSent == 100)
    }

    @Test func `two measurements at one instant give no rate`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 1, cpu: 0, network: []), vcpus: 1)
        meter.add(raw(at: 1, cpu: 9, network: []), vcpus: 1)
        #expect(meter.figures == Figures())
    }

    @Test func `devices that come and go are left out until they can be compared`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, disks: [.init(name: "vda", bytesIn: 0, bytesOut: 0)]))
        meter.add(
            raw(
                at: 1,
                disks: [
                    .init(name: "vda", bytesIn: 10, bytesOut: 0), .init(name: "vdb", bytesIn: 1 << 40, bytesOut: 0),
                ]))
        #expect(meter.figures.diskRead == 10)
        meter.add(raw(at: 2, disks: [.init(name: "vdb", bytesIn: (1 << 40) + 7, bytesOut: 0)]))
        #expect(meter.figures.diskRead == 7)
    }

    @Test func `waiting is a share of the time of all vCPUs that can be compared`() {
        var meter = FiguresMeter()
        meter.add(raw(at: 0, vcpus: 2, waits: [0, 0]))
        meter.add(raw(at: 1, vcpus: 2, waits: [500_000_000, 0]))
        #expect(meter.figures.vcpuWaitPercent == 25)
        meter.add(raw(at: 2, vcpus: 3, waits: [500_000_000, 100_000_000, 999_000_000]))
        #expect(meter.figures.vcpuWaitPercent == 5)
    }

    @Test func `a guest that tells its memory is believed, without the caches it would give up`() {
        var memory = RawCounters.Memory()
        memory.current = 2 << 20
        memory.maximum = 4 << 20
        memory.available = 2_000 << 10
        memory.usable = 1_500 << 10
        memory.unused = 100 << 10
        memory.guestAge = 4
        memory.rss = 3 << 20
        var raw = RawCounters()
        raw.memory = Measured(memory, at: 1)
        var meter = FiguresMeter()
        meter.add(raw)
        #expect(meter.figures.memoryUsedMiB == 500)
        #expect(meter.figures.memoryTotalMiB == 4096)
        #expect(meter.figures.balloonMiB == 2048)
        memory.usable = nil
        raw.memory = Measured(memory, at: 2)
        meter.add(raw)
        #expect(meter.figures.memoryUsedMiB == 1900)
    }

    @Test(arguments: [nil, FiguresMeter.guestAgeLimit + 1])
    func `a guest that tells nothing new is taken to use what QEMU takes`(age: Int64?) {
        var memory = RawCounters.Memory()
        memory.current = 1 << 20
        memory.available = 1 << 20
        memory.unused = 1 << 19
        memory.guestAge = age
        memory.rss = 300 << 10
        var raw = RawCounters()
        raw.memory = Measured(memory, at: 1)
        var meter = FiguresMeter()
        meter.add(raw)
        #expect(meter.figures.memoryUsedMiB == 300)
        // QEMU itself may take more than the guest has.
        memory.rss = 5 << 20
        raw.memory = Measured(memory, at: 2)
        meter.add(raw)
        #expect(meter.figures.memoryUsedMiB == 1024)
        memory.rss = nil
        raw.memory = Measured(memory, at: 3)
        meter.add(raw)
        #expect(meter.figures.memoryUsedMiB == nil)
    }
}
