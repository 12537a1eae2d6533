import JSON

/// Takes values out of a TOML document table by table, and keeps what is wrong: a value of another kind, a number out of
/// range, a key that nobody asked for.
struct ConfigReader {
    private(set) var findings: [ConfigFinding] = []
    private let name: String
    private let lines: ConfigLines
    /// The table that is read now, and the keys that were asked for in it.
    private var table: JSONObject
    private var path: [String] = []
    private var known: Set<String> = []

    init(file text: String, named name: String) {
        self.name = name
        lines = ConfigLines(text)
        do throws(TOMLError) {
            table = try JSONObject(toml: text)
        } catch {
            table = JSONObject()
            findings.append(ConfigFinding(.file(name, line: error.line), key: "", problem: error.problem))
        }
    }

    mutating func refuse(variable: String, path: String) {
        refuse(variable: variable, problem: "\"\(path)\" is not an absolute path")
    }

    mutating func refuse(variable: String, problem: String) {
        findings.append(ConfigFinding(.environment, key: variable, problem: problem))
    }

    // MARK: Tables

    mutating func table(_ key: String, _ body: (inout ConfigReader) -> Void) {
        known.insert(key)
        guard let value = table[key] else { return }
        guard let inner = value.object else { return refuse(key, "has to be a table: [\(key)]") }
        let outer = (table, path, known)
        (table, path, known) = (inner, path + [key], [])
        body(&self)
        end()
        (table, path, known) = outer
    }

    /// Refuses keys of the present table that nobody asked for: most are misspelt.
    mutating func end() {
        for key in table.members.map(\.name) where !known.contains(key) {
            let near = known.min { $0.distance(to: key) < $1.distance(to: key) }
            let hint = near.flatMap { $0.distance(to: key) <= 2 ? "; is \"\($0)\" meant?" : nil } ?? ""
            refuse(key, "is not a setting\(hint)")
        }
    }

    // MARK: Values

    mutating func string(_ key: String, _ take: (String) -> Void) {
        guard let value = value(key) else { return }
        guard let text = value.string else { return refuse(key, "has to be text in quotes") }
        take(text)
    }

    mutating func path(_ key: String, _ take: (String) -> Void) {
        guard let value = value(key) else { return }
        guard let text = value.string, text.hasPrefix("/") else { return refuse(key, "has to be an absolute path") }
        take(text)
    }

    mutating func number(_ key: String, _ range: ClosedRange<Int>, _ take: (Int) -> Void) {
        guard let value = value(key) else { return }
        guard let number = value.int, range.contains(number) else {
            return refuse(key, "has to be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        take(number)
    }

    mutating func flag(_ key: String, _ take: (Bool) -> Void) {
        guard let value = value(key) else { return }
        guard let flag = value.bool else { return refuse(key, "has to be true or false") }
        take(flag)
    }

    /// One of several names, or a list of them.
    mutating func names(_ key: String, among known: [String], _ take: ([String]) -> Void) {
        guard let value = value(key) else { return }
        let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        guard value.array.map({ $0.count == texts.count }) ?? !texts.isEmpty else {
            return refuse(key, "has to be a name in quotes, or a list of them")
        }
        if let stranger = texts.first(where: { !known.contains($0) }) {
            return refuse(key, "\"\(stranger)\" is none of \(known.joined(separator: ", "))")
        }
        take(texts)
    }

    mutating func strings(_ key: String, _ take: ([String]) -> Void) {
        guard let value = value(key) else { return }
        guard let array = value.array else { return refuse(key, "has to be a list: [\"...\"]") }
        let texts = array.compactMap(\.string)
        guard texts.count == array.count else { return refuse(key, "has to be a list of text in quotes") }
        take(texts)
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type, _ take: (Choice) -> Void
    ) {
        guard let value = value(key) else { return }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            return refuse(
                key, "has to be one of \(Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))")
        }
        take(choice)
    }

    /// A table whose keys are names of the user's choice.
    mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type, _ take: (String, Choice) -> Void
    ) {
        table(key) { reader in
            for name in reader.table.members.map(\.name) { reader.choice(name, type) { take(name, $0) } }
        }
    }

    private mutating func value(_ key: String) -> JSONValue? {
        known.insert(key)
        return table[key]
    }

    private mutating func refuse(_ key: String, _ problem: String) {
        let whole = path + [key]
        findings.append(
            ConfigFinding(.file(name, line: lines.line(of: whole)), key: whole.joined(separator: "."), problem: problem)
        )
    }
}

extension String {
    /// How many letters have to be put in, taken out or changed to make one of the other. Source: Levenshtein, 1965.
    fileprivate func distance(to other: String) -> Int {
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (i, letter) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in other.enumerated() {
                let changed = diagonal + (letter == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[other.count]
    }
}
