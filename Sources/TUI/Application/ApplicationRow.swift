import Core

/// An application of the catalogue as a row of its list.
extension Application {
    static let columns = [
        TableColumn("name", "NAME", importance: 0, minimum: 16, ideal: 24, maximum: 40),
        TableColumn("systems", "SYSTEMS", importance: 1, minimum: 16, ideal: 30, maximum: 60),
        TableColumn("description", "DESCRIPTION", importance: 2, minimum: 20, ideal: 40, maximum: 100),
    ]

    func row(_ zone: Zone) -> ResourceList.Row {
        let systems = systems.joined(separator: ", ")
        return ResourceList.Row(
            id: id.rawValue, name: name,
            texts: ["name": name, "systems": systems, "description": description ?? ""],
            roles: ["systems": .accent, "description": .muted],
            facts: [
                .init("Systems", systems), .init("Description", description ?? ""),
                .init("Made", zone.dateAndTime(createdAt)), .init("Id", id.rawValue),
            ])
    }
}
