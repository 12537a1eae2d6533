package import Core
import JSON

/// An error as a row of its list.
extension ErrorEntry {
    static let columns = [
        TableColumn("last", "LAST (UTC)", importance: 1, minimum: 19, ideal: 19, maximum: 19),
        TableColumn("severity", "SEVERITY", importance: 0, minimum: 8, ideal: 8, maximum: 8),
        TableColumn("state", "STATE", importance: 2, minimum: 6, ideal: 6, maximum: 6),
        TableColumn("count", "TIMES", alignment: .right, importance: 3, minimum: 5, ideal: 5, maximum: 7),
        TableColumn("message", "MESSAGE", importance: 0, minimum: 20, ideal: 60, maximum: 160),
    ]

    package var stateWord: String { isResolved ? "closed" : "open" }

    /// The machine that it is about.
    package var machineID: Machine.ID? { context["machineId"]?.string.map { Machine.ID($0) } }

    var role: Role {
        switch severity {
        case .critical, .high: .danger
        case .medium: .warning
        case .low: .text
        }
    }

    /// - Parameter machine: what the machine that it is about is called, where that is known.
    func row(_ zone: Zone, _ machine: String?) -> ResourceList.Row {
        let known = context.members.map { member in
            if member.name == "machineId", let machine { return "machine \(machine)" }
            return "\(member.name) \(member.value.string ?? member.value.text)"
        }
        return ResourceList.Row(
            id: id.rawValue, name: code,
            texts: [
                "last": zone.dateAndTime(lastAt), "severity": severity.rawValue.lowercased(), "state": stateWord,
                "count": String(count), "message": message,
            ],
            roles: [
                "last": .muted, "severity": isResolved ? .muted : role, "state": isResolved ? .muted : .warning,
                "message": isResolved ? .muted : .text,
            ],
            facts: [
                .init("Message", message), .init("Code", "\(code), \(severity.rawValue.lowercased())"),
                .init("Times", "\(count), first \(zone.dateAndTime(at)), last \(zone.dateAndTime(lastAt))"),
                .init("Where", known.isEmpty ? Format.missing : known.joined(separator: ", ")),
                .init(
                    "State",
                    isResolved
                        ? "closed" + (resolvedBy.map { " by \($0)" } ?? "")
                            + (resolvedAt.map { " at \(zone.dateAndTime($0))" } ?? "")
                        : "open: a says that it is dealt with"),
                .init("Id", id.rawValue),
            ])
    }
}
