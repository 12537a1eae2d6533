import Core

/// Templates and categories as rows of their lists.
extension TemplateRow {
    static let columns = [
        TableColumn("name", "NAME", importance: 0, minimum: 12, ideal: 22, maximum: 40),
        TableColumn("category", "CATEGORY", importance: 3, minimum: 10, ideal: 16, maximum: 24),
        TableColumn("cores", "vCPU", alignment: .right, importance: 1, minimum: 5, ideal: 5),
        TableColumn("memory", "MEM", alignment: .right, importance: 1, minimum: 6, ideal: 6),
        TableColumn("storage", "DISK", alignment: .right, importance: 2, minimum: 7, ideal: 7),
        TableColumn("machines", "MACHINES", alignment: .right, importance: 4, minimum: 8, ideal: 8),
        TableColumn("description", "DESCRIPTION", importance: 5, minimum: 30, ideal: 30, maximum: 80),
    ]

    /// - Parameter categories: their names by their ids.
    func row(_ categories: [TemplateCategory.ID: String], _ zone: Zone) -> ResourceList.Row {
        let category = template.categoryID.flatMap { categories[$0] }
        return ResourceList.Row(
            id: template.id.rawValue, name: template.name,
            texts: [
                "name": template.name, "category": category ?? Format.missing, "cores": "\(template.cores)",
                "memory": "\(template.memoryGB) GB", "storage": "\(template.storageGB) GB", "machines": "\(machines)",
                "description": template.description ?? "",
            ],
            roles: [
                "category": category == nil ? .muted : .accent, "machines": machines == 0 ? .muted : .text,
                "description": .muted,
            ],
            facts: [
                .init(
                    "Size", "\(template.cores) vCPU, \(template.memoryGB) GB memory, \(template.storageGB) GB disk"),
                .init("Category", category ?? "none"),
                .init("Machines", machines == 1 ? "1 was made from it" : "\(machines) were made from it"),
                .init("Description", template.description ?? ""), .init("Made", zone.dateAndTime(template.createdAt)),
                .init("Id", template.id.rawValue),
            ])
    }
}

extension CategoryRow {
    static let columns = [
        TableColumn("name", "NAME", importance: 0, minimum: 10, ideal: 18, maximum: 40),
        TableColumn("templates", "TEMPLATES", alignment: .right, importance: 1, minimum: 9, ideal: 9),
        TableColumn("machines", "MACHINES", alignment: .right, importance: 2, minimum: 8, ideal: 8),
        TableColumn("description", "DESCRIPTION", importance: 3, minimum: 12, ideal: 30, maximum: 80),
    ]

    func row(_ zone: Zone) -> ResourceList.Row {
        ResourceList.Row(
            id: category.id.rawValue, name: category.name,
            texts: [
                "name": category.name, "templates": "\(templates)", "machines": "\(machines)",
                "description": category.description ?? "",
            ],
            roles: [
                "templates": templates == 0 ? .muted : .text, "machines": machines == 0 ? .muted : .text,
                "description": .muted,
            ],
            facts: [
                .init("Templates", "\(templates)"), .init("Machines", "\(machines)"),
                .init("Description", category.description ?? ""), .init("Made", zone.dateAndTime(category.createdAt)),
                .init("Id", category.id.rawValue),
            ])
    }
}
