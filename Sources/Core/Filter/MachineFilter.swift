/// What a person types to narrow the list of machines; one grammar for the console and the command line.
///
///     web                    somewhere in name, department, state, address, system or id
///     !web                   not there
///     /^vm-0[1-4]            a regular expression; one that cannot be read is looked for as it stands
///     /!re   -f wbs          inverse expression; the letters in this order
///     state:running dept:sales cpu>50 mem<=80        fields: both hold
///     state:off or state:suspended                   either holds
package struct MachineFilter: Equatable, Sendable {
    indirect enum Node: Equatable, Sendable {
        case text(TextPattern)
        case field(Field, Comparison, String, [UInt8])
        case number(Figure, Comparison, Double)
        case not(Node)
        case all([Node])
        case any([Node])
    }

    package enum Field: String, CaseIterable, Sendable { case name, state, dept, ip, os, id, domain, adopted }
    package enum Figure: String, CaseIterable, Sendable { case cpu, wait, mem, disk, net, cores, ram, size }
    package enum Comparison: String, Equatable, Sendable {
        case has = ":"
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    package let source: String
    let root: Node
    /// A plain word to show where it was found; nil for all other filters.
    package let highlight: [UInt8]?
    /// Whether the answer depends on figures, which change without an event.
    package let usesFigures: Bool

    package var isEmpty: Bool { root == .all([]) }

    /// Any text is a filter: what is no known field is looked for as text.
    package init(_ source: String) {
        self.source = source
        let text = source.trimmingSpaces
        root = Self.parse(text)
        if case .all(let nodes) = root, nodes.count == 1, case .text(.contains(let word)) = nodes[0] {
            highlight = word
        } else {
            highlight = nil
        }
        usesFigures = Self.usesFigures(root)
    }

    private static func usesFigures(_ node: Node) -> Bool {
        switch node {
        case .number(let figure, _, _): figure != .cores && figure != .ram && figure != .size
        case .not(let inner): usesFigures(inner)
        case .all(let nodes), .any(let nodes): nodes.contains(where: usesFigures)
        case .text, .field: false
        }
    }

    // MARK: Reading

    private static func parse(_ text: String) -> Node {
        // A word that is only begun asks for nothing yet.
        if text.isEmpty || text == "!" { return .all([]) }
        if text.hasPrefix("-f") {
            let letters = TextPattern.folded(text.dropFirst(2).filter { $0 != " " })
            return letters.isEmpty ? .all([]) : .text(.fuzzy(letters))
        }
        if text.hasPrefix("/!") { return expression(text.dropFirst(2)).map { .not(.text($0)) } ?? .all([]) }
        if text.hasPrefix("/") { return expression(text.dropFirst()).map { .text($0) } ?? .all([]) }
        var alternatives: [Node] = []
        var terms: [Node] = []
        for word in words(of: text) {
            switch word {
            case "or", "OR", "|", "||":
                if !terms.isEmpty { alternatives.append(.all(terms)) }
                terms = []
            case "and", "AND", "&&": break
            default: terms.append(term(word))
            }
        }
        if !terms.isEmpty { alternatives.append(.all(terms)) }
        return alternatives.count == 1 ? alternatives[0] : alternatives.isEmpty ? .all([]) : .any(alternatives)
    }

    private static func expression(_ text: Substring) -> TextPattern? {
        if text.isEmpty { return nil }
        return SmallRegex(String(text)).map { .expression($0) } ?? .contains(TextPattern.folded(String(text)))
    }

    /// Words are parted by spaces; quotes keep spaces in.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == " ", !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static func term(_ word: String) -> Node {
        if word.hasPrefix("!"), word.count > 1 { return .not(term(String(word.dropFirst()))) }
        let isName: (Character) -> Bool = { $0.isASCII && $0.isLetter }
        let name = word.prefix(while: isName)
        let rest = word[name.endIndex...]
        for comparison in [Comparison.unequal, .lessOrEqual, .greaterOrEqual, .less, .greater, .equal, .has]
        where rest.hasPrefix(comparison.rawValue) {
            let value = String(rest.dropFirst(comparison.rawValue.count))
            if value.isEmpty { break }
            let key = aliases[name.lowercased()] ?? name.lowercased()
            if let figure = Figure(rawValue: key), let number = number(value) {
                return .number(figure, comparison, number)
            }
            if let field = Field(rawValue: key) { return .field(field, comparison, value, TextPattern.folded(value)) }
            break
        }
        return .text(.contains(TextPattern.folded(word)))
    }

    private static let aliases = [
        "status": "state", "department": "dept", "memory": "mem", "network": "net", "vcpus": "cores", "addr": "ip",
    ]

    /// `50`, `50%`, `1.5k`, `2M`.
    private static func number(_ text: String) -> Double? {
        var digits = text[...]
        var scale = 1.0
        switch digits.last {
        case "%": digits.removeLast()
        case "k", "K": (digits, scale) = (digits.dropLast(), 1024)
        case "m", "M": (digits, scale) = (digits.dropLast(), 1_048_576)
        case "g", "G": (digits, scale) = (digits.dropLast(), 1_073_741_824)
        default: break
        }
        return Double(digits).map { $0 * scale }
    }
}

