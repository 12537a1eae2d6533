/// A group of machines that are administered together.
package struct Department: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    package var id: ID
    package var name: String
    package var createdAt: Timestamp?
    package var internetSpeed: Int?
    package var ipSubnet: String?

    package init(
        id: ID, name: String, createdAt: Timestamp? = nil, internetSpeed: Int? = nil, ipSubnet: String? = nil
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.internetSpeed = internetSpeed
        self.ipSubnet = ipSubnet
    }
}
