/// One line of text that a person edits. Pasted line breaks become spaces.
package struct TextField: Equatable, Sendable {
    package private(set) var characters: [Character]
    /// Before which character the caret stands.
    package private(set) var cursor: Int
    package var placeholder: String
    /// Shows `•` for every character: passwords.
    package var masked: Bool
    /// The most characters it takes.
    package var limit: Int

    package init(
        _ text: String = "", placeholder: String = "", masked: Bool = false, limit: Int = 1024
    ) {
        characters = Array(text.prefix(limit))
        cursor = characters.count
        self.placeholder = placeholder
        self.masked = masked
        self.limit = limit
    }

    package var text: String {
        get { String(characters) }
        set {
            characters = Array(newValue.prefix(limit))
            cursor = characters.count
        }
    }

    package var isEmpty: Bool { characters.isEmpty }

    package enum Outcome: Equatable, Sendable {
        /// Not a key of a text field: the owner may use it.
        case unused
        case moved
        case changed
    }

    @discardableResult
    package mutating func handle(_ input: Input) -> Outcome {
        switch input {
        case .paste(let text): return insert(text)
        case .key(let key): return handle(key)
        default: return .unused
        }
    }

    private mutating func handle(_ key: Key) -> Outcome {
        switch key {
        case .character(let character): return insert(String(character))
        case .left, .control("b"): return move(to: cursor - 1)
        case .right, .control("f"): return move(to: cursor + 1)
        case .home, .control("a"): return move(to: 0)
        case .end, .control("e"): return move(to: characters.count)
        case .alt("b"): return move(to: wordStart)
        case .alt("f"): return move(to: wordEnd)
        case .backspace, .control("h"): return remove(cursor - 1..<cursor)
        case .delete, .control("d"): return remove(cursor..<cursor + 1)
        case .control("u"): return remove(0..<cursor)
        case .control("k"): return remove(cursor..<characters.count)
        case .control("w"): return remove(wordStart..<cursor)
        case .alt("d"): return remove(cursor..<wordEnd)
        default: return .unused
        }
    }

    package mutating func insert(_ text: String) -> Outcome {
        let clean = text.map { $0.isNewline ? " " : $0 }.prefix(max(0, limit - characters.count))
        guard !clean.isEmpty else { return .moved }
        characters.insert(contentsOf: clean, at: cursor)
        cursor += clean.count
        return .changed
    }

    private mutating func move(to place: Int) -> Outcome {
        cursor = min(max(0, place), characters.count)
        return .moved
    }

    private mutating func remove(_ range: Range<Int>) -> Outcome {
        let range = range.clamped(to: 0..<characters.count)
        guard !range.isEmpty else { return .moved }
        characters.removeSubrange(range)
        cursor = range.lowerBound
        return .changed
    }

    private var wordStart: Int {
        var place = cursor
        while place > 0, characters[place - 1] == " " { place -= 1 }
        while place > 0, characters[place - 1] != " " { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < characters.count, characters[place] == " " { place += 1 }
        while place < characters.count, characters[place] != " " { place += 1 }
        return place
    }

    /// Draws the text with the caret in sight; whatever is out of sight shows as `‹` and `›`.
    package func draw(into canvas: inout Canvas, x: Int, y: Int, columns: Int, focus: Bool = true, role: Role = .input)
    {
        guard columns > 0 else { return }
        canvas.fill(Rect(x: x, y: y, columns: columns, rows: 1), role)
        if characters.isEmpty {
            canvas.on(role) {
                $0.write(placeholder, x: x + (focus ? 1 : 0), y: y, role: .muted, maxColumns: columns - (focus ? 1 : 0))
            }
            if focus { canvas.put(" ", x: x, y: y, role: .caret) }
            return
        }
        let shown =
            masked ? Array(repeating: "•", count: characters.count) : characters.map { Text.sanitised(String($0)) }
        let widths = shown.map { Text.width($0) }
        // The window ends at the caret when the text before it does not fit.
        var first = 0
        var used = widths[..<cursor].reduce(0, +) + 1
        while used > columns - (first > 0 ? 1 : 0), first < cursor {
            used -= widths[first]
            first += 1
        }
        var column = x
        if first > 0 {
            canvas.put("‹", x: column, y: y, role: .muted)
            column += 1
        }
        for index in first..<characters.count {
            if column + widths[index] > x + columns {
                canvas.put("›", x: x + columns - 1, y: y, role: focus && index == cursor ? .caret : .muted)
                return
            }
            canvas.write(shown[index], x: column, y: y, role: focus && index == cursor ? .caret : role)
            column += widths[index]
        }
        if focus, cursor == characters.count, column < x + columns { canvas.put(" ", x: column, y: y, role: .caret) }
    }
}
