/// A display controller of the host.
package struct HostGPU: Equatable, Sendable {
    package var address: PCIAddress
    package var vendor: String
    package var model: String
    /// The host's driver that holds it now, as in `nvidia` or `vfio-pci`; nil when none does.
    package var driver: String?
    /// Devices of one group go to a machine together or not at all; nil when the host has no IOMMU switched on.
    package var iommuGroup: Int?
    /// The other functions of the card, such as its sound, which go where it goes.
    package var companions: [PCIAddress] = []
    /// The host's own console is on it.
    package var isConsole: Bool
    /// Its own memory; nil when the host cannot tell.
    package var memoryBytes: Int64?

    package init(
        address: PCIAddress, vendor: String, model: String, driver: String? = nil, iommuGroup: Int? = nil,
        isConsole: Bool = false, memoryBytes: Int64? = nil
    ) {
        self.address = address
        self.vendor = vendor
        self.model = model
        self.driver = driver
        self.iommuGroup = iommuGroup
        self.isConsole = isConsole
        self.memoryBytes = memoryBytes
    }
}

extension HostGPU {
    /// Reads a node device; nil for one that is no display controller.
    ///
    /// Source: <https://libvirt.org/formatnode.html>; the class of display controllers is 03 in the PCI Code and ID
    /// Assignment Specification.
    package init?(nodeDevice device: XMLElement) {
        guard let pci = device.all("capability").first(where: { $0[attribute: "type"] == "pci" }),
            let kind = pci.child("class").flatMap({ Self.number($0.text) }), kind >> 16 == 0x03,
            let domain = pci.child("domain").flatMap({ UInt32($0.text) }),
            let bus = pci.child("bus").flatMap({ UInt8($0.text) }),
            let slot = pci.child("slot").flatMap({ UInt8($0.text) }),
            let function = pci.child("function").flatMap({ UInt8($0.text) })
        else { return nil }
        self.init(
            address: PCIAddress(domain: domain, bus: bus, slot: slot, function: function),
            vendor: Self.words(pci.child("vendor")), model: Self.words(pci.child("product")),
            driver: device.find("driver", "name")?.text,
            iommuGroup: pci.child("iommuGroup")?[attribute: "number"].flatMap { Int($0) })
        companions = (pci.child("iommuGroup")?.all("address") ?? []).compactMap(PCIAddress.init(element:))
            .filter { $0 != address && $0.isOnCard(of: address) }.sorted()
    }

    private static func number(_ text: String) -> UInt32? {
        text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }

    /// The name from the host's list of PCI ids, or the id itself when the list does not know it.
    private static func words(_ element: XMLElement?) -> String {
        guard let element else { return "" }
        return element.text.isEmpty ? element[attribute: "id"] ?? "" : element.text
    }

    /// The largest window through which the host sees a device's memory; on cards that do not show all of it, less than
    /// they have.
    ///
    /// Source: `resource` of a device in sysfs: first address, last address and flags of each window, one a line; flags
    /// as in Linux's ioport.h.
    package static func memory(ofWindows text: String) -> Int64? {
        let isPrefetchableMemory: UInt64 = 0x2200
        let sizes = text.split(separator: "\n").prefix(6).compactMap { line -> Int64? in
            let numbers = line.split(separator: " ").compactMap { UInt64($0.dropFirst(2), radix: 16) }
            guard numbers.count == 3, numbers[1] > numbers[0],
                numbers[2] & isPrefetchableMemory == isPrefetchableMemory
            else { return nil }
            return Int64(exactly: numbers[1] - numbers[0]).map { $0 + 1 }
        }
        return sizes.max()
    }
}
