package import JSON

/// A program of the catalogue that machines can be given when they are made.
package struct Application: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package var id: ID
    package var name: String
    package var description: String?
    /// An SVG image as text.
    package var icon: String?
    /// The systems it can be installed on, as in `windows` and `ubuntu`.
    package var systems: [String]
    /// The command that installs it, by system.
    package var installCommand: JSONObject
    /// What stands for the placeholders of the commands when a machine says nothing else.
    package var parameters: JSONObject?
    package var createdAt: Timestamp

    package init(
        id: ID, name: String, description: String? = nil, icon: String? = nil, systems: [String],
        installCommand: JSONObject, parameters: JSONObject? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.icon = icon
        self.systems = systems
        self.installCommand = installCommand
        self.parameters = parameters
        self.createdAt = createdAt
    }
}
