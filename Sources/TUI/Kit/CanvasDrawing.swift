extension Canvas {
    package var bounds: Rect { Rect(size) }

    /// Writes one line of text, cleaned by `Text`. Text that does not fit ends in an ellipsis.
    /// - Parameter maxColumns: the columns it may take; never more than are left on the canvas.
    /// - Returns: the column behind the text.
    @discardableResult
    package mutating func write(
        _ text: some StringProtocol, x: Int, y: Int, role: Role = .text, maxColumns: Int = .max
    ) -> Int {
        guard y >= 0, y < size.rows, maxColumns > 0 else { return x }
        let end = x + min(maxColumns, max(0, size.columns - x))
        var column = x
        var overflow = false
        Text.forEachGlyph(text) { scalar, width in
            guard column + width <= end else {
                overflow = true
                return false
            }
            put(scalar, width: width, x: column, y: y, role: role)
            column += width
            return true
        }
        if overflow {
            put(Text.ellipsis, width: 1, x: min(column, end - 1), y: y, role: role)
            if column < end { column += 1 }
        }
        return column
    }

    /// Writes text into a field of exactly `columns` columns: cut with an ellipsis, or filled with spaces.
    package mutating func writeField(
        _ text: some StringProtocol, x: Int, y: Int, columns: Int, role: Role = .text, alignment: Alignment = .left
    ) {
        guard columns > 0 else { return }
        let missing = alignment == .left ? 0 : max(0, columns - Text.width(text))
        let before = alignment == .centre ? missing / 2 : missing
        fill(Rect(x: x, y: y, columns: before, rows: 1), role)
        let end = write(text, x: x + before, y: y, role: role, maxColumns: columns - before)
        fill(Rect(x: end, y: y, columns: x + columns - end, rows: 1), role)
    }

    /// Writes pieces of text, each with its role, one behind the other.
    /// - Returns: the column behind the last one that fitted.
    @discardableResult
    package mutating func write(
        _ spans: [Span], x: Int, y: Int, maxColumns: Int = .max
    ) -> Int {
        var column = x
        let end = x + min(maxColumns, max(0, size.columns - x))
        for span in spans where column < end {
            column = write(span.text, x: column, y: y, role: span.role, maxColumns: end - column)
        }
        return column
    }

    /// Writes text over several lines, broken at spaces.
    /// - Returns: the number of lines used.
    @discardableResult
    package mutating func writeWrapped(_ text: String, in rect: Rect, role: Role = .text) -> Int {
        let lines = Text.wrapped(text, columns: rect.columns)
        for (index, line) in lines.prefix(rect.rows).enumerated() {
            // With what follows it the last line does not fit, and so says that there is more.
            let isCut = index == rect.rows - 1 && index + 1 < lines.count
            write(
                isCut ? line + " " + lines[index + 1] : line, x: rect.x, y: rect.y + index, role: role,
                maxColumns: rect.columns)
        }
        return min(lines.count, rect.rows)
    }

    /// Puts one glyph that is known to be one column wide: graphs, marks, lines.
    package mutating func put(_ scalar: UnicodeScalar, x: Int, y: Int, role: Role) {
        put(scalar.value, width: 1, x: x, y: y, role: role)
    }

    mutating func put(_ scalar: UInt32, width: Int, x: Int, y: Int, role: Role) {
        guard y >= 0, y < size.rows, x >= 0, x + width <= size.columns else { return }
        split(at: x, y)
        self[x, y] = Cell(scalar, role, surface: surface)
        if width == 2 {
            split(at: x + 1, y)
            self[x, y] = Cell(scalar, role, surface: surface)
            self[x + 1, y] = Cell(0, role, surface: surface)
        }
    }

    /// Whatever stands on this cell loses its other half, if it had one.
    private mutating func split(at x: Int, _ y: Int) {
        if self[x, y].scalar == 0, x > 0 { self[x - 1, y].scalar = 0x20 }
        if x + 1 < size.columns, self[x + 1, y].scalar == 0 { self[x + 1, y].scalar = 0x20 }
    }

    /// Fills a part with one character, a space by default.
    package mutating func fill(_ rect: Rect, _ role: Role = .text, with scalar: UnicodeScalar = " ") {
        let rect = rect.clipped(to: bounds)
        guard !rect.isEmpty else { return }
        for y in rect.y..<rect.y + rect.rows {
            split(at: rect.x, y)
            split(at: rect.x + rect.columns - 1, y)
            for x in rect.x..<rect.x + rect.columns { self[x, y] = Cell(scalar.value, role, surface: surface) }
        }
    }

    /// Gives a part another role and keeps its text: the row under the cursor.
    /// - Parameter keeping: roles that stay as they are.
    package mutating func restyle(_ rect: Rect, _ role: Role, keeping: Set<Role> = []) {
        let rect = rect.clipped(to: bounds)
        guard !rect.isEmpty else { return }
        for y in rect.y..<rect.y + rect.rows {
            for x in rect.x..<rect.x + rect.columns where keeping.isEmpty || !keeping.contains(self[x, y].role) {
                self[x, y].role = role
            }
        }
    }

    /// Copies another canvas onto this one.
    package mutating func draw(_ canvas: Canvas, at x: Int, _ y: Int) {
        let target = Rect(x: x, y: y, columns: canvas.size.columns, rows: canvas.size.rows).clipped(to: bounds)
        guard !target.isEmpty else { return }
        for row in target.y..<target.y + target.rows {
            split(at: target.x, row)
            split(at: target.x + target.columns - 1, row)
            for column in target.x..<target.x + target.columns {
                self[column, row] = canvas[column - x, row - y]
            }
            // A wide character that is cut by either edge leaves a space.
            if self[target.x, row].scalar == 0 { self[target.x, row].scalar = 0x20 }
            let last = target.x + target.columns - 1
            if last - x + 1 < canvas.size.columns, canvas[last - x + 1, row - y].scalar == 0 {
                self[last, row].scalar = 0x20
            }
        }
    }

    /// Draws on another surface.
    package mutating func on(_ surface: Role, _ body: (inout Canvas) -> Void) {
        let before = self.surface
        self.surface = surface
        body(&self)
        self.surface = before
    }

    /// A frame with an optional title. The frame of the pane with the focus is heavy, so that it is not told by colour alone.
    /// - Returns: the part inside.
    @discardableResult
    package mutating func box(_ rect: Rect, title: String = "", role: Role = .border, focus: Bool = false) -> Rect {
        guard rect.columns >= 2, rect.rows >= 2 else { return rect.inset() }
        let role = focus && role == .border ? Role.focus : role
        let right = rect.x + rect.columns - 1
        let bottom = rect.y + rect.rows - 1
        func line(_ directions: UInt8) -> UInt32 { Lines.glyph(directions, heavy: focus) }
        for x in rect.x + 1..<right {
            put(line(Lines.left | Lines.right), width: 1, x: x, y: rect.y, role: role)
            put(line(Lines.left | Lines.right), width: 1, x: x, y: bottom, role: role)
        }
        for y in rect.y + 1..<bottom {
            put(line(Lines.up | Lines.down), width: 1, x: rect.x, y: y, role: role)
            put(line(Lines.up | Lines.down), width: 1, x: right, y: y, role: role)
        }
        put(line(Lines.right | Lines.down), width: 1, x: rect.x, y: rect.y, role: role)
        put(line(Lines.left | Lines.down), width: 1, x: right, y: rect.y, role: role)
        put(line(Lines.right | Lines.up), width: 1, x: rect.x, y: bottom, role: role)
        put(line(Lines.left | Lines.up), width: 1, x: right, y: bottom, role: role)
        if !title.isEmpty, rect.columns >= 7 {
            put(0x20, width: 1, x: rect.x + 1, y: rect.y, role: role)
            let titleRole: Role = role == .border ? .title : role
            let end = write(title, x: rect.x + 2, y: rect.y, role: titleRole, maxColumns: rect.columns - 5)
            put(0x20, width: 1, x: end, y: rect.y, role: role)
        }
        return rect.inset()
    }

    /// A horizontal line that joins the lines it meets.
    package mutating func horizontalLine(x: Int, y: Int, columns: Int, role: Role = .border) {
        guard columns > 0 else { return }
        for column in x..<x + columns {
            join(
                x: column, y: y, role: role, first: column == x, last: column == x + columns - 1, Lines.left,
                Lines.right)
        }
    }

    /// A vertical line that joins the lines it meets.
    package mutating func verticalLine(x: Int, y: Int, rows: Int, role: Role = .border) {
        guard rows > 0 else { return }
        for row in y..<y + rows {
            join(x: x, y: row, role: role, first: row == y, last: row == y + rows - 1, Lines.up, Lines.down)
        }
    }

    /// One cell of a line. Where it begins or ends on a line that is already there, it touches it from its own side only.
    private mutating func join(
        x: Int, y: Int, role: Role, first: Bool, last: Bool, _ backward: UInt8, _ forward: UInt8
    ) {
        guard bounds.contains(x: x, y: y) else { return }
        guard let (there, heavy) = Lines.directions(of: self[x, y].scalar), there & (backward | forward) != there else {
            put(Lines.glyph(backward | forward), width: 1, x: x, y: y, role: role)
            return
        }
        let own = first && !last ? forward : last && !first ? backward : backward | forward
        self[x, y] = Cell(Lines.glyph(there | own, heavy: heavy), heavy ? self[x, y].role : role, surface: surface)
    }
}

/// A piece of a line of text with its role.
package struct Span: Equatable, Sendable {
    package var text: String
    package var role: Role

    package init(_ text: String, _ role: Role = .text) {
        self.text = text
        self.role = role
    }
}
