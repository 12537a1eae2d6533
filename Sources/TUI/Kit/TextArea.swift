/// Lines of text that a person pastes or types; the caret stands at the end.
package struct TextArea: Equatable, Sendable {
    package private(set) var text = ""
    /// The most bytes it takes.
    package let limit: Int
    /// Rows that are scrolled away at the end: 0 shows the caret.
    private var above = 0

    package init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { text.isEmpty }
    var lines: [Substring] { text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) }

    package enum Outcome: Equatable, Sendable { case unused, moved, changed, full }

    package mutating func handle(_ input: Input) -> Outcome {
        switch input {
        case .paste(let pasted): insert(pasted)
        case .key(.enter): insert("\n")
        case .key(.character(let character)): insert(String(character))
        case .key(.backspace), .key(.control("h")): remove(1)
        case .key(.control("w")): remove(text.reversed().prefix { !$0.isWhitespace }.count + 1)
        case .key(.control("u")): remove(text.count)
        case .key(.pageUp), .key(.up): scroll(input == .key(.up) ? 1 : 5)
        case .key(.pageDown), .key(.down): scroll(input == .key(.down) ? -1 : -5)
        default: .unused
        }
    }

    private mutating func insert(_ added: String) -> Outcome {
        // Terminals send a return for each line break of what is pasted.
        let clean = String(added.map { $0.isNewline ? "\n" : $0 })
        guard text.utf8.count + clean.utf8.count <= limit else { return .full }
        text += clean
        above = 0
        return clean.isEmpty ? .moved : .changed
    }

    private mutating func remove(_ count: Int) -> Outcome {
        guard !text.isEmpty else { return .moved }
        text.removeLast(min(count, text.count))
        above = 0
        return .changed
    }

    private mutating func scroll(_ rows: Int) -> Outcome {
        above = min(max(0, above + rows), max(0, lines.count - 1))
        return .moved
    }

    /// Draws the end of the text with line numbers, those that something is the matter with marked.
    package func draw(into canvas: inout Canvas, rect: Rect, placeholder: [String], marked: Set<Int>) {
        guard !rect.isEmpty else { return }
        canvas.fill(rect, .input)
        if text.isEmpty {
            canvas.on(.input) { canvas in
                for (row, line) in placeholder.prefix(rect.rows).enumerated() {
                    canvas.write(line, x: rect.x + 5, y: rect.y + row, role: .muted, maxColumns: rect.columns - 5)
                }
            }
            canvas.put(" ", x: rect.x, y: rect.y, role: .caret)
            return
        }
        let lines = lines
        let end = max(min(lines.count, rect.rows), lines.count - above)
        let start = max(0, end - rect.rows)
        for (row, line) in lines[start..<end].enumerated() {
            let (number, y) = (start + row + 1, rect.y + row)
            let isMarked = marked.contains(number)
            canvas.on(.input) { canvas in
                let label = Text.padded((isMarked ? "✗" : "") + "\(number)", to: 4, alignment: .right)
                canvas.write(label, x: rect.x, y: y, role: isMarked ? .danger : .muted, maxColumns: 4)
            }
            let columns = rect.columns - 6
            // Of a long line its beginning is read, but where one types its end is.
            let isLast = number == lines.count
            let shown =
                isLast && line.displayWidth > columns - 1 ? String(line.suffix(max(0, columns - 2))) : String(line)
            let x = canvas.write(shown, x: rect.x + 5, y: y, role: .input, maxColumns: columns)
            if isLast { canvas.put(" ", x: min(x, rect.x + rect.columns - 1), y: y, role: .caret) }
        }
    }
}
