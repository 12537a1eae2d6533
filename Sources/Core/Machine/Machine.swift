/// A virtual machine as Bay knows it: its record, or a domain of the host that nobody has adopted yet.
///
/// `Domain` is libvirt's word for its own object; a `Machine` is ours and may have one.
package struct Machine: Identifiable, Equatable, Sendable {
    /// The record's id, a lower-case UUID; for a domain that was not adopted, the domain's own UUID.
    package struct ID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    package var id: ID
    package var name: String
    /// The domain's name in libvirt.
    package var internalName: String
    package var status: MachineStatus
    package var os: String
    package var cpuCores: Int
    package var ramGB: Int
    package var diskSizeGB: Int
    /// The host's graphics card that it has to itself, in whatever form it was written down.
    package var gpuAddress: String?
    package var departmentID: Department.ID?
    package var templateID: MachineTemplate.ID?
    package var userID: String?
    package var localIP: String?
    package var publicIP: String?
    package var createdAt: Timestamp?
    /// False for a domain that Bay found and nobody has adopted: it is shown, never changed.
    package var isManaged: Bool
    /// Whether a domain of this name exists in libvirt now; nil when libvirt cannot be asked.
    package var hasDomain: Bool?

    package init(
        id: ID, name: String, internalName: String, status: MachineStatus, os: String = "", cpuCores: Int = 0,
        ramGB: Int = 0, diskSizeGB: Int = 0, gpuAddress: String? = nil, departmentID: Department.ID? = nil,
        templateID: MachineTemplate.ID? = nil, userID: String? = nil, localIP: String? = nil, publicIP: String? = nil,
        createdAt: Timestamp? = nil, isManaged: Bool = true, hasDomain: Bool? = true
    ) {
        self.id = id
        self.name = name
        self.internalName = internalName
        self.status = status
        self.os = os
        self.cpuCores = cpuCores
        self.ramGB = ramGB
        self.diskSizeGB = diskSizeGB
        self.gpuAddress = gpuAddress
        self.departmentID = departmentID
        self.templateID = templateID
        self.userID = userID
        self.localIP = localIP
        self.publicIP = publicIP
        self.createdAt = createdAt
        self.isManaged = isManaged
        self.hasDomain = hasDomain
    }
}
