/// What the web front end looks like for everybody.
package struct AppSettings: Equatable, Sendable {
    package static let id = "default-settings"

    package enum Theme: String, CaseIterable, Sendable { case light, dark, system }
    package enum InterfaceSize: String, CaseIterable, Sendable { case sm, md, lg, xl }

    /// One of `Theme`, or what another program has stored.
    package var theme: String
    /// A file's name among the wallpapers.
    package var wallpaper: String
    package var logoURL: String?
    /// One of `InterfaceSize`, or what another program has stored.
    package var interfaceSize: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        theme: String, wallpaper: String, logoURL: String?, interfaceSize: String, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.theme = theme
        self.wallpaper = wallpaper
        self.logoURL = logoURL
        self.interfaceSize = interfaceSize
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What shall become of the settings; nil leaves what is there.
package struct SettingsChange: Equatable, Sendable {
    package var theme: String?
    package var wallpaper: String?
    /// `.some(nil)` takes the logo away.
    package var logoURL: String??
    package var interfaceSize: String?

    package init(
        theme: String? = nil, wallpaper: String? = nil, logoURL: String?? = nil, interfaceSize: String? = nil
    ) {
        self.theme = theme
        self.wallpaper = wallpaper
        self.logoURL = logoURL
        self.interfaceSize = interfaceSize
    }

    /// Why the change cannot be made; nil when it can.
    package var problem: String? {
        theme.flatMap(SettingsRules.problem(theme:)) ?? wallpaper.flatMap(SettingsRules.problem(wallpaper:))
            ?? (logoURL ?? nil).flatMap(SettingsRules.problem(logoURL:))
            ?? interfaceSize.flatMap(SettingsRules.problem(interfaceSize:))
    }
}

/// What the settings may be. Each function says what is wrong with a value.
package enum SettingsRules {
    package static let maximumLength = 255
    package static let maximumURLLength = 2048

    package static func problem(theme: String) -> String? { problem(theme, AppSettings.Theme.self, "theme") }
    package static func problem(interfaceSize: String) -> String? {
        problem(interfaceSize, AppSettings.InterfaceSize.self, "interface size")
    }

    private static func problem<Choice: RawRepresentable & CaseIterable>(
        _ value: String, _ choices: Choice.Type, _ what: String
    ) -> String? where Choice.RawValue == String {
        if Choice(rawValue: value) != nil { return nil }
        return "\(what) must be one of \(choices.allCases.map(\.rawValue).joined(separator: ", "))"
    }

    /// A wallpaper is a file in one directory, so its name must not lead out of it.
    package static func problem(wallpaper: String) -> String? {
        if wallpaper.isEmpty { return "the wallpaper's name is empty" }
        if wallpaper.utf8.count > maximumLength { return "the wallpaper's name is longer than \(maximumLength) bytes" }
        let hasBad = wallpaper.unicodeScalars.contains {
            $0 == "/" || $0 == "\\" || $0.value < 0x20 || $0.value == 0x7F
        }
        if hasBad || wallpaper.hasPrefix(".") { return "the wallpaper must be the name of a file, without a path" }
        return nil
    }

    /// A logo is shown by browsers, which obey other schemes than these.
    package static func problem(logoURL: String) -> String? {
        if logoURL.utf8.count > maximumURLLength {
            return "the logo's address is longer than \(maximumURLLength) bytes"
        }
        if logoURL.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) {
            return "the logo's address holds spaces or control characters"
        }
        let address = logoURL.lowercased()
        let isKnown = ["https://", "http://", "data:image/"].contains { address.hasPrefix($0) }
        let isPath = address.hasPrefix("/") && !address.hasPrefix("//")
        return isKnown || isPath ? nil : "the logo's address must begin with https://, http:// or /"
    }
}

/// Why the settings were not changed.
package enum SettingsError: Error, Equatable {
    case invalid(String)

    package var message: String {
        switch self {
        case .invalid(let reason): reason
        }
    }
}
