package import JSON

/// A set of rules as it travels between servers and is kept for later: members are named as in the API.
package struct FirewallDocument: Equatable, Sendable {
    package var rules: [FirewallRuleDraft]
    package var settings: FirewallSettings?

    package init(rules: [FirewallRuleDraft], settings: FirewallSettings? = nil) {
        self.rules = rules
        self.settings = settings
    }

    static let version = 1

    package var json: JSONObject {
        var json: JSONObject = ["version": .int(Self.version)]
        if let settings { json["policy"] = .object(settings.json) }
        json["rules"] = .array(rules.map { .object($0.json) })
        return json
    }

    /// Reads what `json` wrote, and says all that is wrong with it. Whether the rules are right is another matter.
    package init(_ json: JSONObject) throws(FirewallFindings) {
        var findings: [String] = []
        self.init(rules: [])
        for member in json.members {
            switch (member.name, member.value) {
            case ("version", .int(Self.version)): break
            case ("version", _): findings.append("version \(member.value.text) is not known: use \(Self.version)")
            case ("policy", .object(let policy)):
                do throws(FirewallFindings) { settings = try FirewallSettings(policy) } catch {
                    findings += error.messages
                }
            case ("policy", .null): break
            case ("rules", .array(let items)):
                for (place, item) in items.enumerated() {
                    guard case .object(let object) = item else {
                        findings.append("rule \(place + 1) is no object")
                        continue
                    }
                    do throws(FirewallFindings) { rules.append(try FirewallRuleDraft(object)) } catch {
                        findings += error.messages.map { "rule \(place + 1): \($0)" }
                    }
                }
            default: findings.append("\"\(member.name)\" is not known here: use version, policy, rules")
            }
        }
        if json["rules"] == nil { findings.append("there are no rules in it") }
        if !findings.isEmpty { throw FirewallFindings(messages: findings) }
    }
}

extension FirewallSettings {
    package var json: JSONObject {
        [
            "incoming": .string(policy.incoming.rawValue), "outgoing": .string(policy.outgoing.rawValue),
            "antiSpoofing": .bool(guardsAddresses),
        ]
    }

    package init(_ json: JSONObject) throws(FirewallFindings) {
        var reader = MemberReader(json)
        self.init()
        policy.incoming = reader.choice("incoming") ?? policy.incoming
        policy.outgoing = reader.choice("outgoing") ?? policy.outgoing
        guardsAddresses = reader.flag("antiSpoofing") ?? guardsAddresses
        try reader.end()
    }
}

extension FirewallRuleDraft {
    /// Without what was left out.
    package var json: JSONObject {
        var json: JSONObject = ["name": .string(name)]
        json["description"] = description.map { .string($0) }
        json["action"] = .string(action.rawValue)
        json["direction"] = .string(direction.rawValue)
        json["priority"] = .int(priority)
        json["protocol"] = .string(protocolName)
        for (side, peer) in [("src", source), ("dst", destination)] {
            json[side + "PortStart"] = peer.portStart.map { .int($0) }
            json[side + "PortEnd"] = peer.portEnd.map { .int($0) }
            json[side + "IpAddr"] = peer.address.map { .string($0) }
            json[side + "IpMask"] = peer.mask.map { .string($0) }
        }
        json["connectionState"] = stateJSON.map { .object($0) }
        if overridesDepartment { json["overridesDept"] = true }
        return json
    }

    /// Nil where no state is named.
    package var stateJSON: JSONObject? {
        if connectionState.isEmpty { return nil }
        return JSONObject(
            connectionState.sorted { $0.key < $1.key }.map { JSONObject.Member($0.key, .bool($0.value)) })
    }

    package init(_ json: JSONObject) throws(FirewallFindings) {
        var reader = MemberReader(json)
        self.init(name: reader.text("name") ?? "")
        description = reader.text("description")
        action = reader.choice("action") ?? .accept
        direction = reader.choice("direction") ?? .both
        priority = reader.number("priority") ?? priority
        protocolName = reader.text("protocol") ?? protocolName
        func peer(_ side: String) -> Peer {
            Peer(
                portStart: reader.number(side + "PortStart"), portEnd: reader.number(side + "PortEnd"),
                address: reader.text(side + "IpAddr"), mask: reader.text(side + "IpMask"))
        }
        source = peer("src")
        destination = peer("dst")
        connectionState = reader.flags("connectionState") ?? [:]
        overridesDepartment = reader.flag("overridesDept") ?? false
        try reader.end()
    }

    /// States from an object of booleans. What is no boolean stands for false, as front ends have it.
    package static func states(_ json: JSONObject?) -> [String: Bool] {
        Dictionary((json?.members ?? []).map { ($0.name, $0.value == true) }, uniquingKeysWith: { $1 })
    }
}

/// Reads the members of an object one by one, and notes what is wrong or left over.
private struct MemberReader {
    private var left: JSONObject
    private var findings: [String] = []

    init(_ json: JSONObject) { left = json }

    private mutating func take<Value>(
        _ name: String, _ what: String, _ read: (JSONValue) -> Value?
    ) -> Value? {
        guard let value = left[name] else { return nil }
        left.members.removeAll { $0.name == name }
        if value.isNull { return nil }
        let read = read(value)
        if read == nil { findings.append("\(name) is \(value.text) and not \(what)") }
        return read
    }

    mutating func text(_ name: String) -> String? { take(name, "a text") { $0.string } }
    mutating func number(_ name: String) -> Int? { take(name, "a whole number") { $0.int } }
    mutating func flag(_ name: String) -> Bool? { take(name, "true or false") { $0.bool } }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return take(name, "one of \(known)") { $0.string.flatMap(Choice.init(rawValue:)) }
    }

    mutating func flags(_ name: String) -> [String: Bool]? {
        take(name, "an object of booleans") { value in
            guard let object = value.object, object.members.allSatisfy({ $0.value.bool != nil }) else { return nil }
            return FirewallRuleDraft.states(object)
        }
    }

    func end() throws(FirewallFindings) {
        let unknown = left.members.map { "\"\($0.name)\" is not known" }
        if !(findings + unknown).isEmpty { throw FirewallFindings(messages: findings + unknown) }
    }
}
