/// A column as data: headers, narrow screens, sorting and exports all come from it.
package struct TableColumn: Equatable, Sendable {
    package var id: String
    package var title: String
    package var alignment: Alignment
    /// 0 is always shown; the higher the number, the sooner a narrow screen drops the column.
    package var importance: Int
    package var minimum: Int
    package var ideal: Int
    package var maximum: Int
    package var sortable: Bool

    package init(
        _ id: String, _ title: String, alignment: Alignment = .left, importance: Int = 0, minimum: Int? = nil,
        ideal: Int, maximum: Int? = nil, sortable: Bool = true
    ) {
        self.id = id
        self.title = title
        self.alignment = alignment
        self.importance = importance
        self.minimum = min(minimum ?? ideal, ideal)
        self.ideal = ideal
        self.maximum = max(maximum ?? ideal, ideal)
        self.sortable = sortable
    }
}

/// What a table shows in one place.
package enum TableCell: Equatable, Sendable {
    case text(String, Role = .text)
    case spans([Span])
    case sparkline([Double?], maximum: Double, Role = .graphLow)
    case bar(Double?, Role = .graphLow)
}

package struct TableSort: Equatable, Sendable {
    package var column: String
    package var descending: Bool

    package init(_ column: String, descending: Bool = false) {
        self.column = column
        self.descending = descending
    }
}

