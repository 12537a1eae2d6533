/// Columns and rows of a screen or a part of it.
package struct Size: Equatable, Sendable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// A part of a canvas. Origin at the top left.
package struct Rect: Equatable, Sendable {
    package var x: Int
    package var y: Int
    package var columns: Int
    package var rows: Int

    package init(x: Int, y: Int, columns: Int, rows: Int) {
        self.x = x
        self.y = y
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    package init(_ size: Size) { self.init(x: 0, y: 0, columns: size.columns, rows: size.rows) }

    package var size: Size { Size(columns: columns, rows: rows) }
    package var isEmpty: Bool { columns == 0 || rows == 0 }

    package func contains(x: Int, y: Int) -> Bool {
        x >= self.x && x < self.x + columns && y >= self.y && y < self.y + rows
    }

    /// The part of it that lies on `other`.
    package func clipped(to other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(
            x: left, y: top,
            columns: min(x + columns, other.x + other.columns) - left,
            rows: min(y + rows, other.y + other.rows) - top)
    }

    /// A part of the given size in the middle of this one, cut to it.
    package func centred(columns: Int, rows: Int) -> Rect {
        let columns = min(columns, self.columns)
        let rows = min(rows, self.rows)
        return Rect(x: x + (self.columns - columns) / 2, y: y + (self.rows - rows) / 2, columns: columns, rows: rows)
    }

    package func inset(by amount: Int = 1) -> Rect {
        Rect(x: x + amount, y: y + amount, columns: columns - 2 * amount, rows: rows - 2 * amount)
    }

    /// Cuts `count` columns off the left: those, and the rest.
    package func splitLeft(_ count: Int) -> (left: Rect, rest: Rect) {
        let count = min(max(0, count), columns)
        return (
            Rect(x: x, y: y, columns: count, rows: rows),
            Rect(x: x + count, y: y, columns: columns - count, rows: rows)
        )
    }

    /// Cuts `count` rows off the top: those, and the rest.
    package func splitTop(_ count: Int) -> (top: Rect, rest: Rect) {
        let count = min(max(0, count), rows)
        return (
            Rect(x: x, y: y, columns: columns, rows: count),
            Rect(x: x, y: y + count, columns: columns, rows: rows - count)
        )
    }

    /// Cuts `count` rows off the bottom: the rest, and those.
    package func splitBottom(_ count: Int) -> (rest: Rect, bottom: Rect) {
        let (rest, bottom) = splitTop(rows - min(max(0, count), rows))
        return (rest, bottom)
    }
}
