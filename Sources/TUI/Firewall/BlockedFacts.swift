package import Core
import JSON

/// What rules kept out of machines, and what that suggests.
package struct BlockedFacts: Equatable, Sendable {
    package var connections: [BlockedConnection] = []
    package var suggestions: [FirewallSuggestion] = []
    /// Addresses for which nothing is suggested, because they looked for open doors.
    package var scanners: [String] = []
    package var log = DropLogState(reason: nil)

    package init() {}

    /// What there is to say beside the list: that nothing is recorded, or not all.
    package var notes: [String] {
        var notes: [String] = []
        if let reason = log.reason { notes.append("not recorded: \(reason)") }
        if !scanners.isEmpty {
            let more = scanners.count > 3 ? " and \(scanners.count - 3) more" : ""
            notes.append("looking for open ports: \(scanners.prefix(3).joined(separator: ", "))\(more)")
        }
        if log.suppressed > 0 { notes.append("\(log.suppressed) packets were too many to be listed") }
        if log.lost > 0 { notes.append("\(log.lost) packets were lost") }
        return notes
    }
}

extension BlockedConnection {
    /// Who is at the other end.
    var peer: String? { direction == .outgoing ? destination : source }

    /// `443`, or nothing where the protocol has no ports.
    var portWords: String { port == 0 ? Format.missing : "\(port)" }

    /// A rule that would have let it through; nil where no rule can say that.
    var draft: FirewallRuleDraft? {
        guard let transport = FirewallProtocol(rawValue: protocolName.lowercased()), let peer else { return nil }
        let service = FirewallPreset.service(transport, port)
        let what = service ?? (port == 0 ? transport.rawValue : "\(transport.rawValue) \(port)")
        var draft = FirewallRuleDraft(
            name: "\(what) \(direction == .outgoing ? "to" : "from") \(peer)", action: .accept, direction: direction,
            protocolName: transport.rawValue)
        if transport.hasPorts, port > 0 { draft.destination = .init(portStart: port, portEnd: port) }
        if direction == .outgoing { draft.destination.address = peer } else { draft.source.address = peer }
        return draft
    }
}

// MARK: From the API

extension BlockedFacts {
    init?(reading data: JSONValue) {
        guard let rows = data["blockedConnections"]?.array else { return nil }
        connections = rows.compactMap(BlockedConnection.init(reading:))
        let suggested = data["firewallSuggestions"]
        suggestions = (suggested?["suggestions"]?.array ?? []).compactMap(FirewallSuggestion.init(reading:))
        scanners = (suggested?["scanners"]?.array ?? []).compactMap(\.string)
        let logging = data["firewallLogging"]
        log = DropLogState(
            reason: logging?["reason"]?.string, lost: logging?["lost"]?.int ?? 0,
            suppressed: logging?["suppressed"]?.int ?? 0)
    }
}

extension BlockedConnection {
    fileprivate init?(reading json: JSONValue) {
        guard let id = json["id"]?.string, let machine = json["machineId"]?.string,
            let time = json["attemptTime"]?.string.flatMap({ Timestamp(iso8601: $0) })
        else { return nil }
        self.init(
            id: id, machineID: Machine.ID(machine),
            direction: json["direction"]?.string.flatMap(FirewallRule.Direction.init(rawValue:)) ?? .incoming,
            protocolName: json["protocol"]?.string ?? "", port: json["port"]?.int ?? 0,
            source: json["sourceIp"]?.string, destination: json["destinationIp"]?.string,
            rule: json["ruleId"]?.string.map { FirewallRule.ID($0) }, at: time,
            attempts: json["attempts"]?.int ?? 1, reason: json["blockReason"]?.string ?? "",
            processName: json["processName"]?.string, processID: json["processId"]?.int)
    }
}

extension FirewallSuggestion {
    fileprivate init?(reading json: JSONValue) {
        guard let rule = json["rule"]?.object, let draft = try? FirewallRuleDraft(rule) else { return nil }
        self.init(
            draft: draft, addresses: json["addresses"]?.int ?? 0, attempts: json["attempts"]?.int ?? 0,
            deniedBy: json["deniedBy"]?.string, words: json["message"]?.string ?? "")
    }
}
