package import Core
package import JSON

/// Rules and what becomes of them, as `bay firewall` prints them.
extension Listings {
    private static let ruleNames = [
        "id", "name", "origin", "action", "direction", "priority", "protocol", "ports", "sourcePorts", "source",
        "destination", "states", "overridesDept", "shadowedBy", "notes", "hits", "hitBytes", "hitsReason",
        "hitsSince",
    ]

    /// The owner's own rules in the order in which they decide, or all that decides about a machine.
    package static func rules(_ facts: FirewallFacts, _ hits: FirewallHits, isEffective: Bool) -> Listing {
        var listing = Listing(
            [
                .init("#", .right), .init("PRIO", .right), .init("DIR"), .init("ACTION"), .init("HITS", .right),
                .init("PROTO"), .init("PORTS"), .init("ADDRESS"), .init("STATE"), .init("ORIGIN"), .init("NAME"),
                .init("NOTE"),
            ], names: ruleNames)
        let rows = FirewallRows(facts, hits, .utc)
        let effective = rows.effective
        let rules =
            isEffective
            ? FirewallPolicy.base + effective.rules + effective.policy.rules
            : effective.rules.filter { $0.origin == facts.owner.origin }
        for (place, rule) in rules.enumerated() {
            let notes = rows.notes(on: rule).map(\.text)
            listing.rows.append(
                .init(
                    [
                        "\(place + 1)", "\(rule.priority)", rule.direction.word, rule.action.word,
                        Format.count(hits.rules[rule.id]?.packets), rule.match.transport.rawValue, rule.portWords,
                        rule.addressWords, rule.stateWords, rule.origin.word, rule.name, notes.joined(separator: "; "),
                    ], value(rule, hits, shadow: effective.shadowed[rule.id], notes)))
        }
        return listing
    }

    private static func value(
        _ rule: FirewallRule, _ hits: FirewallHits, shadow: FirewallRule?, _ notes: [String]
    ) -> JSONObject {
        let counted = hits.rules[rule.id]
        func ports(_ range: ClosedRange<Int>?) -> JSONValue {
            FirewallRuleDraft.words(range?.lowerBound, range?.upperBound).map { .string($0) } ?? .null
        }
        let states = ConnectionState.allCases.filter(rule.states.contains).map { JSONValue.string($0.rawValue) }
        return [
            "id": .string(rule.id.rawValue), "name": .string(rule.name),
            "origin": .string(rule.origin.rawValue.uppercased()), "action": .string(rule.action.rawValue),
            "direction": .string(rule.direction.rawValue), "priority": .int(rule.priority),
            "protocol": .string(rule.match.transport.rawValue), "ports": ports(rule.match.destinationPorts),
            "sourcePorts": ports(rule.match.sourcePorts),
            "source": rule.match.source.map { .string($0.description) } ?? .null,
            "destination": rule.match.destination.map { .string($0.description) } ?? .null,
            "states": .array(states), "overridesDept": .bool(rule.overridesDepartment),
            "shadowedBy": shadow.map { .string($0.id.rawValue) } ?? .null,
            "notes": .array(notes.map { .string($0) }),
            "hits": counted.map { .int(Int($0.packets)) } ?? .null,
            "hitBytes": counted.map { .int(Int($0.bytes)) } ?? .null,
            "hitsReason": hits.reason.map { .string($0) } ?? .null,
            "hitsSince": hits.since.map { .string($0.iso8601) } ?? .null,
        ]
    }

    /// A line about the default and what libvirt has, for people.
    package static func head(_ facts: FirewallFacts, now: Timestamp) -> String {
        var parts = [facts.settings.words]
        switch facts.owner {
        case .machine:
            if let filter = facts.filterName { parts.append("filter \(filter)") }
            parts.append(facts.standing.span(now: now).text)
        case .department: parts.append(facts.counts.spans.map(\.text).joined())
        }
        return parts.joined(separator: " · ")
    }

    package static func confirmations(_ trials: [FirewallTrial]) -> Listing {
        var listing = Listing(
            [.init("ID"), .init("OF"), .init("OWNER"), .init("WHO"), .init("SECONDS LEFT", .right)],
            names: ["id", "entityType", "entityId", "actor", "secondsLeft"])
        for trial in trials {
            listing.rows.append(
                .init(
                    [
                        trial.id, trial.owner.kind == .machine ? "machine" : "department", trial.owner.id, trial.actor,
                        "\(trial.secondsLeft)",
                    ],
                    [
                        "id": .string(trial.id), "entityType": .string(trial.owner.kind.rawValue),
                        "entityId": .string(trial.owner.id), "actor": .string(trial.actor),
                        "secondsLeft": .int(trial.secondsLeft),
                    ]))
        }
        return listing
    }

    /// The steps of a verdict, for people; what is in them comes from the server.
    package static func verdict(_ answer: JSONObject) -> String {
        func text(_ value: JSONValue?) -> String { value?.string ?? "" }
        var lines = ["\(text(answer["action"]).lowercased()): \(text(answer["message"]))"]
        for step in answer["trace"]?.array ?? [] {
            let rule = step["rule"]
            let origin = text(rule?["origin"]).lowercased()
            let matches = step["matches"]?.bool == true
            let end =
                matches ? text(rule?["action"]).lowercased() : "about another \(text(step["difference"]))"
            let answer = step["isAnswer"]?.bool == true ? "answer: " : ""
            lines.append("  \(matches ? "*" : " ") \(answer)\(text(rule?["name"])) (\(origin)): \(end)")
        }
        return lines.map { Text.sanitised($0) + "\n" }.joined()
    }

    /// A preview as lines.
    package static func preview(_ request: FirewallRequest, _ facts: FirewallFacts, _ preview: FirewallPreview) -> (
        text: String, isPossible: Bool
    ) {
        var lines = FirewallPreviewLines(request, facts, facts.owner)
        lines.add(preview, machine: facts.owner.kind == .machine ? "" : nil)
        let text = lines.lines.map { Text.sanitised(($0.mark.isEmpty ? "" : $0.mark + " ") + $0.text) + "\n" }
        return (text.joined(), lines.isPossible)
    }
}
