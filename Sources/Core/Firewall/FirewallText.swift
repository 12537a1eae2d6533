import JSON

/// Rules that somebody wrote or pasted: the JSON or TOML of an export, or a line for each rule. What is wrong is told with the
/// line in which it is, and all of it at once.
package struct FirewallText: Equatable, Sendable {
    package enum Form: String, CaseIterable, Sendable { case json, toml, lines }

    package struct Rule: Equatable, Sendable {
        /// Nil where the form of writing does not tell.
        package var line: Int?
        package var draft: FirewallRuleDraft
    }

    package struct Finding: Equatable, Sendable {
        package var line: Int?
        package var message: String

        package var words: String { line.map { "line \($0): \(message)" } ?? message }
    }

    package private(set) var form: Form
    package private(set) var rules: [Rule] = []
    /// What a department says beside its rules, where it is said.
    package private(set) var settings: FirewallSettings?
    package private(set) var findings: [Finding] = []

    /// - Parameter origin: whose rules they are to be.
    package init(_ text: String, for origin: FirewallRule.Origin) {
        form = Self.form(of: text)
        switch form {
        case .json: readJSON(text)
        case .toml: readTOML(text)
        case .lines: readLines(text)
        }
        for rule in rules {
            findings += rule.draft.findings(of: origin).map { Finding(line: rule.line, message: $0) }
        }
        // A machine has the policy of its department.
        if origin == .machine { settings = nil }
        findings.sort { ($0.line ?? 0) < ($1.line ?? 0) }
    }

    private static func form(of text: String) -> Form {
        guard let first = text.first(where: { !$0.isWhitespace }) else { return .lines }
        if first == "{" { return .json }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
        let isTOML = lines.contains { line in
            guard line.first != "#" else { return false }
            return line.first == "["
                || line.prefix { $0.isLetter || $0 == " " }.count < line.count
                    && line.drop { $0.isLetter || $0 == " " }.first == "="
        }
        return isTOML ? .toml : .lines
    }

    // MARK: Lines

    private mutating func readLines(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            switch FirewallLine.parse(String(line)) {
            case .success(let drafts): rules += drafts.map { Rule(line: index + 1, draft: $0) }
            case .failure(let wrong): findings += wrong.messages.map { Finding(line: index + 1, message: $0) }
            }
        }
    }

    // MARK: Documents

    private mutating func readJSON(_ text: String) {
        let bytes = Array(text.utf8)
        func line(at offset: Int) -> Int { bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1 }
        do throws(JSONError) {
            guard case .object(let object) = try JSONValue(parsing: bytes) else { return }
            take(object, lines: try Self.placesOfRules(bytes).map(line(at:)))
        } catch {
            findings.append(Finding(line: line(at: error.offset), message: "this is not JSON: \(error.message)"))
        }
    }

    /// Where each rule begins.
    private static func placesOfRules(_ bytes: [UInt8]) throws(JSONError) -> [Int] {
        var places: [Int] = []
        var reader = JSONReader(bytes)
        try reader.object { name, reader throws(JSONError) in
            guard name == "rules", case .array = try reader.peek() else { return try reader.skip() }
            try reader.array { reader throws(JSONError) in
                places.append(reader.offset())
                try reader.skip()
            }
        }
        return places
    }

    private mutating func readTOML(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        let places = lines.filter { $0.element.filter { !$0.isWhitespace }.hasPrefix("[[rules]]") }.map {
            $0.offset + 1
        }
        do throws(TOMLError) { take(try JSONObject(toml: text), lines: places) } catch {
            findings.append(Finding(line: error.line, message: error.problem))
        }
    }

    /// - Parameter lines: where each rule begins, as far as that is known.
    private mutating func take(_ object: JSONObject, lines: [Int]) {
        for member in object.members {
            switch (member.name, member.value) {
            case ("version", .int(FirewallDocument.version)), ("policy", .null): break
            case ("version", let value):
                findings.append(Finding(message: "version \(value.text) is not known: use \(FirewallDocument.version)"))
            case ("policy", .object(let policy)):
                do throws(FirewallFindings) { settings = try FirewallSettings(policy) } catch {
                    findings += error.messages.map { Finding(message: "policy: \($0)") }
                }
            case ("rules", .array(let items)):
                for (place, item) in items.enumerated() {
                    take(item, line: lines.indices.contains(place) ? lines[place] : nil)
                }
            default:
                findings.append(Finding(message: "\"\(member.name)\" is not known here: use version, policy, rules"))
            }
        }
        if object["rules"] == nil { findings.append(Finding(message: "there are no rules in it")) }
    }

    private mutating func take(_ item: JSONValue, line: Int?) {
        guard case .object(let object) = item else {
            return findings.append(Finding(line: line, message: "a rule is an object"))
        }
        do throws(FirewallFindings) { rules.append(Rule(line: line, draft: try FirewallRuleDraft(object))) } catch {
            findings += error.messages.map { Finding(line: line, message: $0) }
        }
    }
}

extension FirewallDocument {
    /// In one of the forms that `FirewallText` reads. A line says nothing of a policy.
    package func text(_ form: FirewallText.Form) -> String {
        switch form {
        case .json: indentedJSON
        case .toml: toml
        case .lines: rules.map { $0.line + "\n" }.joined()
        }
    }

    /// A line for each rule, so that versions of a document can be compared.
    private var indentedJSON: String {
        let members = json.members.map { member in
            guard member.name == "rules", let rules = member.value.array, !rules.isEmpty else {
                return "  \(JSONValue.string(member.name).text): \(member.value.text)"
            }
            return "  \"rules\": [\n" + rules.map { "    " + $0.text }.joined(separator: ",\n") + "\n  ]"
        }
        return "{\n" + members.joined(separator: ",\n") + "\n}\n"
    }

    private var toml: String {
        var text = "version = \(Self.version)\n"
        if let settings { text += "\n[policy]\n" + Self.toml(settings.json) }
        for rule in rules { text += "\n[[rules]]\n" + Self.toml(rule.json) }
        // A document without rules says so, too.
        return rules.isEmpty ? "rules = []\n" + text : text
    }

    private static func toml(_ object: JSONObject) -> String {
        object.members.map { "\($0.name) = \(toml($0.value))\n" }.joined()
    }

    /// Texts, numbers and booleans are written as in JSON.
    private static func toml(_ value: JSONValue) -> String {
        guard case .object(let object) = value else { return value.text }
        return "{ " + object.members.map { "\($0.name) = \(toml($0.value))" }.joined(separator: ", ") + " }"
    }
}
