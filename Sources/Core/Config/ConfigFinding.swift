/// One thing that is wrong in the configuration.
package struct ConfigFinding: Error, Equatable, Sendable {
    package enum Place: Equatable, Sendable {
        /// Counted from 1; nil when it cannot be told.
        case file(String, line: Int?)
        /// A variable of the environment.
        case environment
    }

    package var place: Place
    /// As in `local.users.alice` or `LIBVIRT_URI`; empty when the text as a whole cannot be read.
    package var key: String
    package var problem: String

    package init(_ place: Place, key: String, problem: String) {
        self.place = place
        self.key = key
        self.problem = problem
    }

    /// One line, as in `/etc/bay/bay.toml:7: local.default: "BOSS" is not a role`.
    package var message: String {
        let start =
            switch place {
            case .file(let name, let line): line.map { "\(name):\($0)" } ?? name
            case .environment: "environment"
            }
        return key.isEmpty ? "\(start): \(problem)" : "\(start): \(key): \(problem)"
    }
}

/// Everything that is wrong, so that it can be put right at once.
package struct ConfigError: Error, Equatable, Sendable {
    package var findings: [ConfigFinding]

    package init(_ findings: [ConfigFinding]) { self.findings = findings }

    package var message: String { findings.map(\.message).joined(separator: "\n") }
}
