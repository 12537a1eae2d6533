/// A snapshot as libvirt describes it.
package struct DomainSnapshot: Equatable, Sendable {
    /// Unique within the domain.
    package var name: String
    package var description: String?
    package var createdAt: Timestamp
    /// `running`, `paused`, `shutoff`, `disk-snapshot`, ...
    package var state: String
    package var parent: String?
    package var isCurrent: Bool

    package init(
        name: String, description: String? = nil, createdAt: Timestamp, state: String, parent: String? = nil,
        isCurrent: Bool = false
    ) {
        self.name = name
        self.description = description
        self.createdAt = createdAt
        self.state = state
        self.parent = parent
        self.isCurrent = isCurrent
    }

    /// Source: <https://libvirt.org/formatsnapshot.html>
    package init(parsing xml: String, current: String?) throws(XMLError) {
        let root = try XMLElement(parsing: xml)
        guard root.name == "domainsnapshot", let name = root.child("name")?.text, !name.isEmpty else {
            throw XMLError(reason: "not a snapshot", offset: 0)
        }
        let seconds = root.child("creationTime").flatMap { Int64($0.text) } ?? 0
        self.init(
            name: name,
            description: root.child("description").map(\.text),
            createdAt: Timestamp(milliseconds: (0..<1 << 40).contains(seconds) ? seconds * 1000 : 0),
            state: root.child("state")?.text ?? "",
            parent: root.find("parent", "name")?.text,
            isCurrent: name == current)
    }

    package func snapshot(of machine: Machine.ID, domainName: String) -> Snapshot {
        Snapshot(
            name: name, description: description, machineID: machine, domainName: domainName, createdAt: createdAt,
            isCurrent: isCurrent, parent: parent, state: state)
    }
}
