/// Turns the totals that libvirt counts for one domain into figures for people.
///
/// A rate needs two measurements of the same group. What is measured less often, or could not be measured because the
/// domain was busy, keeps its last figure; `FiguresSample` tells the age.
package struct FiguresMeter: Equatable, Sendable {
    package private(set) var figures = Figures()
    private var last = RawCounters()

    package init() {}

    /// Guest figures older than this say nothing about now.
    package static let guestAgeLimit: Int64 = 60

    /// When the groups that are measured often, and those that are measured rarely, were last measured.
    package var quickAt: Int64? { last.cpu?.at ?? last.networks?.at }
    package var slowAt: Int64? { last.memory?.at ?? last.disks?.at }

    /// Takes a new measurement. `vcpus` is used until the domain's own count is known.
    package mutating func add(_ raw: RawCounters, vcpus: Int? = nil) {
        if let runID = raw.runID, let before = last.runID, runID != before {
            // Started again: nothing that was counted before can be compared.
            self = FiguresMeter()
        }
        last.runID = raw.runID ?? last.runID
        last.state = raw.state ?? last.state
        addVCPUs(raw.vcpus)
        addCPU(raw.cpu, vcpus: last.vcpus?.value.current ?? vcpus)
        if let rates = Self.rates(last.networks, raw.networks) {
            (figures.networkReceived, figures.networkSent) = rates
        }
        last.networks = raw.networks ?? last.networks
        if let rates = Self.rates(last.disks, raw.disks) {
            (figures.diskRead, figures.diskWrite) = rates
        }
        last.disks = raw.disks ?? last.disks
        addMemory(raw.memory)
    }

    private mutating func addCPU(_ new: Measured<UInt64>?, vcpus: Int?) {
        guard let new else { return }
        defer { last.cpu = new }
        guard let old = last.cpu, new.at > old.at, new.value >= old.value, let vcpus, vcpus > 0 else { return }
        // QEMU's own threads are counted too, so a busy guest can be a little above all of its vCPUs.
        let share = Double(new.value - old.value) / (Double(new.at - old.at) * Double(vcpus))
        figures.cpuPercent = min(100, share * 100)
    }

    private mutating func addVCPUs(_ new: Measured<RawCounters.VCPUs>?) {
        guard let new else { return }
        defer { last.vcpus = new }
        guard let old = last.vcpus, new.at > old.at else { return }
        var waited: UInt64 = 0
        var counted = 0
        for vcpu in new.value.each {
            // One that was plugged in since has nothing to be compared with; one that was replaced starts at nothing.
            guard let before = old.value.each.first(where: { $0.number == vcpu.number }), vcpu.wait >= before.wait
            else { continue }
            waited += vcpu.wait - before.wait
            counted += 1
        }
        guard counted > 0 else { return }
        figures.vcpuWaitPercent = min(100, Double(waited) / (Double(new.at - old.at) * Double(counted)) * 100)
    }

    private mutating func addMemory(_ new: Measured<RawCounters.Memory>?) {
        guard let new else { return }
        last.memory = new
        let memory = new.value
        figures.balloonMiB = memory.current.map(Self.mebibytes)
        figures.memoryTotalMiB = (memory.maximum ?? memory.current).map(Self.mebibytes)
        figures.memoryUsedMiB = Self.used(memory).map(Self.mebibytes)
    }

    /// What the guest uses, as the guest tells it: caches that it would give up are not counted. A guest that tells
    /// nothing is taken to use what QEMU takes of the host, but no more than the balloon leaves to it, since QEMU
    /// needs memory of its own as well.
    static func used(_ memory: RawCounters.Memory) -> UInt64? {
        if let available = memory.available, let free = memory.usable ?? memory.unused, free <= available,
            let age = memory.guestAge, age <= guestAgeLimit
        {
            return available - free
        }
        guard let rss = memory.rss else { return nil }
        return min(rss, memory.current ?? memory.maximum ?? rss)
    }

    /// Bytes a second in and out over all devices that both measurements have.
    static func rates(
        _ old: Measured<[RawCounters.Device]>?, _ new: Measured<[RawCounters.Device]>?
    ) -> (Double?, Double?)? {
        guard let old, let new, new.at > old.at else { return nil }
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        for device in new.value {
            guard let before = old.value.first(where: { $0.name == device.name }) else { continue }
            // A counter that went back belongs to another device of the same name.
            if device.bytesIn >= before.bytesIn { bytesIn &+= device.bytesIn - before.bytesIn }
            if device.bytesOut >= before.bytesOut { bytesOut &+= device.bytesOut - before.bytesOut }
        }
        let seconds = Double(new.at - old.at) / 1e9
        return (Double(bytesIn) / seconds, Double(bytesOut) / seconds)
    }

    static func mebibytes(_ kibibytes: UInt64) -> Double { Double(kibibytes) / 1024 }
}
