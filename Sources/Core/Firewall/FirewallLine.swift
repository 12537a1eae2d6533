/// A rule as people write it in one line: `in accept tcp 443 from 10.0.0.0/8 name "Web for the office"`.
///
/// Direction and action come first, in either order; then, where they matter, a protocol with its ports and any of
/// `from ADDRESS`, `to ADDRESS`, `sport PORTS`, `state NAMES`, `priority NUMBER`, `override`, `name TEXT`, `description TEXT`.
/// Several ports parted by commas make a rule each.
package enum FirewallLine {
    /// The rules of a line, none for one that is empty or a comment, or all that is wrong with it.
    package static func parse(_ line: String) -> Result<[FirewallRuleDraft], FirewallFindings> {
        let words: [Word]
        switch Self.words(line) {
        case .success(let found): words = found
        case .failure(let findings): return .failure(findings)
        }
        if words.isEmpty { return .success([]) }
        var reader = LineReader(words)
        reader.read()
        return reader.findings.isEmpty ? .success(reader.drafts) : .failure(FirewallFindings(messages: reader.findings))
    }

    /// `443`, `8000-9000`; nil for what is neither.
    package static func ports(_ text: some StringProtocol) -> (start: Int, end: Int?)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int(String($0)) }
        guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
        return (numbers[0], numbers.count == 2 ? numbers[1] : nil)
    }

    /// Puts `10.0.0.0/8` into one side of a rule; what is wrong with it is told when the rule is checked.
    package static func put(address text: String, into peer: inout FirewallRuleDraft.Peer) {
        guard !text.isEmpty, text.lowercased() != "any" else { return (peer.address, peer.mask) = (nil, nil) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        peer.address = parts[0]
        peer.mask = parts.count == 2 ? parts[1] : nil
    }

    // MARK: Words

    fileprivate struct Word {
        var text: String
        /// Text in quotes is never a keyword.
        var isQuoted: Bool
    }

    /// Words parted by spaces, texts in quotes, and nothing behind a `#`.
    private static func words(_ line: String) -> Result<[Word], FirewallFindings> {
        var words: [Word] = []
        var rest = line[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "#" {
                break
            } else if first == "\"" {
                guard let text = quoted(&rest) else {
                    return .failure(FirewallFindings(messages: ["a quote is opened and not closed"]))
                }
                words.append(Word(text: text, isQuoted: true))
            } else {
                let word = rest.prefix { !$0.isWhitespace }
                words.append(Word(text: String(word), isQuoted: false))
                rest = rest[word.endIndex...]
            }
        }
        return .success(words)
    }

    private static func quoted(_ rest: inout Substring) -> String? {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == "\"" { return text }
            if character == "\\" {
                guard let next = rest.popFirst() else { return nil }
                text.append(next)
            } else {
                text.append(character)
            }
        }
        return nil
    }
}

/// Goes through the words of one line, and goes on after each mistake.
private struct LineReader {
    private var words: ArraySlice<FirewallLine.Word>
    private var draft = FirewallRuleDraft(name: "")
    private var ports: [(start: Int, end: Int?)] = []
    private var direction: FirewallRule.Direction?
    private var action: FirewallRule.Action?
    private(set) var findings: [String] = []

    init(_ words: [FirewallLine.Word]) { self.words = words[...] }

    mutating func read() {
        while let word = words.popFirst() {
            let key = word.isQuoted ? "" : word.text.lowercased()
            if let found = Self.directions[key] {
                direction = found
            } else if let found = Self.actions[key] {
                action = found
            } else if let transport = FirewallProtocol(rawValue: key) {
                draft.protocolName = transport.rawValue
                if transport.hasPorts { readPorts() }
            } else {
                readClause(key, word)
            }
        }
        if direction == nil { findings.append("it does not say in, out or both") }
        if action == nil { findings.append("it does not say accept, drop or reject") }
    }

    private static let directions: [String: FirewallRule.Direction] = [
        "in": .incoming, "out": .outgoing, "both": .both, "inout": .both,
    ]
    private static let actions: [String: FirewallRule.Action] = [
        "accept": .accept, "allow": .accept, "drop": .drop, "deny": .drop, "block": .drop, "reject": .reject,
    ]

