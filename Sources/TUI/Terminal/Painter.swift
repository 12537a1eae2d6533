import CNcurses
import Core

/// Puts canvases on the ncurses screen: compares with the last one and hands over only the cells that changed.
@safe struct Painter {
    private let glyphs: GlyphSet
    private let depth: ColourDepth
    private var last: Canvas?
    private var theme: Theme
    /// By role and surface, those of blanks behind those of text: filled when first used.
    private var looks: [Look?]
    private var pairs: [PairKey: Int32] = [:]
    /// The colours of plain text, which ncurses takes for the terminal's own: pair 0.
    private var plain: PairKey?
    private var buffer: [cchar_t] = []

    private struct Look {
        var attributes: attr_t
        var pair: Int32
        var background: Int32
    }

    private struct PairKey: Hashable {
        var foreground: Int32
        var background: Int32
    }

    init(glyphs: GlyphSet, depth: ColourDepth, theme: Theme) {
        self.glyphs = glyphs
        self.depth = depth
        self.theme = theme
        looks = Array(repeating: nil, count: 2 * Role.allCases.count * Role.allCases.count)
    }

    mutating func setTheme(_ theme: Theme) {
        self.theme = theme
        for index in looks.indices { looks[index] = nil }
        last = nil
    }

    /// The screen no longer shows what was painted last.
    mutating func forget() { last = nil }

    /// The rows in which a canvas differs from the one painted last.
    func changedRows(_ canvas: Canvas) -> Int {
        guard let last, last.size == canvas.size else { return canvas.size.rows }
        return (0..<canvas.size.rows).count { row in difference(canvas, last, row: row) != nil }
    }

    /// Hands the changed cells over to ncurses. Returns whether there were any.
    mutating func paint(_ canvas: Canvas) -> Bool {
        let comparable = last.flatMap { $0.size == canvas.size ? $0 : nil }
        if last == nil { setBackground() }
        var changed = false
        for row in 0..<canvas.size.rows {
            var columns = 0..<canvas.size.columns
            if let comparable {
                guard let different = difference(canvas, comparable, row: row) else { continue }
                columns = different
            }
            changed = true
            put(canvas, row: row, columns: columns)
        }
        last = canvas
        return changed
    }

    /// From the first to the last changed cell of a row, both halves of wide characters included.
    private func difference(_ new: Canvas, _ old: Canvas, row: Int) -> Range<Int>? {
        let columns = new.size.columns
        let start = row * columns
        return unsafe new.cells.withUnsafeBufferPointer { new in
            unsafe old.cells.withUnsafeBufferPointer { old in
                var first = 0
                while first < columns, unsafe new[start + first] == old[start + first] { first += 1 }
                guard first < columns else { return nil }
                var end = columns
                while unsafe new[start + end - 1] == old[start + end - 1] { end -= 1 }
                while first > 0, unsafe new[start + first].scalar == 0 || old[start + first].scalar == 0 { first -= 1 }
                while end < columns, unsafe new[start + end].scalar == 0 || old[start + end].scalar == 0 { end += 1 }
                return first..<end
            }
        }
    }

    private mutating func put(_ canvas: Canvas, row: Int, columns: Range<Int>) {
        buffer.removeAll(keepingCapacity: true)
        var column = columns.lowerBound
        while column < columns.upperBound {
            let cell = canvas[column, row]
            let look = look(of: cell)
            let wide = column + 1 < canvas.size.columns && canvas[column + 1, row].scalar == 0
            append(shown(cell.scalar, width: wide ? 2 : 1), look)
            column += 1
            if wide {
                if buffer.last.map({ bay_wcwidth(UInt32($0.chars.0)) }) != 2 { append(0x20, look) }
                column += 1
            }
        }
        unsafe buffer.withUnsafeBufferPointer { cells in
            _ = unsafe mvwadd_wchnstr(
                bay_stdscr(), Int32(row), Int32(columns.lowerBound), cells.baseAddress, Int32(cells.count))
        }
    }