extension MachineFilter {
    /// What of a machine a filter may look at.
    package struct Subject {
        package var machine: Machine
        package var department: String
        package var figures: Figures
        /// All texts of the machine in lower case, see `text(of:department:)`.
        package var text: ArraySlice<UInt8>

        package init(machine: Machine, department: String, figures: Figures, text: ArraySlice<UInt8>) {
            self.machine = machine
            self.department = department
            self.figures = figures
            self.text = text
        }
    }

    /// The texts of a machine that a plain word is looked for in, one a line.
    package static func text(of machine: Machine, department: String) -> [UInt8] {
        var text = TextPattern.folded(machine.name)
        for part in [machine.status.rawValue, department, machine.localIP ?? "", machine.os, machine.id.rawValue] {
            text.append(0x0A)
            text.append(contentsOf: TextPattern.folded(part))
        }
        if machine.internalName != machine.name {
            text.append(0x0A)
            text.append(contentsOf: TextPattern.folded(machine.internalName))
        }
        return text
    }

    package func matches(_ subject: @autoclosure () -> Subject, text: ArraySlice<UInt8>) -> Bool {
        // The common filters look at the text alone: nothing else of the machine is fetched for them.
        if case .all(let nodes) = root {
            if nodes.isEmpty { return true }
            if nodes.count == 1, case .text(let pattern) = nodes[0] { return Self.holds(pattern, text) }
        }
        if case .text(let pattern) = root { return Self.holds(pattern, text) }
        return Self.holds(root, subject())
    }

    /// An expression's `^` and `$` mean the name; other patterns look at all texts.
    private static func holds(_ pattern: TextPattern, _ text: ArraySlice<UInt8>) -> Bool {
        guard case .expression = pattern else { return pattern.matches(text) }
        return text.split(separator: 0x0A).contains { pattern.matches($0) }
    }

    private static func holds(_ node: Node, _ subject: Subject) -> Bool {
        switch node {
        case .text(let pattern): holds(pattern, subject.text)
        case .not(let inner): !holds(inner, subject)
        case .all(let nodes): nodes.allSatisfy { holds($0, subject) }
        case .any(let nodes): nodes.contains { holds($0, subject) }
        case .field(let field, let comparison, _, let value): holds(field, comparison, value, subject)
        case .number(let figure, let comparison, let value):
            figureValue(figure, subject).map { compare($0, comparison, value) } ?? false
        }
    }

    private static func holds(_ field: Field, _ comparison: Comparison, _ value: [UInt8], _ subject: Subject) -> Bool {
        let machine = subject.machine
        let text =
            switch field {
            case .name: machine.name
            case .state: machine.status.rawValue
            case .dept: subject.department
            case .ip: machine.localIP ?? ""
            case .os: machine.os
            case .id: machine.id.rawValue
            case .domain: machine.internalName
            case .adopted: machine.isManaged ? "yes" : "no"
            }
        let folded = TextPattern.folded(text)
        switch comparison {
        case .has: return TextPattern.find(value, in: folded) != nil
        case .equal: return folded == value
        case .unequal: return folded != value
        case .less: return folded.lexicographicallyPrecedes(value)
        case .lessOrEqual: return !value.lexicographicallyPrecedes(folded)
        case .greater: return value.lexicographicallyPrecedes(folded)
        case .greaterOrEqual: return !folded.lexicographicallyPrecedes(value)
        }
    }

    private static func figureValue(_ figure: Figure, _ subject: Subject) -> Double? {
        let figures = subject.figures
        switch figure {
        case .cpu: return figures.cpuPercent
        case .wait: return figures.vcpuWaitPercent
        case .mem: return figures.memoryPercent
        case .disk: return figures.diskTotal
        case .net: return figures.networkTotal
        case .cores: return Double(subject.machine.cpuCores)
        case .ram: return Double(subject.machine.ramGB)
        case .size: return Double(subject.machine.diskSizeGB)
        }
    }

    private static func compare(_ a: Double, _ comparison: Comparison, _ b: Double) -> Bool {
        switch comparison {
        case .has, .equal: a == b
        case .unequal: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        }
    }
}

extension Figures {
    /// Used memory as a share of what the machine has, 0 to 100.
    package var memoryPercent: Double? {
        guard let used = memoryUsedMiB, let total = memoryTotalMiB, total > 0 else { return nil }
        return min(100, used * 100 / total)
    }

    /// Read and written, bytes a second.
    package var diskTotal: Double? { Self.sum(diskRead, diskWrite) }
    /// Received and sent, bytes a second.
    package var networkTotal: Double? { Self.sum(networkReceived, networkSent) }

    private static func sum(_ a: Double?, _ b: Double?) -> Double? {
        a == nil && b == nil ? nil : (a ?? 0) + (b ?? 0)
    }
}

extension String {
    /// Without the spaces around it.
    package var trimmingSpaces: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
