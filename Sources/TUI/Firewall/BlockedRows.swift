import Core

/// What was kept out as rows of a table, below what it suggests.
struct BlockedRows {
    let facts: BlockedFacts
    let zone: Zone
    /// What they are called.
    let machines: [Machine.ID: String]
    let rules: [FirewallRule.ID: String]

    static func columns(isDepartment: Bool) -> [TableColumn] {
        var columns = [
            TableColumn("mark", "", importance: 0, minimum: 1, ideal: 1, sortable: false),
            TableColumn("order", "#", alignment: .right, importance: 7, minimum: 2, ideal: 3),
            TableColumn("time", "WHEN", importance: 2, minimum: 14, ideal: 14),
            // The mark tells it, too.
            TableColumn("direction", "DIR", importance: 5, minimum: 4, ideal: 4),
            TableColumn("protocol", "PROTO", importance: 0, minimum: 5, ideal: 6, maximum: 7),
            TableColumn("port", "PORT", alignment: .right, importance: 0, minimum: 5, ideal: 5),
            TableColumn("peer", "ADDRESS", importance: 0, minimum: 15, ideal: 18, maximum: 39),
            TableColumn("attempts", "TRIES", alignment: .right, importance: 1, minimum: 5, ideal: 5),
            TableColumn("note", "WHAT", importance: 3, minimum: 20, ideal: 44, maximum: 100),
        ]
        if isDepartment {
            columns.insert(TableColumn("machine", "MACHINE", importance: 1, minimum: 10, ideal: 14, maximum: 24), at: 3)
        }
        return columns
    }

    static let suggestionPrefix = "suggestion-"

    var all: [ResourceList.Row] {
        let suggested = facts.suggestions.enumerated().map { suggestion($0.element, place: $0.offset) }
        let rows = suggested + facts.connections.map(row)
        return rows.enumerated().map { place, row in
            var row = row
            row.texts["order"] = "\(place + 1)"
            row.roles["order"] = .muted
            return row
        }
    }

    private func suggestion(_ suggestion: FirewallSuggestion, place: Int) -> ResourceList.Row {
        let draft = suggestion.draft
        let role: Role = suggestion.deniedBy == nil ? .good : .warning
        let source = draft.source.address.map { $0 + (draft.source.mask.map { "/" + $0 } ?? "") }
        var facts: [ResourceList.Row.Fact] = [
            .init("Suggests", suggestion.words.capitalizedFirst), .init("Rule", draft.clauses),
        ]
        if let denied = suggestion.deniedBy {
            facts.append(.init("Attention", "\"\(denied)\" forbids it, which somebody wanted"))
        }
        facts.append(.init("To make it", "a or Enter opens the form: nothing is changed before you say so"))
        return ResourceList.Row(
            id: Self.suggestionPrefix + "\(place)", name: draft.name,
            texts: [
                "mark": suggestion.deniedBy == nil ? "✓" : "⚠", "time": "last day", "direction": draft.direction.word,
                "protocol": draft.protocolName, "port": draft.destination.portStart.map { "\($0)" } ?? Format.missing,
                "peer": source ?? "any", "attempts": Format.count(Int64(suggestion.attempts)),
                "note": "allow \(draft.name)?" + (suggestion.deniedBy.map { " \"\($0)\" forbids it" } ?? ""),
            ], keys: ["attempts": "\(suggestion.attempts)"], roles: ["mark": role, "note": role], facts: facts)
    }

    private func row(_ connection: BlockedConnection) -> ResourceList.Row {
        let isOut = connection.direction == .outgoing
        var details: [ResourceList.Row.Fact] = [
            .init("What", connection.reason),
            .init("From", connection.source ?? ""), .init("To", connection.destination ?? ""),
            .init("When", zone.dateAndTime(connection.at)),
        ]
        if let id = connection.rule {
            details.append(.init("Rule", rules[id] ?? "gone since, or changed: \(id)"))
        }
        if let process = connection.processName { details.append(.init("Program", process)) }
        // What is kept is younger than a year.
        let when = String(zone.dateAndTime(connection.at).dropFirst(5))
        return ResourceList.Row(
            id: connection.id, name: "\(connection.protocolName.lowercased()) \(connection.portWords)",
            texts: [
                "mark": isOut ? "↑" : "↓", "time": when,
                "machine": machines[connection.machineID] ?? "", "direction": connection.direction.word,
                "protocol": connection.protocolName.lowercased(), "port": connection.portWords,
                "peer": connection.peer ?? Format.missing, "attempts": Format.count(Int64(connection.attempts)),
                "note": connection.reason,
            ], keys: ["attempts": "\(connection.attempts)", "time": connection.at.iso8601],
            roles: ["mark": .muted, "time": .muted], facts: details)
    }
}
