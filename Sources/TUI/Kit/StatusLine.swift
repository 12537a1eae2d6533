/// A key and what it does, as the last line of the screen shows it.
package struct KeyHint: Equatable, Sendable {
    package var key: String
    package var label: String
    /// 0 stays longest on a narrow screen.
    package var importance: Int
    /// False for a key that would only say why it does nothing now: its place stays, dimmed.
    package var isEnabled: Bool

    package init(_ key: String, _ label: String, importance: Int = 1, isEnabled: Bool = true) {
        self.key = key
        self.label = label
        self.importance = importance
        self.isEnabled = isEnabled
    }
}

/// A part of a status line.
package struct StatusPart: Equatable, Sendable {
    package var spans: [Span]
    /// 0 stays longest on a narrow screen.
    package var importance: Int

    package init(_ spans: [Span], importance: Int = 1) {
        self.spans = spans
        self.importance = importance
    }

    package init(_ text: String, _ role: Role = .statusBar, importance: Int = 1) {
        self.init([Span(text, role)], importance: importance)
    }

    package var width: Int { spans.reduce(0) { $0 + Text.width($1.text) } }
}

extension Canvas {
    /// Hints in their order, the least important ones left out until the rest fits.
    package mutating func hints(_ hints: [KeyHint], x: Int, y: Int, columns: Int) {
        let chosen = KeyHint.fitting(hints, columns)
        var column = x
        for index in chosen {
            column = write(
                hints[index].key, x: column, y: y, role: hints[index].isEnabled ? .key : .muted,
                maxColumns: x + columns - column)
            column = write(
                " " + hints[index].label, x: column, y: y, role: .muted, maxColumns: x + columns - column)
            column += 2
        }
    }

    /// A bar with parts at the left and at the right; the least important ones are left out until the rest fits.
    package mutating func statusLine(left: [StatusPart], right: [StatusPart] = [], rect: Rect, role: Role = .statusBar)
    {
        guard !rect.isEmpty else { return }
        on(role) { $0.fillStatusLine(left: left, right: right, rect: rect, role: role) }
    }

    private mutating func fillStatusLine(left: [StatusPart], right: [StatusPart], rect: Rect, role: Role) {
        fill(Rect(x: rect.x, y: rect.y, columns: rect.columns, rows: 1), role)
        let all = left + right
        let chosen = KeyHint.fitting(all.map { ($0.importance, $0.width) }, 2, rect.columns - 2)
        var x = rect.x + 1
        let end = rect.x + rect.columns - 1
        for index in chosen where index < left.count {
            x = write(all[index].spans, x: x, y: rect.y, maxColumns: end - x) + 2
        }
        let rightChosen = chosen.filter { $0 >= left.count }
        var rightX = end - rightChosen.reduce(0) { $0 + all[$1].width + 2 } + 2
        rightX = max(rightX, x)
        for index in rightChosen where rightX < end {
            rightX = write(all[index].spans, x: rightX, y: rect.y, maxColumns: end - rightX) + 2
        }
    }
}

extension KeyHint {
    /// Columns that these take in a row.
    package static func width(_ hints: [KeyHint]) -> Int { hints.reduce(0) { $0 + $1.width + 2 } - 2 }

    /// Those that are drawn in so many columns, and those of the others that fit in another place.
    package static func split(_ hints: [KeyHint], columns: Int, more: Int) -> (line: [KeyHint], more: [KeyHint]) {
        let first = Set(fitting(hints, columns))
        let rest = hints.indices.filter { !first.contains($0) }.map { hints[$0] }
        // The first hint of a line is drawn however narrow it is; here nothing has to be.
        let second = fitting(rest, more).map { rest[$0] }
        return (
            hints.indices.filter(first.contains).map { hints[$0] }, width(second) <= more ? second : []
        )
    }

    /// The hint that `Canvas.hints` draws at a column, counted from where it begins.
    package static func find(_ hints: [KeyHint], at column: Int, columns: Int) -> KeyHint? {
        var x = 0
        for index in fitting(hints, columns) {
            let width = hints[index].width
            if column >= x, column < x + width { return hints[index] }
            x += width + 2
        }
        return nil
    }

    private var width: Int { Text.width(key) + 1 + Text.width(label) }

    fileprivate static func fitting(_ hints: [KeyHint], _ columns: Int) -> [Int] {
        fitting(hints.map { ($0.importance, $0.width) }, 2, columns)
    }

    /// Which of these fit in so many columns, the most important ones first; in their own order.
    fileprivate static func fitting(_ parts: [(importance: Int, width: Int)], _ gap: Int, _ columns: Int) -> [Int] {
        var room = columns + gap
        var chosen: [Int] = []
        for index in parts.indices.sorted(by: { (parts[$0].importance, $0) < (parts[$1].importance, $1) })
        where parts[index].width > 0 && (parts[index].width + gap <= room || chosen.isEmpty) {
            chosen.append(index)
            room -= parts[index].width + gap
        }
        return chosen.sorted()
    }
}
