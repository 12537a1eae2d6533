/// How a snapshot of a domain is taken. Which way works depends on the domain's firmware, disks and state.
package enum SnapshotPlan: Equatable, Sendable {
    /// Memory and disks, inside of the qcow2 images.
    case internalWithMemory
    /// The disks of a domain that is shut off, inside of the qcow2 images.
    case internalDisks
    /// An overlay on top of each disk; memory is left out. The only way while a domain runs whose firmware keeps
    /// variables in a flash image, or which owns a device of the host.
    case externalDisks([String])
}

extension SnapshotPlan {
    /// The first libvirt that can go back to an overlay, as `virConnectGetLibVersion` counts.
    /// Source: libvirt's news of version 9.9.0.
    package static let restoringOverlays: UInt = 9_009_000

    /// The way that fits, or why there is none. A domain without any disk is left to libvirt to judge.
    /// - Parameter libvirt: its version, as `virConnectGetLibVersion` counts.
    package static func choose(
        for domain: DomainDescription, state: DomainState, libvirt: UInt
    ) throws(SnapshotRefusal) -> SnapshotPlan {
        let writable = domain.disks.filter(\.isWritable)
        for disk in writable where disk.format != "qcow2" {
            throw .diskFormat(disk: disk.target, format: disk.format ?? "of unknown format")
        }
        guard state.isActive else { return .internalDisks }
        if domain.firmware == .pflash || domain.hasHostDevices {
            guard !writable.isEmpty else { throw .nothingToKeep }
            guard libvirt >= restoringOverlays else { throw .noWayBack }
            return .externalDisks(writable.map(\.target))
        }
        return .internalWithMemory
    }

    /// The XML that asks libvirt for it.
    package func xml(name: String, description: String?, disks: [DomainDescription.Disk]) -> String {
        var children = [XMLElement("name", text: name)]
        if let description, !description.isEmpty { children.append(XMLElement("description", text: description)) }
        switch self {
        case .internalWithMemory: children.append(XMLElement("memory", ["snapshot": "internal"]))
        case .internalDisks: break
        case .externalDisks(let targets):
            children.append(XMLElement("memory", ["snapshot": "no"]))
            // Named one by one: libvirt would otherwise give read-only disks an overlay as well.
            let elements = disks.filter { !$0.target.isEmpty }.map {
                XMLElement(
                    "disk", ["name": $0.target, "snapshot": targets.contains($0.target) ? "external" : "no"])
            }
            children.append(XMLElement("disks", children: elements))
        }
        return XMLElement("domainsnapshot", children: children).xml
    }
}

/// Why no snapshot of a domain can be taken as it is.
package enum SnapshotRefusal: Error, Equatable {
    case diskFormat(disk: String, format: String)
    case nothingToKeep
    /// It could be taken and never be restored.
    case noWayBack

    package var message: String {
        switch self {
        case .diskFormat(let disk, let format): "disk \(disk) is \(format): snapshots need qcow2 disks"
        case .nothingToKeep: "the machine has no disk that a snapshot could keep"
        case .noWayBack:
            "the machine has UEFI firmware or a device of the host: while it runs, this version of libvirt could take a "
                + "snapshot but not restore it (9.9 can): shut it down first"
        }
    }
}

extension DomainDescription.Disk {
    /// Whether the guest can write on it, so that a snapshot has something to keep.
    package var isWritable: Bool { hasSource && !isReadOnly && device != "cdrom" && device != "floppy" }
}
