package import Core

/// A network as a row of its list.
extension HostNetwork {
    static let columns = [
        TableColumn("name", "NAME", importance: 0, minimum: 10, ideal: 20, maximum: 50),
        TableColumn("state", "STATE", importance: 1, minimum: 13, ideal: 13, maximum: 14),
        TableColumn("address", "ADDRESS", importance: 0, minimum: 18, ideal: 18, maximum: 18),
        TableColumn("bridge", "BRIDGE", importance: 2, minimum: 8, ideal: 12, maximum: 15),
        TableColumn("dhcp", "DHCP", importance: 4, minimum: 19, ideal: 34, maximum: 34),
        TableColumn("mode", "LEADS TO", importance: 3, minimum: 8, ideal: 10, maximum: 12),
        TableColumn("autostart", "WITH HOST", importance: 5, minimum: 9, ideal: 9, maximum: 9),
        TableColumn("description", "DESCRIPTION", importance: 6, minimum: 12, ideal: 24, maximum: 60),
    ]

    /// The address with the bits of its netmask: `192.168.122.1/24`.
    package var addressText: String? { address.map { "\($0)/\(prefix)" } }

    package var stateWord: String { !isActive ? "not active" : needsRestart ? "needs restart" : "active" }

    var row: ResourceList.Row {
        let missing = Format.missing
        return ResourceList.Row(
            id: uuid, name: name,
            texts: [
                "name": name, "state": stateWord, "address": addressText ?? missing, "bridge": bridge?.name ?? missing,
                "dhcp": range?.description ?? missing, "mode": forwardMode ?? "nowhere",
                "autostart": startsWithHost ? "yes" : "no", "description": description ?? "",
            ],
            roles: [
                "state": !isActive ? .muted : needsRestart ? .warning : .good,
                "description": .muted, "mode": forwardMode == nil ? .muted : .text,
            ],
            facts: [
                .init("Address", addressText.map { "\($0), netmask \(subnet?.netmask.description ?? "")" } ?? missing),
                .init("DHCP", range.map { "\($0) are handed out" } ?? "none"),
                .init(
                    "Bridge",
                    bridge.map { $0.name + ($0.stp.isEmpty ? "" : ", spanning tree \($0.stp), delay \($0.delay) s") }
                        ?? "none of its own"),
                .init("State", isActive ? needsRestart ? Self.restartWords : "active" : "not active"),
                .init("Description", description ?? ""), .init("Id", uuid),
            ])
    }

    private static let restartWords = "active, with another definition: what was changed comes with its next start"
}
