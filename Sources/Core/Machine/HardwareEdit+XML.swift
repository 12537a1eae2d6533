extension HardwareEdit {
    /// Changes a domain's definition. Whatever it does not speak of stays word for word.
    ///
    /// Source: <https://libvirt.org/formatdomain.html>
    package func apply(to domain: inout XMLElement) {
        if let cores { setCores(cores, in: &domain) }
        if let memoryGB { setMemory(memoryGB << 20, in: &domain) }
        if cores != nil || memoryGB != nil { spreadCells(in: &domain) }
        if let devices { exchange(devices, in: &domain) }
    }

    private func setCores(_ cores: Int, in domain: inout XMLElement) {
        domain.make("vcpu") { vcpu in
            vcpu.text = String(cores)
            vcpu.set("current", to: nil)
        }
        // What is said of single CPUs would have to name each of the new ones.
        domain.children.removeAll { $0.name == "vcpus" }
        domain.edit("cputune") { tune in
            tune.children.removeAll { pin in
                pin.name == "vcpupin" && (pin[attribute: "vcpu"].flatMap { Int($0) } ?? 0) >= cores
            }
        }
        domain.edit("cpu") { cpu in
            cpu.edit("topology") { topology in
                let product = ["sockets", "dies", "clusters", "cores", "threads"]
                    .reduce(1) { $0 * (topology[attribute: $1].flatMap { Int($0) } ?? 1) }
                if product == cores { return }
                for level in ["sockets", "dies", "clusters", "threads"] where topology[attribute: level] != nil {
                    topology.set(level, to: "1")
                }
                topology.set("cores", to: String(cores))
            }
        }
    }

    private func setMemory(_ kibibytes: Int, in domain: inout XMLElement) {
        for name in ["memory", "currentMemory"] {
            domain.make(name) { memory in
                memory.text = String(kibibytes)
                memory.set("unit", to: "KiB")
            }
        }
        domain.edit("maxMemory") { maximum in
            guard let most = DomainDescription.mebibytes(maximum), most < kibibytes >> 10 else { return }
            maximum.text = String(kibibytes)
            maximum.set("unit", to: "KiB")
        }
    }

    /// Shares CPUs and memory anew among the guest's NUMA cells, as evenly as it goes. There are no more cells than CPUs.
    private func spreadCells(in domain: inout XMLElement) {
        guard let cells = domain.find("cpu", "numa")?.all("cell"), !cells.isEmpty,
            let cores = domain.child("vcpu").flatMap({ Int($0.text) }),
            let mebibytes = domain.child("memory").flatMap(DomainDescription.mebibytes)
        else { return }
        let count = min(cells.count, max(1, cores))
        var firstCore = 0
        var memoryLeft = mebibytes
        let kept = cells.prefix(count).enumerated().map { index, cell in
            var cell = cell
            let share = (cores - firstCore) / (count - index)
            cell.set("cpus", to: share == 1 ? "\(firstCore)" : "\(firstCore)-\(firstCore + share - 1)")
            firstCore += share
            let memory = memoryLeft / (count - index)
            memoryLeft -= memory
            cell.set("memory", to: String(memory << 10))
            cell.set("unit", to: "KiB")
            cell.edit("distances") { distances in
                distances.children.removeAll { ($0[attribute: "id"].flatMap { Int($0) } ?? 0) >= count }
            }
            return cell
        }
        domain.edit("cpu") { cpu in
            cpu.edit("numa") { numa in numa.children = kept + numa.children.filter { $0.name != "cell" } }
        }
        domain.edit("numatune") { tune in
            tune.children.removeAll { node in
                node.name == "memnode" && (node[attribute: "cellid"].flatMap { Int($0) } ?? 0) >= count
            }
        }
    }

    private func exchange(_ exchange: Devices, in domain: inout XMLElement) {
        domain.make("devices") { devices in
            devices.children.removeAll { device in
                guard device.name == "hostdev", device[attribute: "type"] == "pci",
                    let address = device.find("source", "address").flatMap(PCIAddress.init(element:))
                else { return false }
                return exchange.removed.contains { $0.isOnCard(of: address) }
            }
            devices.children += exchange.added.map { address in
                XMLElement(
                    "hostdev", ["mode": "subsystem", "type": "pci", "managed": "yes"],
                    children: [XMLElement("source", children: [address.element])])
            }
        }
    }
}

extension PCIAddress {
    /// Reads `<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>`.
    package init?(element: XMLElement) {
        func number(_ name: String) -> UInt32? {
            guard let text = element[attribute: name] else { return name == "domain" || name == "function" ? 0 : nil }
            return text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
        }
        guard let domain = number("domain"), let bus = number("bus"), bus < 256, let slot = number("slot"), slot < 32,
            let function = number("function"), function < 8
        else { return nil }
        self.init(domain: domain, bus: UInt8(bus), slot: UInt8(slot), function: UInt8(function))
    }

    package var element: XMLElement {
        let text = description
        // `0000:01:00.0`
        let parts = text.split { $0 == ":" || $0 == "." }
        return XMLElement(
            "address",
            ["domain": "0x\(parts[0])", "bus": "0x\(parts[1])", "slot": "0x\(parts[2])", "function": "0x\(parts[3])"])
    }

    /// Whether both are functions of one card.
    package func isOnCard(of other: PCIAddress) -> Bool {
        (domain, bus, slot) == (other.domain, other.bus, other.slot)
    }
}
