/// The systems that machines can be made with, in the API's words.
package enum GuestSystem: String, CaseIterable, Sendable {
    case windows10 = "WINDOWS10"
    case windows11 = "WINDOWS11"
    case ubuntu = "UBUNTU"
    case fedora = "FEDORA"

    /// The system that an image installs, by the image's file name; nil for a name that means none.
    package init?(imageFile name: String) {
        let name = name.lowercased()
        guard name.hasSuffix(".iso") else { return nil }
        switch name.dropLast(4) {
        case "windows10", "win10": self = .windows10
        case "windows11", "win11": self = .windows11
        case "ubuntu": self = .ubuntu
        case "fedora": self = .fedora
        default: return nil
        }
    }
}

/// Which systems can be installed now.
package struct Readiness: Equatable, Sendable {
    /// In the order of `GuestSystem`.
    package var available: [GuestSystem]

    /// - Parameter files: the names of the image files that are there.
    package init(files: some Sequence<String>) {
        let found = Set(files.compactMap { GuestSystem(imageFile: $0) })
        available = GuestSystem.allCases.filter(found.contains)
    }

    package var missing: [GuestSystem] { GuestSystem.allCases.filter { !available.contains($0) } }
    /// Whether any machine could be made.
    package var isReady: Bool { !available.isEmpty }
}
