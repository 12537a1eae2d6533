/// What there is to clear away when a machine is destroyed, and what is none of Bay's.
package enum MachineRemains {
    /// How the names of all volumes begin that Bay made for a machine; nil for one that was adopted. Bay names the domains
    /// it makes with a UUID, so that nobody else's files begin like this.
    package static func volumePrefix(of machine: Machine, isAdopted: Bool) -> String? {
        guard !isAdopted, isUUID(machine.internalName) else { return nil }
        return machine.internalName + "-"
    }

    /// Disks of a domain that stay where they are: those that are not among `own`.
    package static func kept(of domain: XMLElement, own: Set<String>) -> [String] {
        (domain.child("devices")?.all("disk") ?? []).compactMap { disk in
            guard ["disk", "lun"].contains(disk[attribute: "device"] ?? "disk"), let source = disk.child("source")
            else { return nil }
            let place =
                source[attribute: "file"] ?? source[attribute: "dev"] ?? source[attribute: "dir"]
                ?? source[attribute: "volume"].map { "\(source[attribute: "pool"] ?? "")/\($0)" }
                ?? source[attribute: "name"]
            guard let place, !own.contains(place) else { return nil }
            return place
        }
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
