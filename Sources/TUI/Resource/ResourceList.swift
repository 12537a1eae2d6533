import Core

/// A list of things that the server keeps few of: filter, order, a cursor, and below it what is known of the chosen one.
package struct ResourceList: Equatable, Sendable {
    /// One of them, as it is shown.
    package struct Row: Equatable, Sendable, Identifiable {
        package struct Fact: Equatable, Sendable {
            package var name: String
            package var value: String

            init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        package var id: String
        package var name: String
        /// What stands under each column, by the column's id: it is what is filtered and sorted, too.
        package var texts: [String: String]
        /// What a column is sorted by, where that is not what stands there.
        package var keys: [String: String] = [:]
        package var roles: [String: Role] = [:]
        package var facts: [Fact] = []
    }

    package private(set) var rows: [String: Row] = [:]
    package private(set) var table: Table<String>
    package private(set) var filter = Match("")
    /// The field that is typed in now, if the filter is being edited.
    package var field: TextField?
    /// Why the server did not tell.
    package var problem: String?
    /// Where the cursor is to go when the rows have come.
    private var wanted: String?
    /// Whether it has been answered yet.
    package private(set) var isKnown = false

    package init(_ columns: [TableColumn], sort: TableSort?) {
        table = Table(columns: columns, sort: sort)
    }

    package var selection: Row? { table.selection.flatMap { rows[$0] } }
    package var height: Int {
        get { table.height }
        set { table.height = newValue }
    }

    package mutating func take(_ rows: [Row]) {
        self.rows = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        problem = nil
        isKnown = true
        refresh()
        if let wanted, table.select(wanted) { self.wanted = nil }
    }

    package mutating func setFilter(_ text: String) {
        filter = Match(text)
        refresh()
    }

    package mutating func sortNext() {
        let sortable = table.columns.filter(\.sortable)
        let index = sortable.firstIndex { $0.id == table.sort?.column } ?? -1
        table.sort = TableSort(sortable[(index + 1) % sortable.count].id)
        refresh()
    }

    package mutating func sortReverse() {
        if let sort = table.sort { table.sort = TableSort(sort.column, descending: !sort.descending) }
        refresh()
    }

    package mutating func sort(by column: String) {
        table.toggleSort(column)
        refresh()
    }

    package mutating func handle(_ key: Key) { _ = table.handle(.key(key)) }
    package mutating func move(by amount: Int) { table.move(by: amount) }
    package mutating func select(index: Int) { table.select(index: index) }

    /// Puts the cursor on a row, as soon as it is there.
    package mutating func select(id: String) { wanted = table.select(id) ? nil : id }

    private mutating func refresh() {
        let shown = rows.values.filter { row in
            filter.isEmpty || row.texts.values.contains { filter.matches($0) } || filter.matches(row.id)
        }
        let column = table.sort?.column ?? ""
        let keys = shown.map { row in
            (NaturalOrder.key(row.keys[column] ?? row.texts[column] ?? ""), NaturalOrder.key(row.name), row.id)
        }
        let ordered = keys.sorted { a, b in
            if a.0 != b.0 { return a.0.lexicographicallyPrecedes(b.0) }
            return a.1 != b.1 ? a.1.lexicographicallyPrecedes(b.1) : a.2 < b.2
        }.map(\.2)
        table.setRows(table.sort?.descending == true ? ordered.reversed() : ordered)
    }

    // MARK: Drawing

    /// Where the list is, and below it what is known of the chosen row, where there is room for that.
    /// What a short list leaves over is for long values. It depends on no cursor, so that nothing jumps while one moves.
    func parts(of rect: Rect) -> (list: Rect, detail: Rect) {
        let spare = rect.rows - rows.count - 3
        var wanted = Self.detailRows
        if spare > wanted {
            let columns = Self.valueColumns(rect.columns - 2)
            for row in rows.values {
                wanted = max(
                    wanted, row.facts.reduce(2) { $0 + max(1, Text.wrapped($1.value, columns: columns).count) })
            }
        }
        let (list, detail) = rect.splitBottom(rect.rows >= 18 ? min(wanted, max(Self.detailRows, spare)) : 0)
        return (list, detail)
    }

    /// With its frame.
    private static let detailRows = 8
    private static func valueColumns(_ inner: Int) -> Int { max(1, inner - 15) }

    /// Where the table with its header is.
    func tableRect(in rect: Rect) -> Rect { parts(of: rect).list.inset() }

    /// - Parameters:
    ///   - empty: what is said where there is nothing.
    ///   - unknown: what is said as long as nobody has told.
    package func draw(
        into canvas: inout Canvas, rect: Rect, title: String, empty: String, unknown: String, focus: Bool = true
    ) {
        let (list, below) = parts(of: rect)
        let count =
            filter.isEmpty ? "\(rows.count)" : "\(table.rows.count) of \(rows.count) matching \"\(filter.pattern)\""
        let inner = canvas.box(
            list, title: isKnown ? "\(title) \(count)" : title, role: focus ? .focus : .border, focus: focus)
        table.draw(into: &canvas, rect: inner, focus: focus) { id, column in
            .text(rows[id]?.texts[column.id] ?? "", rows[id]?.roles[column.id] ?? .text)
        }
        let body = inner.splitTop(1).rest
        let text = Rect(x: body.x + 2, y: body.y, columns: body.columns - 3, rows: body.rows)
        if let problem, table.rows.isEmpty {
            _ = canvas.writeWrapped(problem, in: text, role: .danger)
        } else if table.rows.isEmpty {
            let words = !isKnown ? unknown : filter.isEmpty ? empty : "Nothing matches. Esc clears the filter."
            _ = canvas.writeWrapped(words, in: text, role: .muted)
        }
        if !below.isEmpty { drawDetail(into: &canvas, rect: below) }
    }

    private func drawDetail(into canvas: inout Canvas, rect: Rect) {
        let inner = canvas.box(rect, title: selection?.name ?? "")
        if selection == nil {
            canvas.write(
                "Nothing is chosen.", x: inner.x + 1, y: inner.y, role: .muted, maxColumns: inner.columns - 1)
        }
        let facts = selection?.facts ?? []
        var line = 0
        for (index, fact) in facts.enumerated() where line < inner.rows {
            canvas.write(fact.name, x: inner.x + 1, y: inner.y + line, role: .muted, maxColumns: 12)
            let value = fact.value.isEmpty ? Format.missing : fact.value
            // Lines that no later fact needs are for what does not fit into one.
            let room = Rect(
                x: inner.x + 14, y: inner.y + line, columns: Self.valueColumns(inner.columns),
                rows: max(1, inner.rows - line - (facts.count - index - 1)))
            if room.rows == 1 {
                canvas.write(value, x: room.x, y: room.y, maxColumns: room.columns)
                line += 1
            } else {
                line += max(1, canvas.writeWrapped(value, in: room))
            }
        }
    }
}
