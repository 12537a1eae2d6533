import Core
import JSON

/// What was kept out, as `bay firewall` prints it.
extension Listings {
    package static func blocked(_ facts: BlockedFacts) -> Listing {
        var listing = Listing(
            [
                .init("WHEN"), .init("DIR"), .init("PROTO"), .init("PORT", .right), .init("FROM"), .init("TO"),
                .init("TRIES", .right), .init("WHAT"),
            ],
            names: [
                "id", "machineId", "attemptTime", "direction", "protocol", "port", "sourceIp", "destinationIp",
                "attempts",
                "blockReason", "ruleId",
            ])
        for row in facts.connections {
            listing.rows.append(
                .init(
                    [
                        row.at.iso8601, row.direction.word, row.protocolName.lowercased(), row.portWords,
                        row.source ?? Format.missing, row.destination ?? Format.missing, "\(row.attempts)", row.reason,
                    ],
                    [
                        "id": .string(row.id), "machineId": .string(row.machineID.rawValue),
                        "attemptTime": .string(row.at.iso8601), "direction": .string(row.direction.rawValue),
                        "protocol": .string(row.protocolName), "port": .int(row.port), "sourceIp": text(row.source),
                        "destinationIp": text(row.destination), "attempts": .int(row.attempts),
                        "blockReason": .string(row.reason), "ruleId": text(row.rule?.rawValue),
                    ]))
        }
        return listing
    }

    package static func suggestions(_ facts: BlockedFacts) -> Listing {
        var listing = Listing(
            [.init("TRIES", .right), .init("ADDRESSES", .right), .init("RULE"), .init("FORBIDDEN BY")],
            names: ["message", "rule", "line", "addresses", "attempts", "deniedBy"])
        for suggestion in facts.suggestions {
            let line = suggestion.draft.line
            listing.rows.append(
                .init(
                    ["\(suggestion.attempts)", "\(suggestion.addresses)", line, suggestion.deniedBy ?? Format.missing],
                    [
                        "message": .string(suggestion.words), "rule": .object(suggestion.draft.json),
                        "line": .string(line), "addresses": .int(suggestion.addresses),
                        "attempts": .int(suggestion.attempts), "deniedBy": text(suggestion.deniedBy),
                    ]))
        }
        return listing
    }

    private static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