    /// Makes the colours of plain text those that a cleared screen has. ncurses then leaves out the blanks of a first
    /// picture: of no other pair does it know that they are there already.
    private mutating func setBackground() {
        guard depth != .mono else { return }
        let text = theme.styles[Int(Role.text.rawValue)]
        let key = PairKey(foreground: number(text.foreground), background: number(text.background))
        guard key != plain, assume_default_colors(key.foreground, key.background) == OK else { return }
        plain = key
        for index in looks.indices { looks[index] = nil }
    }

    private func number(_ colour: ThemeColour?) -> Int32 { colour.map { depth.number(of: $0) } ?? -1 }

    private mutating func append(_ scalar: UInt32, _ look: Look) { buffer.append(cell(scalar, look)) }

    private func cell(_ scalar: UInt32, _ look: Look) -> cchar_t {
        // The pair also stands in the attributes, cut to eight bits, for old code inside of ncurses.
        let attributes = look.attributes | attr_t(min(look.pair, 255)) << 8
        return cchar_t(attr: attributes, chars: (wchar_t(scalar), 0, 0, 0, 0), ext_color: look.pair)
    }

    /// What goes into a cell: ncurses asks libc for the width, and where libc thinks otherwise than our tables
    /// everything right of the character would move.
    private func shown(_ scalar: UInt32, width: Int) -> UInt32 {
        if scalar < 0x7F { return scalar == 0 ? 0x20 : scalar }
        let shown = glyphs.translate(scalar)
        if shown < 0x7F { return shown }
        return bay_wcwidth(shown) == Int32(width) ? shown : 0x3F
    }

    private mutating func look(of cell: Cell) -> Look {
        let isBlank = cell.scalar == 0x20
        let block = Int(cell.surface.rawValue) + (isBlank ? Role.allCases.count : 0)
        let index = block * Role.allCases.count + Int(cell.role.rawValue)
        if let look = looks[index] { return look }
        var look = makeLook(cell.role, on: cell.surface)
        if isBlank { look = blank(look) }
        looks[index] = look
        return look
    }

    private mutating func makeLook(_ role: Role, on surface: Role) -> Look {
        if depth == .mono { return Look(attributes: curses(role.monoAttributes), pair: 0, background: -1) }
        var style = theme.styles[Int(role.rawValue)]
        if style.background == theme.styles[Int(Role.text.rawValue)].background {
            style.background = theme.styles[Int(surface.rawValue)].background
        }
        var foreground = number(style.foreground)
        let background = number(style.background)
        // Few colours can fall together: then black or white is read on anything.
        if foreground == background, foreground >= 0 { foreground = [7, 15].contains(background) ? 0 : 7 }
        let attributes = curses(style.attributes)
        let pair = pair(PairKey(foreground: foreground, background: background))
        return Look(attributes: attributes, pair: pair, background: background)
    }

    /// What a blank is drawn with. Only its background shows, so that blanks on one background are all alike: ncurses then
    /// leaves out those that are there already, a cleared screen's among them.
    private mutating func blank(_ look: Look) -> Look {
        if look.attributes & (BAY_UNDERLINE | BAY_REVERSE) != 0 { return look }
        if depth == .mono { return Look(attributes: 0, pair: 0, background: -1) }
        let foreground = number(theme.styles[Int(Role.text.rawValue)].foreground)
        let key = PairKey(foreground: foreground, background: look.background)
        return Look(attributes: 0, pair: pair(key), background: look.background)
    }

    private mutating func pair(_ key: PairKey) -> Int32 {
        if key == plain { return 0 }
        if let pair = pairs[key] { return pair }
        let pair = Int32(pairs.count + 1)
        guard init_extended_pair(pair, key.foreground, key.background) == OK else { return 0 }
        pairs[key] = pair
        return pair
    }

    private func curses(_ attributes: ThemeStyle.Attributes) -> attr_t {
        var result: attr_t = 0
        if attributes.contains(.bold) { result |= BAY_BOLD }
        if attributes.contains(.dim) { result |= BAY_DIM }
        if attributes.contains(.underline) { result |= BAY_UNDERLINE }
        if attributes.contains(.reverse) { result |= BAY_REVERSE }
        if attributes.contains(.italic) { result |= BAY_ITALIC }
        return result
    }
}