    /// Ports behind a protocol, where there are any.
    private mutating func readPorts() {
        guard let next = words.first, !next.isQuoted, next.text.first?.isNumber == true else { return }
        words.removeFirst()
        for part in next.text.split(separator: ",", omittingEmptySubsequences: false) {
            if let range = FirewallLine.ports(part) { ports.append(range) } else { refusePorts(String(part)) }
        }
    }

    private mutating func refusePorts(_ text: String) {
        findings.append("\"\(text)\" is neither a port nor a range as 8000-9000")
    }

    private mutating func readClause(_ key: String, _ word: FirewallLine.Word) {
        switch key {
        case "from": if let text = value(of: key) { FirewallLine.put(address: text, into: &draft.source) }
        case "to": if let text = value(of: key) { FirewallLine.put(address: text, into: &draft.destination) }
        case "sport":
            guard let text = value(of: key) else { return }
            guard let range = FirewallLine.ports(text) else { return refusePorts(text) }
            (draft.source.portStart, draft.source.portEnd) = (range.start, range.end)
        case "state":
            guard let text = value(of: key) else { return }
            for name in text.split(separator: ",") { draft.connectionState[name.lowercased()] = true }
        case "priority", "prio":
            guard let text = value(of: key) else { return }
            if let number = Int(text) {
                draft.priority = number
            } else {
                findings.append("priority \"\(text)\" is no whole number")
            }
        case "override": draft.overridesDepartment = true
        case "name": draft.name = value(of: key) ?? ""
        case "description": draft.description = value(of: key)
        default: findings.append("\"\(word.text)\" is not understood")
        }
    }

    private mutating func value(of key: String) -> String? {
        if let word = words.popFirst() { return word.text }
        findings.append("\(key) is the last word: what it is about is missing")
        return nil
    }

    /// One rule for each of the ports. One without a name is called by what it says.
    var drafts: [FirewallRuleDraft] {
        var draft = draft
        draft.direction = direction ?? .both
        draft.action = action ?? .accept
        let ranges: [(start: Int, end: Int?)?] = ports.isEmpty ? [nil] : ports
        return ranges.map { range in
            var draft = draft
            (draft.destination.portStart, draft.destination.portEnd) = (range?.start, range?.end)
            if draft.name.isEmpty {
                draft.name = String(draft.clauses.prefix(NameRule.maximumLength))
            } else if ranges.count > 1, let range {
                draft.name += " \(range.start)"
            }
            return draft
        }
    }
}

extension FirewallRuleDraft {
    /// What it says of packets, in the words of a line: without name, description and priority.
    package var clauses: String {
        var words = [direction == .both ? "both" : direction.rawValue.lowercased(), action.rawValue.lowercased()]
        let transport = protocolName.isEmpty ? "all" : protocolName.lowercased()
        let ports = Self.words(destination.portStart, destination.portEnd)
        if transport != "all" || ports != nil { words.append(transport) }
        if let ports { words.append(ports) }
        for (word, peer) in [("from", source), ("to", destination)] {
            guard let address = peer.address, !address.isEmpty else { continue }
            let mask = peer.mask.flatMap { $0.isEmpty ? nil : "/" + $0 } ?? ""
            words += [word, address + mask]
        }
        if let ports = Self.words(source.portStart, source.portEnd) { words += ["sport", ports] }
        let states = connectionState.filter(\.value).keys.sorted()
        if !states.isEmpty { words += ["state", states.joined(separator: ",").lowercased()] }
        if overridesDepartment { words.append("override") }
        return words.joined(separator: " ")
    }

    /// The whole rule as a line that `FirewallLine` reads.
    package var line: String {
        var line = clauses
        if priority != 500 { line += " priority \(priority)" }
        line += " name " + Self.quoted(name)
        if let description, !description.isEmpty { line += " description " + Self.quoted(description) }
        return line
    }

    /// `443` or `8000-9000`; nil where ports are of no matter.
    package static func words(_ start: Int?, _ end: Int?) -> String? {
        guard let start else { return end.map { "-\($0)" } }
        return end.map { $0 == start ? "\(start)" : "\(start)-\($0)" } ?? "\(start)"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character.isNewline ? " " : character)
        }
        return quoted + "\""
    }
}
