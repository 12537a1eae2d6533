// Lines that are told below what is asked or filled in.
extension Dialog {
    /// - Returns: whether the key moves the lines. Those below a form leave it the keys that move between its fields.
    mutating func scrollLines(_ key: Key) -> Bool {
        let isForm = form != nil
        switch key {
        case .pageUp: lineTop = max(0, lineTop - Self.linePage)
        case .pageDown: lineTop += Self.linePage
        case .up where !isForm: lineTop = max(0, lineTop - 1)
        case .down where !isForm: lineTop += 1
        case .home where !isForm: lineTop = 0
        default: return false
        }
        return true
    }

    /// How many lines a page key moves.
    private static let linePage = 5

    /// A key may ask for more than there is: what is in view ends where the lines do.
    package mutating func settleLines(in bounds: Rect) {
        guard lineTop > 0 else { return }
        let rect = frame(in: bounds)
        lineTop = min(lineTop, max(0, lineRows(columns: rect.columns - 4).count - parts(of: rect).lines.rows))
    }

    /// The lines as rows of so many columns; where one goes on, its mark is not said again.
    func lineRows(columns: Int) -> [Line] {
        lines.flatMap { line -> [Line] in
            let indent = line.mark.isEmpty ? 0 : 2
            return Text.wrapped(line.text, columns: max(1, columns - 1 - indent)).enumerated().map { index, text in
                Line(
                    index == 0 || line.mark.isEmpty ? line.mark : " ", text, line.role, isChosen: line.isChosen)
            }
        }
    }

    func drawLines(into canvas: inout Canvas, rect: Rect) {
        guard !lines.isEmpty, !rect.isEmpty else { return }
        let rows = lineRows(columns: rect.columns)
        let top = max(0, min(lineTop, rows.count - rect.rows))
        for (place, line) in rows.dropFirst(top).prefix(rect.rows).enumerated() {
            let y = rect.y + place
            canvas.write(line.mark, x: rect.x, y: y, role: line.role, maxColumns: 2)
            let x = rect.x + (line.mark.isEmpty ? 0 : 2)
            canvas.write(line.text, x: x, y: y, role: line.role, maxColumns: max(0, rect.x + rect.columns - x))
            if line.isChosen {
                canvas.restyle(Rect(x: rect.x, y: y, columns: rect.columns - 1, rows: 1), .selected)
            }
        }
        canvas.scrollbar(
            x: rect.x + rect.columns - 1, y: rect.y, rows: rect.rows,
            visible: top..<min(rows.count, top + rect.rows), count: rows.count)
    }

    /// Where the words, what is filled in or listed, what is told, and the buttons are.
    func parts(of rect: Rect) -> (text: Rect, content: Rect, lines: Rect, buttons: Rect) {
        let (text, rest, buttons) = parts(above: rect)
        guard !lines.isEmpty else { return (text, rest, rest.splitTop(0).top, buttons) }
        let wanted = lineRows(columns: rest.columns).count
        let fields = form?.rows(columns: rest.columns) ?? 0
        // Where there is not room for both, the fields keep two thirds of it.
        let room = max(rest.rows - fields - (fields > 0 ? 1 : 0), min(wanted, rest.rows / 3))
        let (content, told) = rest.splitBottom(min(wanted, room))
        // The last row of what is above parts the two.
        return (text, fields > 0 && content.rows > fields ? content.splitTop(fields).top : content, told, buttons)
    }
}
