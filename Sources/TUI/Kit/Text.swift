/// What text becomes on the screen: the one place that decides which scalars reach a cell.
///
/// A cell holds one scalar, so
/// - a mark is composed with its letter where Unicode has the pair as one scalar (NFC), and dropped where it has not;
/// - an emoji sequence (joined by U+200D, skin tones) shows its first emoji; a flag shows its two letters;
/// - tab and line breaks become a space, other control characters, bidirectional controls and line separators become `·`:
///   nothing that a name or a guest contains can move the cursor, colour the screen or reorder a line;
/// - invisible format characters (zero width spaces, joiners, variation selectors, tags) are dropped.
package enum Text {
    /// What stands in for a control character.
    package static let replacement: UInt32 = 0xB7
    static let ellipsis: UInt32 = 0x2026

    /// The columns a scalar takes on a terminal: 0, 1 or 2.
    package static func width(of scalar: UInt32) -> Int {
        if scalar < 0x300 { return 1 }
        if contains(WidthTable.wide, scalar) { return 2 }
        return contains(WidthTable.zero, scalar) ? 0 : 1
    }

    /// The columns `text` takes once it is written to a canvas.
    package static func width(_ text: some StringProtocol) -> Int {
        var columns = 0
        forEachGlyph(text) { _, width in
            columns += width
            return true
        }
        return columns
    }

    /// `text` as a canvas would show it: for messages that are written to a terminal as plain lines.
    package static func sanitised(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        forEachGlyph(text) { scalar, _ in
            if let scalar = UnicodeScalar(scalar) { result.unicodeScalars.append(scalar) }
            return true
        }
        return result
    }

    /// `text` cut to `columns` columns, the last one an ellipsis if something had to go.
    package static func clipped(_ text: some StringProtocol, to columns: Int) -> String {
        if width(text) <= columns { return sanitised(text) }
        guard columns > 0 else { return "" }
        var result = ""
        var used = 0
        forEachGlyph(text) { scalar, width in
            guard used + width < columns, let scalar = UnicodeScalar(scalar) else { return false }
            result.unicodeScalars.append(scalar)
            used += width
            return true
        }
        return result + "…"
    }

    /// `text` cut or filled with spaces to exactly `columns` columns.
    package static func padded(_ text: some StringProtocol, to columns: Int, alignment: Alignment = .left) -> String {
        let clipped = clipped(text, to: columns)
        let missing = max(0, columns - width(clipped))
        let before =
            switch alignment {
            case .left: 0
            case .centre: missing / 2
            case .right: missing
            }
        return String(repeating: " ", count: before) + clipped + String(repeating: " ", count: missing - before)
    }

    /// Text broken into lines of at most `columns` columns, at spaces where there are any. Line breaks in it stay.
    package static func wrapped(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            var used = 0
            for word in paragraph.split(separator: " ") {
                var word = sanitised(word)
                var columnsOfWord = width(word)
                if used > 0, used + 1 + columnsOfWord > columns {
                    lines.append(line)
                    line = ""
                    used = 0
                }
                while columnsOfWord > columns {
                    let head = prefix(of: word, columns: columns)
                    guard !head.isEmpty else { break }
                    lines.append(head)
                    word.unicodeScalars.removeFirst(head.unicodeScalars.count)
                    columnsOfWord = width(word)
                }
                line += used > 0 ? " " + word : word
                used += (used > 0 ? 1 : 0) + columnsOfWord
            }
            lines.append(line)
        }
        return lines
    }

    /// The longest beginning of sanitised text that fits in `columns`.
    private static func prefix(of text: String, columns: Int) -> String {
        var result = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let width = width(of: scalar.value)
            guard used + width <= columns else { break }
            result.unicodeScalars.append(scalar)
            used += width
        }
        return result
    }

    /// Calls `body` with each scalar that reaches a cell and its width, until it returns false.
    package static func forEachGlyph(_ text: some StringProtocol, _ body: (UInt32, Int) -> Bool) {
        // A scalar waits for the one behind it, which may be a mark to compose with.
        var held: UInt32 = 0
        var joined = false
        for scalar in text.unicodeScalars {
            let value = scalar.value
            if value < 0x300 {
                joined = false
                if held != 0, !body(held, width(of: held)) { return }
                held = plain(value)
                continue
            }
            switch kind(of: value) {
            case .dropped: break
            case .joiner: joined = held > 0x2000
            case .mark:
                if held != 0, let composed = composition(held, value) { held = composed }
            case .glyph(let shown):
                if joined {
                    joined = false
                    continue
                }
                if held != 0 {
                    if let syllable = hangul(held, value) {
                        held = syllable
                        continue
                    }
                    if !body(held, width(of: held)) { return }
                }
                held = shown
            }
        }
        if held != 0 { _ = body(held, width(of: held)) }
    }

    private enum Kind { case glyph(UInt32), mark, joiner, dropped }

    private static func kind(of value: UInt32) -> Kind {
        switch value {
        case 0x200D: return .joiner
        // Line and paragraph separators, and everything that can reorder a line.
        case 0x200E, 0x200F, 0x061C, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: return .glyph(replacement)
        case 0xFFF9...0xFFFB, 0xFFFE, 0xFFFF: return .glyph(replacement)
        case 0x1F3FB...0x1F3FF: return .dropped
        case 0x1F1E6...0x1F1FF: return .glyph(value - 0x1F1E6 + 0x41)
        case 0xE0000...0xE0FFF: return .dropped
        // Conjoining vowels and final consonants: part of the syllable before them.
        case 0x1160...0x11FF: return .mark
        default: return contains(WidthTable.zero, value) ? .mark : .glyph(value)
        }
    }

    /// What a scalar below U+0300 shows: itself unless it is a control character.
    private static func plain(_ value: UInt32) -> UInt32 {
        switch value {
        case 0x20..<0x7F: value
        case 0x09, 0x0A, 0x0D: 0x20
        case 0..<0x20, 0x7F..<0xA0: replacement
        case 0xA0: 0x20
        case 0xAD: 0x2D
        default: value
        }
    }

    private static func composition(_ base: UInt32, _ mark: UInt32) -> UInt32? {
        if let syllable = hangul(base, mark) { return syllable }
        guard base <= 0xFFFF, mark <= 0xFFFF else { return nil }
        let table = CompositionTable.triples
        let key = base << 16 | mark
        var low = 0
        var high = table.count / 3
        while low < high {
            let middle = (low + high) / 2
            let candidate = UInt32(table[middle * 3]) << 16 | UInt32(table[middle * 3 + 1])
            if candidate == key { return UInt32(table[middle * 3 + 2]) }
            if candidate < key { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Hangul syllables are composed by arithmetic. Source: The Unicode Standard, section 3.12.
    private static func hangul(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if 0x1100..<0x1113 ~= first, 0x1161..<0x1176 ~= second {
            return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
        }
        if 0xAC00..<0xD7A4 ~= first, (first - 0xAC00) % 28 == 0, 0x11A8..<0x11C3 ~= second {
            return first + (second - 0x11A7)
        }
        return nil
    }

    private static func contains(_ table: [ClosedRange<UInt32>], _ value: UInt32) -> Bool {
        var low = 0
        var high = table.count
        while low < high {
            let middle = (low + high) / 2
            if table[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < table.count && table[low].lowerBound <= value
    }
}

/// Where text stands in a field that is wider than it.
package enum Alignment: Equatable, Sendable { case left, centre, right }

extension StringProtocol {
    /// The columns this text takes on a screen.
    package var displayWidth: Int { Text.width(self) }
}
