/// What bayd is told by its file and its environment. A variable of the environment wins over the file.
package struct ServerConfig: Equatable, Sendable {
    /// PostgreSQL to use. Nil: a private one under the state directory.
    package var databaseURL: String?
    /// Whether machines and departments are kept in memory, or read from the database each time.
    package var keepsRows = true
    /// Whether packet filters that somebody changed in libvirt are put right unasked.
    package var repairsFirewall = false
    package var drops = DropLogSettings()
    /// For how many days events are kept: they are the record of who did what, and what readers who were away catch up on.
    package var eventDays = 90
    package var libvirtURI = "qemu:///system"
    /// Holds the private database and what else has to outlive a restart.
    package var stateDirectory = "/var/lib/bay"
    /// The local socket, when somebody named one.
    package var socket: String?
    package var http = HTTPSettings()
    package var screens = ScreenHosts()
    package var roles = LocalRoles()
    package var accounts = AccountSettings()
    package var stats = StatsPeriods()
    package var log = LogSettings()

    package init() {}
}

/// Whether it is recorded what rules keep out.
package struct DropLogSettings: Equatable, Sendable {
    package var isOn = false
    /// The group of logged packets that the kernel tells bayd of; programs on a host must not share one.
    package var group: UInt16 = 4790
    /// For how many days it is kept.
    package var days = 14

    package init() {}
}

/// How often machines are measured.
package struct StatsPeriods: Equatable, Sendable {
    /// Seconds between passes over all machines while somebody looks, and while nobody does.
    package var all = 5
    package var idle = 15
    /// The dear groups, block and balloon, are measured in one of so many passes.
    package var slowEvery = 4

    package init() {}
}

/// What is logged, and where besides standard error.
package struct LogSettings: Equatable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical

        /// Whether it tells of what goes well.
        package var isChatty: Bool { [.info, .notice].contains(self) }
    }

    package var level = Level.info
    /// Parts of bayd whose debug lines are wanted, as in `hypervisor`; `*` stands for all.
    package var areas: Set<String> = []
    /// Where to keep a file a day. Nil: no files.
    package var directory: String?

    package init() {}

    /// Other names that an area goes by.
    private static let aliases = ["libvirt": "hypervisor", "postgres": "database", "socket": "door"]

    /// Reads `libvirt,door`. Prefixes that other programs use, as in `infinibay:*`, are taken off.
    package static func areas(_ text: String) -> Set<String> {
        Set(
            text.split { $0 == "," || $0 == " " }.map { part in
                let word = (part.split(separator: ":").last ?? "").lowercased()
                return aliases[word] ?? word
            })
    }

    /// Whether debug lines of a logger are wanted. A label is made of words, as in `bay.database`.
    package func isDebugged(label: String) -> Bool {
        guard !areas.isEmpty else { return false }
        return areas.contains("*") || label.split(separator: ".").contains { areas.contains($0.lowercased()) }
    }
}
