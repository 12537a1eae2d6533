/// What somebody wants to change in a machine's hardware. What is nil stays as it is.
package struct HardwareChange: Equatable, Sendable {
    package enum GPU: Equatable, Sendable {
        case none
        case card(String)
    }

    package var cores: Int?
    package var memoryGB: Int?
    package var gpu: GPU?

    package init(cores: Int? = nil, memoryGB: Int? = nil, gpu: GPU? = nil) {
        self.cores = cores
        self.memoryGB = memoryGB
        self.gpu = gpu
    }

    /// What of it would make `machine` another one than it is.
    package func reduced(for machine: Machine) -> HardwareChange {
        var change = self
        if cores == machine.cpuCores { change.cores = nil }
        if memoryGB == machine.ramGB { change.memoryGB = nil }
        switch gpu {
        case .none?: if machine.gpuAddress == nil { change.gpu = nil }
        case .card(let text)?:
            if let address = PCIAddress(text), address == machine.gpuAddress.flatMap({ PCIAddress($0) }) {
                change.gpu = nil
            }
        case nil: break
        }
        return change
    }

    package var isEmpty: Bool { self == HardwareChange() }
}

/// What machines may be made of.
package enum HardwareRules {
    package static let cores = TemplateRules.cores
    package static let memoryGB = TemplateRules.memoryGB
    /// How long a guest gets to shut down before its plug is pulled: its new hardware needs a new start.
    package static let graceSeconds = 120

    /// Why a machine's hardware cannot be changed now; nil when it can.
    package static func refusal(on machine: Machine) -> String? {
        guard machine.isManaged else { return "not adopted yet: adopt it first" }
        switch machine.status {
        case .building, .failed: return "not now: the machine is \(machine.status.words)"
        default: return machine.hasDomain == false ? "its domain is missing in libvirt" : nil
        }
    }

    /// Why a host cannot give a machine so much, whatever else runs on it; nil when it can.
    package static func problem(_ change: HardwareChange, on host: HostInfo) -> String? {
        if let value = change.cores {
            if let problem = NumberRule.problem(value, in: cores, of: "cores") { return problem }
            if host.cpus > 0, value > host.cpus { return "the host has \(host.cpus) CPUs, not \(value)" }
        }
        if let value = change.memoryGB {
            if let problem = NumberRule.problem(value, in: memoryGB, of: "memory in GB") { return problem }
            if host.memoryMiB > 0, value * 1024 > host.memoryMiB {
                return "the host has \(host.memoryMiB / 1024) GB of memory, not \(value)"
            }
        }
        return nil
    }

    /// Why a machine cannot have a card of the host to itself; nil when it can.
    package static func problem(_ gpu: HostGPU, takenBy other: String?) -> String? {
        if let other { return "the card \(gpu.address) belongs to \(other)" }
        if gpu.isConsole { return "the card \(gpu.address) shows the host's own console" }
        if gpu.iommuGroup == nil {
            return "the card \(gpu.address) cannot be given away: the host's IOMMU is not switched on"
        }
        return nil
    }
}

/// A change as it is made in a domain's XML.
package struct HardwareEdit: Equatable, Sendable {
    package var cores: Int?
    package var memoryGB: Int?
    /// Which devices of the host go, and which come; nil leaves all as they are.
    package var devices: Devices?

    package struct Devices: Equatable, Sendable {
        /// Cards: each goes with all of its functions.
        package var removed: Set<PCIAddress>
        package var added: [PCIAddress]

        package init(removed: Set<PCIAddress>, added: [PCIAddress]) {
            self.removed = removed
            self.added = added
        }
    }

    package init(cores: Int? = nil, memoryGB: Int? = nil, devices: Devices? = nil) {
        self.cores = cores
        self.memoryGB = memoryGB
        self.devices = devices
    }
}
