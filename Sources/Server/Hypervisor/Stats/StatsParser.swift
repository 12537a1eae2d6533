import CLibvirt
import Core

extension RawCounters {
    /// Reads what bulk stats tell of one domain. `at` is when the call returned, on a clock that only goes forward;
    /// `wallSeconds` is the same instant since 1970, which the guest's own figures carry.
    @safe init(_ record: virDomainStatsRecord, at: Int64, wallSeconds: Int64) {
        self.init()
        runID = unsafe record.dom.flatMap { unsafe domainRunID($0) }
        var vcpuCurrent: Int?
        var waits: [VCPU] = []
        var memory = Memory()
        var hasMemory = false
        var networks = Devices()
        var disks = Devices()
        for number in unsafe 0..<Int(record.nparams) {
            let parameter = unsafe record.params[number]
            let field = unsafe StatsField(parameter)
            switch field {
            case .state: unsafe state = DomainState(libvirt: Int(parameter.value.i))
            case .cpuTime: cpu = unsafe Measured(parameter.value.ul, at: at)
            case .vcpuCurrent: unsafe vcpuCurrent = Int(parameter.value.ui)
            case .vcpuWait(let number): unsafe waits.append(VCPU(number: number, wait: parameter.value.ul))
            case .balloonCurrent: unsafe memory.current = parameter.value.ul
            case .balloonMaximum: unsafe memory.maximum = parameter.value.ul
            case .balloonAvailable: unsafe memory.available = parameter.value.ul
            case .balloonUsable: unsafe memory.usable = parameter.value.ul
            case .balloonUnused: unsafe memory.unused = parameter.value.ul
            case .balloonLastUpdate:
                let last = unsafe Int64(clamping: parameter.value.ul)
                // Zero stands for never.
                if last > 0 { memory.guestAge = max(0, wallSeconds - last) }
            case .balloonRSS:
                unsafe memory.rss = parameter.value.ul
                // Only told when the domain's process was asked, unlike the size of the balloon.
                hasMemory = true
            case .networkName(let index): unsafe networks.name(index, parameter.value.s)
            case .networkReceived(let index): unsafe networks[index].bytesIn = parameter.value.ul
            case .networkSent(let index): unsafe networks[index].bytesOut = parameter.value.ul
            case .diskName(let index): unsafe disks.name(index, parameter.value.s)
            case .diskRead(let index):
                unsafe disks[index].bytesIn = parameter.value.ul
                disks.isMeasured = true
            case .diskWritten(let index): unsafe disks[index].bytesOut = parameter.value.ul
            case .reason, .other: break
            }
        }
        if let vcpuCurrent, !waits.isEmpty {
            vcpus = Measured(VCPUs(current: vcpuCurrent, each: waits), at: at)
        }
        if hasMemory { self.memory = Measured(memory, at: at) }
        if !networks.list.isEmpty { self.networks = Measured(networks.list, at: at) }
        if disks.isMeasured {
            self.disks = Measured(disks.list, at: at)
        } else if !disks.list.isEmpty {
            // The names of the disks are known without asking.
            isBusy = true
        }
    }

    /// Devices by the numbers that libvirt gives them.
    private struct Devices {
        var list: [Device] = []
        var isMeasured = false

        /// More than any machine has; a number above it is a mistake on the other side.
        static let limit = 1024

        subscript(index: Int) -> Device {
            get { index < list.count ? list[index] : Device(name: "", bytesIn: 0, bytesOut: 0) }
            set {
                guard index < Self.limit else { return }
                while list.count <= index { list.append(Device(name: "", bytesIn: 0, bytesOut: 0)) }
                list[index] = newValue
            }
        }

        mutating func name(_ index: Int, _ text: UnsafeMutablePointer<CChar>?) {
            guard let text = unsafe text else { return }
            self[index].name = unsafe String(cString: text)
        }
    }
}
