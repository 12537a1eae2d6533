/// A size that machines are made in.
package struct MachineTemplate: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package var id: ID
    package var name: String
    package var description: String?
    package var cores: Int
    package var memoryGB: Int
    package var storageGB: Int
    package var categoryID: TemplateCategory.ID?
    package var createdAt: Timestamp

    package init(
        id: ID, name: String, description: String? = nil, cores: Int, memoryGB: Int, storageGB: Int,
        categoryID: TemplateCategory.ID? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.cores = cores
        self.memoryGB = memoryGB
        self.storageGB = storageGB
        self.categoryID = categoryID
        self.createdAt = createdAt
    }
}

/// A shelf that templates are put on.
package struct TemplateCategory: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package var id: ID
    package var name: String
    package var description: String?
    package var createdAt: Timestamp

    package init(id: ID, name: String, description: String? = nil, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.description = description
        self.createdAt = createdAt
    }
}
