extension Validation {
    /// Names that somebody may have meant. None when nobody will read them.
    func suggestions(for input: String, among options: some Sequence<String>) -> [String] {
        isFull ? [] : closestNames(to: input, among: options)
    }
}

/// Names that somebody may have meant, the closest first: at most five, as graphql-js does it.
func closestNames(to input: String, among options: some Sequence<String>) -> [String] {
    let word = Array(input.lowercased().unicodeScalars)
    let threshold = input.unicodeScalars.count * 2 / 5 + 1
    var found: [(distance: Int, name: String)] = []
    for option in options {
        if option == input { continue }
        let other = Array(option.lowercased().unicodeScalars)
        guard abs(other.count - word.count) <= threshold else { continue }
        let distance = other == word ? 1 : distance(word, other)
        if distance <= threshold { found.append((distance, option)) }
    }
    return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(5).map(\.name)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
private func distance(_ a: [UnicodeScalar], _ b: [UnicodeScalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            let cost = a[i] == b[j] ? 0 : 1
            var best = min(row[j] + 1, last[j + 1] + 1, last[j] + cost)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + cost) }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

/// ` Did you mean "a", "b", or "c"?`, or nothing.
func didYouMean(_ kind: String? = nil, _ names: [String]) -> String {
    let quoted = names.map { "\"\($0)\"" }
    let list: String
    switch quoted.count {
    case 0: return ""
    case 1: list = quoted[0]
    case 2: list = "\(quoted[0]) or \(quoted[1])"
    default: list = quoted.dropLast().joined(separator: ", ") + ", or " + quoted[quoted.count - 1]
    }
    return " Did you mean \(kind.map { "\($0) " } ?? "")\(list)?"
}

func didYouMean(_ names: [String]) -> String { didYouMean(nil, names) }