/// A table of rows that are known by their identity: the cursor and the marks stay with a row when the order changes.
///
/// The owner sorts and filters, and hands over the identities in order. Drawing asks only for the rows that are visible.
package struct Table<ID: Hashable & Sendable>: Equatable, Sendable {
    package var columns: [TableColumn]
    package private(set) var rows: [ID] = []
    package private(set) var marks: Set<ID> = []
    package var sort: TableSort?
    package private(set) var scroller = Scroller()

    /// A column's place on the screen.
    package struct Placed: Equatable, Sendable {
        package var column: TableColumn
        /// From the left edge of the table.
        package var x: Int
        package var width: Int
    }

    /// Columns before the first one: the cursor and the mark.
    package static var gutter: Int { 2 }

    package init(columns: [TableColumn], sort: TableSort? = nil) {
        self.columns = columns
        self.sort = sort
    }

    /// The row under the cursor.
    package var selection: ID? { rows.isEmpty ? nil : rows[scroller.index] }
    package var selectedIndex: Int? { rows.isEmpty ? nil : scroller.index }

    /// Rows that fit below the header. Set when the screen is laid out; page moves depend on it.
    package var height: Int {
        get { scroller.height }
        set { scroller.height = max(1, newValue) }
    }

    /// Takes a new order. The cursor stays on its row; when that row is gone it stays at its place.
    /// - Parameter dropMarks: forgets the marks of rows that are not among these; not wanted for a filter.
    package mutating func setRows(_ ids: [ID], dropMarks: Bool = false) {
        let selected = selection
        let unchangedAt = scroller.index
        rows = ids
        scroller.setCount(ids.count)
        if let selected {
            // Nearly always the row has not moved.
            if unchangedAt < ids.count, ids[unchangedAt] == selected {
                scroller.select(unchangedAt)
            } else if let index = ids.firstIndex(of: selected) {
                scroller.select(index)
            }
        }
        if dropMarks, !marks.isEmpty { marks.formIntersection(ids) }
    }

    /// Puts the cursor on a row. False when there is no such row.
    @discardableResult
    package mutating func select(_ id: ID) -> Bool {
        guard let index = rows.firstIndex(of: id) else { return false }
        scroller.select(index)
        return true
    }

    package mutating func select(index: Int) { scroller.select(index) }
    package mutating func move(by amount: Int) { scroller.move(by: amount) }

    /// The rows an action means: the marked ones in their order, or else the one under the cursor.
    package var targets: [ID] {
        if marks.isEmpty { return selection.map { [$0] } ?? [] }
        let shown = rows.filter(marks.contains)
        return shown.count == marks.count ? shown : shown + marks.subtracting(shown)
    }

    package mutating func toggleMark(_ id: ID) {
        if marks.remove(id) == nil { marks.insert(id) }
    }
    package mutating func markAll() { marks.formUnion(rows) }
    package mutating func invertMarks() { marks = Set(rows).symmetricDifference(marks) }
    package mutating func clearMarks() { marks = [] }
    /// Forgets marks: those of rows that are gone for good.
    package mutating func keepMarks(where isKept: (ID) -> Bool) {
        if !marks.isEmpty { marks = marks.filter(isKept) }
    }
    /// Marks every row from the nearest marked one above the cursor down to it, or just this one.
    package mutating func markRange() {
        guard let index = selectedIndex else { return }
        let start = rows[..<index].lastIndex { marks.contains($0) } ?? index
        marks.formUnion(rows[start...index])
    }

    /// Moves, and the space bar for marks. True when the input was used.
    package mutating func handle(_ input: Input) -> Bool {
        switch input {
        case .key(.character(" ")):
            guard let selection else { return false }
            toggleMark(selection)
            scroller.move(by: 1)
            return true
        case .key(let key): return scroller.handle(key)
        case .mouse(let mouse) where mouse.action == .wheelUp:
            scroller.move(by: -3)
            return true
        case .mouse(let mouse) where mouse.action == .wheelDown:
            scroller.move(by: 3)
            return true
        default: return false
        }
    }

    /// Sorts by a column, or turns the order round when it already does.
    package mutating func toggleSort(_ column: String) {
        guard columns.contains(where: { $0.id == column && $0.sortable }) else { return }
        sort = sort?.column == column ? TableSort(column, descending: !(sort?.descending ?? false)) : TableSort(column)
    }

    /// The index of the row drawn `y` lines below the table's top, header included; nil for the header and below the end.
    package func row(atLine y: Int, height: Int) -> Int? {
        guard y >= 1, y <= height - 1 else { return nil }
        let index = scroller.visible(in: height - 1).lowerBound + y - 1
        return index < rows.count ? index : nil
    }

    /// The column drawn at `x` in a table of that many columns.
    package func column(atX x: Int, columns total: Int) -> TableColumn? {
        layout(columns: total).first { x >= $0.x && x < $0.x + $0.width }?.column
    }

    /// Which columns are shown in this width, and where. Depends on nothing but the width, so that nothing jumps when rows change.
    package func layout(columns total: Int) -> [Placed] {
        // The last column of the screen belongs to the scrollbar.
        let available = total - Self.gutter - 1
        let order = columns.indices.sorted { (columns[$0].importance, $0) < (columns[$1].importance, $1) }
        var shown: [Int] = []
        for index in order {
            let wanted = (shown + [index]).sorted()
            let needed = wanted.reduce(0) { $0 + columns[$1].minimum } + gaps(of: wanted).reduce(0, +)
            // A less important column never takes the place of a more important one.
            if needed > available, !shown.isEmpty { break }
            shown = wanted
            if needed > available { break }
        }
        let gaps = gaps(of: shown)
        var widths = shown.map { columns[$0].minimum }
        var spare = available - widths.reduce(0, +) - gaps.reduce(0, +)
        if spare < 0, let only = widths.indices.first { widths[only] = max(1, widths[only] + spare) }
        for limit in [\TableColumn.ideal, \TableColumn.maximum] {
            let byImportance = shown.indices.sorted {
                (columns[shown[$0]].importance, $0) < (columns[shown[$1]].importance, $1)
            }
            // One cell each in turn, so that a long name does not cut short everything beside it.
            while spare > 0 {
                let short = byImportance.filter { widths[$0] < columns[shown[$0]][keyPath: limit] }.prefix(spare)
                if short.isEmpty { break }
                for place in short { widths[place] += 1 }
                spare -= short.count
            }
        }
        var x = Self.gutter
        return shown.indices.map { place in
            x += gaps[place]
            defer { x += widths[place] }
            return Placed(column: columns[shown[place]], x: x, width: widths[place])
        }
    }

    /// Empty columns in front of each of these. A number that ends where a word begins needs one more to be told from it.
    private func gaps(of shown: [Int]) -> [Int] {
        shown.indices.map { place in
            guard place > 0 else { return 0 }
            return columns[shown[place - 1]].alignment == .right && columns[shown[place]].alignment == .left ? 2 : 1
        }
    }

    /// Draws the header and the visible rows.
    /// - Parameter cell: what stands in a row under a column; asked for visible rows only.
    package func draw(
        into canvas: inout Canvas, rect: Rect, focus: Bool = true, cell: (ID, TableColumn) -> TableCell
    ) {
        draw(into: &canvas, rect: rect, focus: focus, row: { $0 }, cell: cell)
    }

    /// The same where something is looked up once for a row.
    package func draw<Row>(
        into canvas: inout Canvas, rect: Rect, focus: Bool = true, row: (ID) -> Row,
        cell: (Row, TableColumn) -> TableCell
    ) {
        guard !rect.isEmpty else { return }
        let placed = layout(columns: rect.columns)
        drawHeader(into: &canvas, rect: rect, placed)
        let body = rect.splitTop(1).rest
        let visible = scroller.visible(in: body.rows)
        for (line, index) in visible.enumerated() {
            let id = rows[index]
            let y = body.y + line
            let marked = marks.contains(id)
            let selected = index == scroller.index
            let row = row(id)
            for place in placed {
                let x = body.x + place.x
                let width = min(place.width, max(0, body.x + body.columns - 1 - x))
                draw(cell(row, place.column), into: &canvas, x: x, y: y, width: width, place.column.alignment)
            }
            if marked { canvas.put("✓", x: body.x + 1, y: y, role: .marked) }
            if selected { canvas.put("▶", x: body.x, y: y, role: focus ? .selected : .selectedInactive) }
            if selected || marked {
                let line = Rect(x: body.x, y: y, columns: body.columns - 1, rows: 1)
                canvas.restyle(line, selected ? (focus ? .selected : .selectedInactive) : .marked)
            }
        }
        canvas.scrollbar(x: body.x + body.columns - 1, y: body.y, rows: body.rows, visible: visible, count: rows.count)
    }

    private func drawHeader(into canvas: inout Canvas, rect: Rect, _ placed: [Placed]) {
        canvas.fill(Rect(x: rect.x, y: rect.y, columns: rect.columns, rows: 1), .header)
        for place in placed {
            let width = min(place.width, max(0, rect.columns - place.x))
            var title = place.column.title
            if let sort, sort.column == place.column.id {
                let mark = sort.descending ? "▼" : "▲"
                title = Text.clipped(title, to: max(0, width - 1)) + mark
            }
            canvas.writeField(
                title, x: rect.x + place.x, y: rect.y, columns: width, role: .header, alignment: place.column.alignment)
        }
    }

    private func draw(
        _ cell: TableCell, into canvas: inout Canvas, x: Int, y: Int, width: Int, _ alignment: Alignment
    ) {
        guard width > 0 else { return }
        switch cell {
        case .text(let text, let role):
            canvas.writeField(text, x: x, y: y, columns: width, role: role, alignment: alignment)
        case .spans(let spans):
            let used = alignment == .left ? 0 : spans.reduce(0) { $0 + Text.width($1.text) }
            canvas.write(spans, x: x + (alignment == .left ? 0 : max(0, width - used)), y: y, maxColumns: width)
        case .sparkline(let values, let maximum, let role):
            Sparkline.draw(values, maximum: maximum, into: &canvas, x: x, y: y, columns: width, role: role)
        case .bar(let fraction, let role):
            Bar.draw(fraction, into: &canvas, x: x, y: y, columns: width, role: role)
        }
    }
}
