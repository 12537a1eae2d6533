/// What Bay reads from a domain's XML.
///
/// Source: <https://libvirt.org/formatdomain.html>
package struct DomainDescription: Equatable, Sendable {
    package var name = ""
    /// Lower case.
    package var uuid = ""
    /// `kvm`, `qemu`, `test`, ...
    package var type = ""
    package var title: String?
    package var text: String?
    /// vCPUs plugged in now, and the most that can be.
    package var vcpus = 1
    package var maximumVCPUs = 1
    package var memoryMiB = 0
    package var architecture: String?
    /// The id that libosinfo gives the guest's system, as in `http://microsoft.com/win/11`.
    package var osinfoID: String?
    package var disks: [Disk] = []
    package var firmware = Firmware.bios
    package var hasHostDevices = false
    /// Whether the domain has a channel for the QEMU guest agent, and whether something answers on it now.
    package var hasAgentChannel = false
    package var isAgentConnected = false
    /// How often the balloon asks the guest for its memory figures, in seconds; nil when it never does.
    package var memoryStatsPeriod: Int?

    package enum Firmware: Equatable, Sendable { case bios, pflash }

    package struct Disk: Equatable, Sendable {
        /// As in `vda`.
        package var target: String
        /// `disk`, `cdrom`, `floppy` or `lun`.
        package var device: String
        /// As in `qcow2`; nil when the XML names none.
        package var format: String?
        package var isReadOnly: Bool
        /// False for an empty drive.
        package var hasSource: Bool
        /// `file`, `block`, `network`, `volume`, ...
        package var type: String

        package init(
            target: String, device: String = "disk", format: String?, isReadOnly: Bool = false,
            hasSource: Bool = true, type: String = "file"
        ) {
            self.target = target
            self.device = device
            self.format = format
            self.isReadOnly = isReadOnly
            self.hasSource = hasSource
            self.type = type
        }
    }

    package init() {}
}

extension DomainDescription {
    package init(parsing xml: String) throws(XMLError) {
        self.init(try XMLElement(parsing: xml))
    }

    package init(_ domain: XMLElement) {
        name = domain.child("name")?.text ?? ""
        uuid = domain.child("uuid")?.text.lowercased() ?? ""
        type = domain[attribute: "type"] ?? ""
        title = domain.child("title")?.text
        text = domain.child("description")?.text
        let vcpu = domain.child("vcpu")
        maximumVCPUs = vcpu.flatMap { Int($0.text) } ?? 1
        vcpus = vcpu?[attribute: "current"].flatMap { Int($0) } ?? maximumVCPUs
        memoryMiB = domain.child("memory").flatMap(Self.mebibytes) ?? 0
        architecture = domain.find("os", "type")?[attribute: "arch"]
        osinfoID =
            domain.child("metadata")?.children.first { $0.name.hasSuffix(":libosinfo") || $0.name == "libosinfo" }?
            .children.first { $0.name.hasSuffix(":os") || $0.name == "os" }?[attribute: "id"]
        if domain.find("os", "loader")?[attribute: "type"] == "pflash"
            || domain.child("os")?[attribute: "firmware"] == "efi"
        {
            firmware = .pflash
        }
        guard let devices = domain.child("devices") else { return }
        disks = devices.all("disk").map(Disk.init)
        hasHostDevices = devices.child("hostdev") != nil
        let agent = devices.all("channel").compactMap { $0.child("target") }
            .first { $0[attribute: "name"] == "org.qemu.guest_agent.0" }
        hasAgentChannel = agent != nil
        isAgentConnected = agent?[attribute: "state"] == "connected"
        memoryStatsPeriod = devices.find("memballoon", "stats")?[attribute: "period"].flatMap { Int($0) }
    }

    /// Source: libvirt's `unit` of sizes, which is KiB when none is given.
    static func mebibytes(_ element: XMLElement) -> Int? {
        guard let value = Int64(element.text), value >= 0 else { return nil }
        let bytes: Int64? =
            switch element[attribute: "unit"] ?? "KiB" {
            case "b", "bytes": value
            case "KB": value.times(1000)
            case "k", "KiB": value.times(1 << 10)
            case "MB": value.times(1_000_000)
            case "M", "MiB": value.times(1 << 20)
            case "GB": value.times(1_000_000_000)
            case "G", "GiB": value.times(1 << 30)
            case "TB": value.times(1_000_000_000_000)
            case "T", "TiB": value.times(1 << 40)
            default: nil
            }
        return bytes.map { Int($0 >> 20) }
    }

    /// A short word for the guest's system in Bay's own style, as in `windows11`; nil when the XML does not say.
    package var os: String? {
        // http://microsoft.com/win/10, http://ubuntu.com/ubuntu/24.04
        guard let parts = osinfoID?.split(separator: "/").map({ $0.lowercased() }), parts.count >= 3,
            parts[0].hasSuffix(":")
        else { return nil }
        return parts[2] == "win" ? "windows\(parts.count > 3 ? parts[3] : "")" : parts[2]
    }
}

extension DomainDescription.Disk {
    init(_ disk: XMLElement) {
        self.init(
            target: disk.child("target")?[attribute: "dev"] ?? "",
            device: disk[attribute: "device"] ?? "disk",
            format: disk.child("driver")?[attribute: "type"],
            isReadOnly: disk.child("readonly") != nil,
            hasSource: disk.child("source")?.attributes.isEmpty == false,
            type: disk[attribute: "type"] ?? "file")
    }
}

extension Int64 {
    fileprivate func times(_ factor: Int64) -> Int64? {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
