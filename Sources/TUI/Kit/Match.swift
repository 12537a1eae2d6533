/// Finds text in text without regard to case, over UTF-8 bytes and without allocating: thousands of rows between two key strokes.
package struct Match: Equatable, Sendable {
    package enum Mode: Equatable, Sendable {
        case substring
        /// The letters in order, with anything between them.
        case fuzzy
    }

    package let pattern: String
    package let mode: Mode
    // A byte matches when it equals either; both have the same length, else the lower case stands in both.
    private let lower: [UInt8]
    private let upper: [UInt8]

    package init(_ pattern: String, mode: Mode = .substring) {
        self.pattern = pattern
        self.mode = mode
        let low = Array(pattern.lowercased().utf8)
        let up = Array(pattern.uppercased().utf8)
        lower = low
        upper = up.count == low.count ? up : low
    }

    package var isEmpty: Bool { lower.isEmpty }

    package func matches(_ text: String) -> Bool { score(text) != nil }

    /// How well it matches, higher is better; nil when it does not. The empty pattern matches everything alike.
    package func score(_ text: String) -> Int? {
        if lower.isEmpty { return 0 }
        return score(text.utf8.span)
    }

    /// The byte offsets of the matching letters, for highlighting; empty when it does not match.
    package func offsets(in text: String) -> [Int] {
        let bytes = Array(text.utf8)
        guard !lower.isEmpty else { return [] }
        if mode == .substring {
            guard let start = find(bytes.span, from: 0) else { return [] }
            return Array(start..<start + lower.count)
        }
        guard let start = bestStart(bytes.span) else { return [] }
        var offsets: [Int] = []
        var index = start
        for position in lower.indices {
            while index < bytes.count, !equal(bytes[index], position) { index += 1 }
            guard index < bytes.count else { return [] }
            offsets.append(index)
            index += 1
        }
        return offsets
    }

    /// The text in pieces: what matched in the role `.match`, the rest in `role`.
    package func spans(in text: String, role: Role = .text) -> [Span] {
        let offsets = Set(offsets(in: text))
        guard !offsets.isEmpty else { return [Span(text, role)] }
        var spans: [Span] = []
        var offset = 0
        for character in text {
            let matched = offsets.contains(offset)
            let wanted: Role = matched ? .match : role
            if spans.last?.role == wanted {
                spans[spans.count - 1].text.append(character)
            } else {
                spans.append(Span(String(character), wanted))
            }
            offset += character.utf8.count
        }
        return spans
    }

    private func score(_ bytes: Span8) -> Int? {
        if mode == .substring {
            guard let start = find(bytes, from: 0) else { return nil }
            return 1000 - min(start, 500) + (isBoundary(bytes, start) ? 200 : 0) - min(bytes.count, 200)
        }
        guard let start = bestStart(bytes) else { return nil }
        var index = start
        var score = isBoundary(bytes, start) ? 40 : 0
        var last = start - 1
        for position in lower.indices {
            while !equal(bytes[index], position) { index += 1 }
            if index == last + 1 { score += 15 } else { score -= min(index - last, 10) }
            if isBoundary(bytes, index) { score += 10 }
            last = index
            index += 1
        }
        return score + 500 - min(start, 100) - min(bytes.count, 200) / 4
    }

    private typealias Span8 = Swift.Span<UInt8>

    private func equal(_ byte: UInt8, _ position: Int) -> Bool { byte == lower[position] || byte == upper[position] }

    private func find(_ bytes: Span8, from: Int) -> Int? {
        let last = bytes.count - lower.count
        guard last >= from else { return nil }
        var start = from
        while start <= last {
            if equal(bytes[start], 0) {
                var position = 1
                while position < lower.count, equal(bytes[start + position], position) { position += 1 }
                if position == lower.count { return start }
            }
            start += 1
        }
        return nil
    }

    /// Where the letters begin that end first: the shortest run that ends where the first match ends.
    private func bestStart(_ bytes: Span8) -> Int? {
        var position = 0
        var index = 0
        while index < bytes.count, position < lower.count {
            if equal(bytes[index], position) { position += 1 }
            index += 1
        }
        guard position == lower.count else { return nil }
        while position > 0 {
            index -= 1
            if equal(bytes[index], position - 1) { position -= 1 }
        }
        return index
    }

    private func isBoundary(_ bytes: Span8, _ index: Int) -> Bool {
        guard index > 0 else { return true }
        return switch bytes[index - 1] {
        case 0x20, 0x2D, 0x2E, 0x2F, 0x3A, 0x5F: true
        default: false
        }
    }
}
