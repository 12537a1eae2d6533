/// A saved state of a machine, as libvirt keeps it.
package struct Snapshot: Equatable, Sendable {
    /// Unique within the machine; also the id in the API.
    package var name: String
    package var description: String?
    package var machineID: Machine.ID
    /// The domain's name.
    package var domainName: String
    package var createdAt: Timestamp
    package var isCurrent: Bool
    /// The snapshot that this one was taken on top of.
    package var parent: String?
    /// What the domain was doing: `running`, `shutoff`, `paused`, `disk-snapshot`.
    package var state: String

    package init(
        name: String, description: String? = nil, machineID: Machine.ID, domainName: String, createdAt: Timestamp,
        isCurrent: Bool = false, parent: String? = nil, state: String
    ) {
        self.name = name
        self.description = description
        self.machineID = machineID
        self.domainName = domainName
        self.createdAt = createdAt
        self.isCurrent = isCurrent
        self.parent = parent
        self.state = state
    }
}
