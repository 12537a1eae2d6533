/// A service that people know by its name, as rules.
package struct FirewallPreset: Identifiable, Equatable, Sendable {
    package enum Risk: String, CaseIterable, Sendable {
        case minimal = "MINIMAL"
        case low = "LOW"
        case medium = "MEDIUM"
        case high = "HIGH"
    }

    package var id: String
    package var name: String
    package var category: String
    package var risk: Risk
    fileprivate var ports: [Port]

    fileprivate struct Port: Equatable, Sendable {
        var transport: FirewallProtocol
        var port: Int
    }

    fileprivate var direction: FirewallRule.Direction

    package func opens(_ transport: FirewallProtocol, _ port: Int) -> Bool {
        ports.contains(Port(transport: transport, port: port))
    }

    package func rules(priority: Int = 500) -> [FirewallRuleDraft] {
        ports.map { port in
            FirewallRuleDraft(
                name: ports.count == 1 ? name : "\(name) (\(port.transport.rawValue) \(port.port))",
                description: nil, action: .accept, direction: direction, priority: priority,
                protocolName: port.transport.rawValue, destination: .init(portStart: port.port, portEnd: port.port))
        }
    }
}

extension FirewallPreset {
    private static func tcp(
        _ id: String, _ name: String, _ category: String, _ risk: Risk, _ direction: FirewallRule.Direction,
        _ ports: Int...
    ) -> FirewallPreset {
        FirewallPreset(
            id: id, name: name, category: category, risk: risk, ports: ports.map { Port(transport: .tcp, port: $0) },
            direction: direction)
    }

    /// The one catalogue that servers and consoles show.
    package static let all: [FirewallPreset] = [
        tcp("http", "HTTP", "web", .medium, .both, 80),
        tcp("https", "HTTPS", "web", .low, .both, 443),
        FirewallPreset(
            id: "dns", name: "DNS", category: "web", risk: .minimal,
            ports: [Port(transport: .udp, port: 53), Port(transport: .tcp, port: 53)], direction: .both),
        tcp("rdp", "Remote Desktop", "remote", .high, .incoming, 3389),
        tcp("ssh", "SSH", "remote", .medium, .incoming, 22),
        tcp("mongodb", "MongoDB", "database", .high, .incoming, 27017),
        tcp("mysql", "MySQL", "database", .high, .incoming, 3306),
        tcp("postgresql", "PostgreSQL", "database", .high, .incoming, 5432),
        tcp("redis", "Redis", "database", .high, .incoming, 6379),
        tcp("imap", "IMAP", "email", .medium, .both, 143),
        tcp("pop3", "POP3", "email", .medium, .both, 110),
        tcp("smtp", "SMTP", "email", .medium, .outgoing, 25),
        tcp("ftp", "FTP", "file", .high, .both, 21, 20),
        tcp("nfs", "NFS", "file", .high, .both, 2049),
        tcp("sftp", "SFTP", "file", .medium, .both, 22),
        tcp("smb", "SMB", "file", .high, .both, 139, 445),
    ]
}

/// Presets and rules for a kind of machine, which are added together or not at all.
package struct FirewallTemplate: Identifiable, Equatable, Sendable {
    package var id: String
    package var name: String
    package var category: String
    package var presets: [String]
    fileprivate var priority: Int
    fileprivate var custom: [FirewallRuleDraft]

    package var rules: [FirewallRuleDraft] {
        let presets = presets.compactMap { id in FirewallPreset.all.first { $0.id == id } }
        return presets.flatMap { $0.rules(priority: priority) } + custom
    }

    private static func rule(
        _ action: FirewallRule.Action, _ direction: FirewallRule.Direction, _ ports: ClosedRange<Int>?, _ priority: Int
    ) -> FirewallRuleDraft {
        let verb = action == .accept ? "Allow" : "Block"
        let way = direction == .both ? "" : direction == .incoming ? " in" : " out"
        let words = ports.map { $0.count == 1 ? " port \($0.lowerBound)" : " ports \($0.lowerBound)-\($0.upperBound)" }
        return FirewallRuleDraft(
            name: "\(verb)\(words ?? " everything")\(way)", action: action, direction: direction, priority: priority,
            protocolName: ports == nil ? "all" : "tcp",
            destination: .init(portStart: ports?.lowerBound, portEnd: ports?.upperBound))
    }

    package static let all: [FirewallTemplate] = [
        FirewallTemplate(
            id: "database-server", name: "Database server", category: "database",
            presets: ["mysql", "postgresql", "mongodb", "redis", "ssh"], priority: 300,
            custom: [rule(.drop, .incoming, 80...80, 100), rule(.drop, .incoming, 443...443, 100)]),
        FirewallTemplate(
            id: "desktop-basic", name: "Desktop", category: "desktop",
            presets: ["https", "http", "dns", "rdp", "smb"], priority: 500,
            custom: [rule(.accept, .outgoing, nil, 900)]),
        FirewallTemplate(
            id: "desktop-secure", name: "Secure desktop", category: "desktop", presets: ["https", "dns", "rdp"],
            priority: 500, custom: [rule(.drop, .both, 445...445, 100), rule(.drop, .outgoing, 80...80, 200)]),
        FirewallTemplate(
            id: "development", name: "Development", category: "development",
            presets: ["https", "http", "dns", "ssh", "mysql", "postgresql", "mongodb", "redis"], priority: 500,
            custom: [
                rule(.accept, .both, 8000...9000, 500), rule(.accept, .incoming, 9229...9229, 500),
                rule(.accept, .outgoing, nil, 900),
            ]),
        FirewallTemplate(
            id: "web-server", name: "Web server", category: "server", presets: ["https", "http", "dns", "ssh"],
            priority: 400, custom: [3306, 5432, 27017].map { rule(.drop, .incoming, $0...$0, 100) }),
        FirewallTemplate(
            id: "web-server-secure", name: "Secure web server", category: "server",
            presets: ["https", "dns", "ssh"], priority: 400, custom: [rule(.drop, .incoming, 80...80, 50)]),
    ]
}

extension FirewallRuleDraft {
    /// Whether both say the same of the same packets, by whatever name.
    package func says(theSameAs other: FirewallRuleDraft) -> Bool {
        var renamed = other
        renamed.name = name
        renamed.description = description
        renamed.priority = priority
        return renamed.withWholeRanges == withWholeRanges
    }

    /// One port is a range, too.
    private var withWholeRanges: FirewallRuleDraft {
        var whole = self
        whole.source.portEnd = source.portEnd ?? source.portStart
        whole.destination.portEnd = destination.portEnd ?? destination.portStart
        return whole
    }
}
