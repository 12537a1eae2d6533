import Core

// How rules and what libvirt has of them are told.

extension FirewallRule.Action {
    /// `✓ accept`: the sign tells it where there are no colours.
    var words: String { self == .accept ? "✓ accept" : self == .drop ? "✗ drop" : "✗ reject" }
    var role: Role { self == .accept ? .good : self == .drop ? .danger : .warning }
    var word: String { rawValue.lowercased() }
}

extension FirewallRule.Direction {
    var word: String { self == .both ? "both" : rawValue.lowercased() }
}

extension FirewallRule.Origin {
    /// A short word for a column.
    var word: String {
        switch self {
        case .base: "network"
        case .department: "dept."
        case .machine: "machine"
        case .policy: "default"
        }
    }
}

extension FirewallRule {
    var portWords: String {
        guard match.transport.hasPorts else { return match.transport == .all ? "any" : Format.missing }
        func words(_ range: ClosedRange<Int>) -> String {
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        let to = match.destinationPorts.map(words) ?? "any"
        return match.sourcePorts.map { "\(to) (from \(words($0)))" } ?? to
    }

    var addressWords: String {
        let parts = [match.source.map { "from \($0)" }, match.destination.map { "to \($0)" }].compactMap { $0 }
        return parts.isEmpty ? "any" : parts.joined(separator: " ")
    }

    var stateWords: String {
        if states.isEmpty { return "any" }
        return ConnectionState.allCases.filter(states.contains).map { $0.rawValue.lowercased() }.joined(separator: ", ")
    }

    /// `"SSH" of the department`.
    var told: String {
        switch origin {
        case .policy: "the default (\(name.lowercased()))"
        case .base: "\"\(name)\", which every network needs"
        default: "\"\(name)\" \(origin.words)"
        }
    }
}

extension FirewallConflict {
    /// With its kind, which only some of the messages begin with.
    var told: String { kind == .portOverlap ? message : "\(kind.words): \(message)" }
}

extension FirewallConflict.Kind {
    var words: String {
        switch self {
        case .contradictory: "contradiction"
        case .duplicate: "duplicate"
        case .portOverlap: "port overlap"
        case .priority: "priority conflict"
        }
    }
}

extension FirewallSettings {
    /// What happens to what no rule is about.
    var words: String { "default in \(policy.incoming.word), out \(policy.outgoing.word)" }
}

extension FirewallStanding {
    /// Whether libvirt has the rules, with the reason where it has not.
    func span(now: Timestamp) -> Span {
        func age(_ time: Timestamp?) -> String {
            time.map { " " + Format.age(seconds: Double(now.milliseconds(since: $0)) / 1000) + " ago" } ?? ""
        }
        return switch state {
        case .none: Span("○ not filtered: nobody has made rules for it", .muted)
        case .pending: Span("◌ PENDING: the rules are on their way to libvirt", .warning)
        case .applied: Span("● APPLIED\(age(appliedAt))", .good)
        case .drifted: Span("⚠ DRIFTED\(age(driftAt)): \(drift ?? ""); w puts it right", .danger)
        case .failed: Span("✗ FAILED: \(problem ?? "the server gave no reason")", .danger)
        }
    }
}

extension DepartmentFirewall {
    /// The worst comes first.
    var spans: [Span] {
        if filtered == 0 { return [Span("○ no machine is filtered", .muted)] }
        var spans: [Span] = []
        for (count, mark, word, role) in [
            (failed, "✗", "FAILED", Role.danger), (drifted, "⚠", "DRIFTED", Role.danger),
            (pending, "◌", "PENDING", Role.warning), (applied, "●", "APPLIED", Role.good),
        ] where count > 0 {
            spans.append(Span((spans.isEmpty ? "" : "  ") + "\(mark) \(count) \(word)", role))
        }
        if let problem { spans.append(Span(" · \(problem)", .danger)) }
        return spans
    }
}
