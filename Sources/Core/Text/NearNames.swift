/// Names that a mistyped one may have been meant for.
package enum NearNames {
    /// The nearest few of `names`, the nearest first: one letter of three may be wrong, missing, too many or out of place.
    package static func of(_ word: String, among names: some Sequence<String>, limit: Int = 3) -> [String] {
        let wanted = Array(word.lowercased().unicodeScalars)
        let allowed = max(1, wanted.count / 3)
        var found: [(distance: Int, name: String)] = []
        for name in names {
            let other = Array(name.lowercased().unicodeScalars)
            guard abs(other.count - wanted.count) <= allowed else { continue }
            let distance = distance(wanted, other)
            if distance <= allowed { found.append((distance, name)) }
        }
        let ordered = found.sorted {
            $0.distance != $1.distance
                ? $0.distance < $1.distance
                : NaturalOrder.key($0.name).lexicographicallyPrecedes(NaturalOrder.key($1.name))
        }
        var names: [String] = []
        for (_, name) in ordered where names.count < limit && !names.contains(name) { names.append(name) }
        return names
    }

    /// How many letters have to be changed, added, left out or swapped with the next one.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before = [Int](repeating: 0, count: b.count + 1)
        var row = Array(0...b.count)
        for i in 0..<a.count {
            var next = [i + 1]
            for j in 0..<b.count {
                var least = min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[b.count]
    }
}
