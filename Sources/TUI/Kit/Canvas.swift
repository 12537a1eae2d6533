/// One character of the screen with what it means.
package struct Cell: Equatable, Sendable {
    /// The character, or 0 for the right half of the wide character before it.
    package var scalar: UInt32
    package var role: Role
    /// What it stands on: a role that has no background of its own takes the one of this role.
    package var surface: Role

    package init(_ scalar: UInt32, _ role: Role, surface: Role = .text) {
        self.scalar = scalar
        self.role = role
        self.surface = surface
    }

    package static let blank = Cell(0x20, .text)
}

/// A grid of cells that screens are drawn on: a value, no terminal in sight. Drawing outside of it is cut off.
package struct Canvas: Equatable, Sendable {
    package let size: Size
    package private(set) var cells: [Cell]
    /// What is drawn from now on stands on this: a dialog, a bar.
    package var surface: Role = .text

    package init(_ size: Size, role: Role = .text) {
        self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
        cells = Array(repeating: Cell(0x20, role), count: self.size.columns * self.size.rows)
    }

    package subscript(x: Int, y: Int) -> Cell {
        get { cells[y * size.columns + x] }
        set {
            guard x >= 0, y >= 0, x < size.columns, y < size.rows else { return }
            cells[y * size.columns + x] = newValue
        }
    }

    /// The characters without their roles, rows joined by newlines, spaces at the end of a row kept off: for golden tests.
    package var text: String {
        var lines: [String] = []
        for y in 0..<size.rows {
            var line = ""
            for x in 0..<size.columns {
                let scalar = self[x, y].scalar
                if scalar != 0, let scalar = UnicodeScalar(scalar) { line.unicodeScalars.append(scalar) }
            }
            while line.last == " " { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
