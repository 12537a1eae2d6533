/// A graph over time, newest value at the right, one value for each column of dots (two in a cell). A value that is missing leaves a gap.
package struct Graph: Equatable, Sendable {
    package enum Arrangement: Equatable, Sendable {
        /// The second series hangs down from the middle: received and sent.
        case mirrored
        /// Both stand on the same ground.
        case overlaid
    }

    package enum Style: Equatable, Sendable { case area, line }

    package var values: [Double?]
    package var second: [Double?]?
    package var arrangement: Arrangement
    package var style: Style
    /// The top of the scale; found from the values that are visible when nil.
    package var maximum: Double?
    /// The scale never ends below this, so that noise is not blown up to full height.
    package var floor: Double
    /// Colours the graph by height, as for a load. Without it a series has one colour.
    package var graded: Bool

    package init(
        _ values: [Double?], second: [Double?]? = nil, arrangement: Arrangement = .overlaid, style: Style = .area,
        maximum: Double? = nil, floor: Double = 1, graded: Bool = true
    ) {
        self.values = values
        self.second = second
        self.arrangement = arrangement
        self.style = style
        self.maximum = maximum
        self.floor = floor
        self.graded = graded
    }

    /// The top of the scale for a graph of so many columns.
    package func scale(columns: Int) -> Double {
        if let maximum { return Swift.max(maximum, .leastNormalMagnitude) }
        var highest = 0.0
        for case let value? in values.suffix(columns * 2) { highest = Swift.max(highest, value) }
        for case let value? in (second ?? []).suffix(columns * 2) { highest = Swift.max(highest, value) }
        return Graph.rounded(Swift.max(highest, floor))
    }

    /// The next of 1, 2, 5, 10, 20, …: a scale that stays while the values move a little.
    package static func rounded(_ value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 1 }
        var unit = 1.0
        while unit * 10 <= value { unit *= 10 }
        while unit > value { unit /= 10 }
        for step in [1.0, 2, 5, 10] where unit * step >= value { return unit * step }
        return unit * 10
    }

    /// - Parameter label: writes the top of the scale; nil leaves it out.
    package func draw(into canvas: inout Canvas, rect: Rect, label: ((Double) -> String)? = nil) {
        guard !rect.isEmpty else { return }
        let top = scale(columns: rect.columns)
        let mirrored = arrangement == .mirrored && second != nil && rect.rows >= 2
        let upperRows = mirrored ? (rect.rows + 1) / 2 : rect.rows
        var grid = DotGrid(columns: rect.columns, rows: rect.rows)
        if let second {
            let rows = mirrored ? rect.rows - upperRows : rect.rows
            grid.plot(
                second, top: top, firstRow: mirrored ? upperRows : 0, rows: rows, down: mirrored, style: style, layer: 1
            )
        }
        grid.plot(values, top: top, firstRow: 0, rows: upperRows, down: false, style: style, layer: 0)
        for row in 0..<rect.rows {
            for column in 0..<rect.columns {
                let (dots, layer) = grid[column, row]
                guard dots != 0 else {
                    canvas.put(" ", x: rect.x + column, y: rect.y + row, role: .text)
                    continue
                }
                let role: Role =
                    layer == 1 ? .graphSecond : graded ? Graph.role(row: row, of: upperRows) : .graphLow
                canvas.put(0x2800 + UInt32(dots), width: 1, x: rect.x + column, y: rect.y + row, role: role)
            }
        }
        if let label, rect.columns >= 10 {
            canvas.write(label(top), x: rect.x, y: rect.y, role: .muted, maxColumns: rect.columns)
            if mirrored, rect.rows >= 3 {
                canvas.write(label(top), x: rect.x, y: rect.y + rect.rows - 1, role: .muted, maxColumns: rect.columns)
            }
        }
    }

    /// By height: the upper quarter is high, the lower half low.
    private static func role(row: Int, of rows: Int) -> Role {
        let height = Double(rows - row) / Double(rows)
        return height > 0.75 ? .graphHigh : height > 0.5 ? .graphMiddle : .graphLow
    }
}

/// Braille cells: two columns of four dots each.
private struct DotGrid {
    let columns: Int
    private var dots: [UInt8]
    private var layers: [UInt8]

    init(columns: Int, rows: Int) {
        self.columns = columns
        dots = Array(repeating: 0, count: columns * rows)
        layers = Array(repeating: 0, count: columns * rows)
    }

    subscript(column: Int, row: Int) -> (dots: UInt8, layer: UInt8) {
        (dots[row * columns + column], layers[row * columns + column])
    }

    /// Bits of a braille cell, by column and by row from the top. Source: Unicode, block U+2800.
    private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

    mutating func plot(
        _ values: [Double?], top: Double, firstRow: Int, rows: Int, down: Bool, style: Graph.Style, layer: UInt8
    ) {
        let height = rows * 4
        let visible = values.suffix(columns * 2)
        var previous: Int?
        for (offset, value) in visible.enumerated() {
            guard let value, value.isFinite else {
                previous = nil
                continue
            }
            let x = columns * 2 - visible.count + offset
            // A value above nothing shows at least one dot: quiet is not the same as absent.
            let exact = (Swift.min(Swift.max(value / top, 0), 1) * Double(height)).rounded()
            let level = Swift.max(1, Int(exact))
            let from: Int
            switch style {
            case .area: from = 1
            case .line:
                from = Swift.min(level, previous.map { $0 < level ? $0 + 1 : $0 > level ? $0 - 1 : level } ?? level)
            }
            let to =
                style == .area ? level : Swift.max(level, (previous ?? level) > level ? (previous ?? level) - 1 : level)
            for step in from...to {
                let dotRow = down ? step - 1 : height - step
                set(x: x, dotRow: firstRow * 4 + dotRow, layer: layer)
            }
            previous = level
        }
    }

    private mutating func set(x: Int, dotRow: Int, layer: UInt8) {
        let index = dotRow / 4 * columns + x / 2
        guard dots.indices.contains(index) else { return }
        dots[index] |= DotGrid.bits[x % 2][dotRow % 4]
        layers[index] = layer
    }
}

/// A line of blocks: one value a column, newest at the right.
package enum Sparkline {
    /// The block for a value: space when it is missing, the lowest block for nothing.
    package static func glyph(_ value: Double?, maximum: Double) -> UnicodeScalar {
        guard let value, value.isFinite else { return " " }
        let level = Int((min(max(value / max(maximum, .leastNormalMagnitude), 0), 1) * 7).rounded())
        return UnicodeScalar(0x2581 + UInt32(level)) ?? " "
    }

    package static func draw(
        _ values: [Double?], maximum: Double, into canvas: inout Canvas, x: Int, y: Int, columns: Int,
        role: Role = .graphLow
    ) {
        let visible = values.suffix(max(0, columns))
        for (offset, value) in visible.enumerated() {
            canvas.put(glyph(value, maximum: maximum), x: x + columns - visible.count + offset, y: y, role: role)
        }
    }
}

/// A bar of a fixed width: `████▌    `.
package enum Bar {
    package static func draw(
        _ fraction: Double?, into canvas: inout Canvas, x: Int, y: Int, columns: Int, role: Role = .graphLow
    ) {
        guard columns > 0 else { return }
        let filled = Int((min(max(fraction ?? 0, 0), 1) * Double(columns)).rounded())
        for column in 0..<columns {
            canvas.put(
                fraction != nil && column < filled ? "█" : "░", x: x + column, y: y,
                role: column < filled ? role : .muted)
        }
    }
}
