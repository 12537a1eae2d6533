import Core

/// What a person typed to find machines.
///
///     web            the word in name, department, system, address or state
///     !web           without it
///     state:running  in one field: name, state, dept, os, ip
///     cpu>50         figures: cpu, wait (percent), mem (MiB), net, disk (bytes a second)
///     -f wbs         letters in this order, anywhere in the name
///
/// Words are all to match. What cannot be understood is taken as a word, so that typing never shows an error.
package struct FleetFilter: Equatable, Sendable {
    enum Field: String, CaseIterable, Sendable { case name, state, dept, os, ip }

    enum Term: Equatable, Sendable {
        case word(Match)
        case field(Field, Match)
        case figure(FleetKey, isAbove: Bool, Double)
        case fuzzy(Match)
    }

    package let text: String
    private var terms: [(term: Term, isInverse: Bool)] = []

    package init(_ text: String = "") {
        self.text = text
        var words = text.split(separator: " ")
        if words.first == "-f" {
            words.removeFirst()
            let letters = words.joined()
            if !letters.isEmpty { terms = [(.fuzzy(Match(letters, mode: .fuzzy)), false)] }
            return
        }
        for word in words {
            let isInverse = word.first == "!" && word.count > 1
            let body = isInverse ? word.dropFirst() : word
            if body == "!" { continue }
            terms.append((Self.term(body), isInverse))
        }
    }

    package static func == (a: FleetFilter, b: FleetFilter) -> Bool { a.text == b.text }

    package var isEmpty: Bool { terms.isEmpty }

    /// Whether what it lets through changes with every pass of figures.
    package var isLive: Bool {
        terms.contains { if case .figure = $0.term { true } else { false } }
    }

    private static func term(_ word: Substring) -> Term {
        if let colon = word.firstIndex(of: ":"), let field = Field(rawValue: word[..<colon].lowercased()) {
            return .field(field, Match(String(word[word.index(after: colon)...])))
        }
        if let sign = word.firstIndex(where: { $0 == ">" || $0 == "<" }),
            let key = figure(word[..<sign]), let limit = number(word[word.index(after: sign)...])
        {
            return .figure(key, isAbove: word[sign] == ">", limit)
        }
        return .word(Match(String(word)))
    }

    private static func figure(_ name: Substring) -> FleetKey? {
        switch name.lowercased() {
        case "cpu": .cpu
        case "wait": .wait
        case "mem", "memory": .memory
        case "net", "network": .network
        case "disk": .disk
        default: nil
        }
    }

    /// `50`, `1.5`, `10k`, `2M`: powers of 1024.
    private static func number(_ text: Substring) -> Double? {
        guard let last = text.last else { return nil }
        let factor: Double =
            switch last {
            case "k", "K": 1024
            case "m", "M": 1_048_576
            case "g", "G": 1_073_741_824
            default: 1
            }
        return Double(factor == 1 ? text : text.dropLast()).map { $0 * factor }
    }

    package func matches(_ entry: Fleet.Entry, in fleet: Fleet) -> Bool {
        for (term, isInverse) in terms where matches(term, entry, fleet) == isInverse { return false }
        return true
    }

    private func matches(_ term: Term, _ entry: Fleet.Entry, _ fleet: Fleet) -> Bool {
        let machine = entry.machine
        switch term {
        case .fuzzy(let match): return match.matches(machine.name)
        case .figure(let key, let isAbove, let limit):
            guard let value = entry.value(key) else { return false }
            return isAbove ? value > limit : value < limit
        case .field(let field, let match): return match.matches(text(field, machine, fleet))
        case .word(let match):
            return match.matches(machine.name) || match.matches(fleet.departmentName(machine.departmentID))
                || match.matches(machine.status.rawValue) || match.matches(machine.os)
                || match.matches(machine.localIP ?? "") || match.matches(machine.internalName)
        }
    }

    private func text(_ field: Field, _ machine: Machine, _ fleet: Fleet) -> String {
        switch field {
        case .name: machine.name
        case .state: machine.status.rawValue
        case .dept: machine.isManaged ? fleet.departmentName(machine.departmentID) : "not adopted"
        case .os: machine.os
        case .ip: machine.localIP ?? ""
        }
    }
}
