/// Something that can be chosen from a palette or a menu.
package struct PaletteItem: Equatable, Sendable, Identifiable {
    package var id: String
    package var title: String
    /// Shown at the right: a key, a value.
    package var detail: String
    /// Why it cannot be chosen now; it is still shown, so that people learn where it is.
    package var disabledReason: String?

    package init(_ id: String, _ title: String, detail: String = "", disabledReason: String? = nil) {
        self.id = id
        self.title = title
        self.detail = detail
        self.disabledReason = disabledReason
    }
}

/// A list that is filtered while one types: the command palette, a menu, a choice among many.
package struct Palette: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case none
        case chosen(String)
        /// Enter with text that no item matches.
        case typed(String)
        case refused(String)
        case cancelled
    }

    package var title: String
    package var items: [PaletteItem] { didSet { refilter() } }
    package private(set) var field: TextField
    package private(set) var matching: [Int] = []
    private var scroller = Scroller()
    private let mode: Match.Mode

    package init(title: String, items: [PaletteItem], prompt: String = "", mode: Match.Mode = .fuzzy) {
        self.title = title
        self.items = items
        self.mode = mode
        field = TextField(placeholder: prompt, limit: 256)
        refilter()
    }

    package var selection: PaletteItem? { matching.isEmpty ? nil : items[matching[scroller.index]] }

    package mutating func handle(_ input: Input) -> Outcome {
        switch input {
        case .key(.escape), .key(.control("c")), .key(.control("g")): return .cancelled
        case .key(.enter):
            guard let selection else { return field.isEmpty ? .none : .typed(field.text) }
            if let reason = selection.disabledReason { return .refused(reason) }
            return .chosen(selection.id)
        case .key(.tab):
            // Completes to the title of the item under the cursor.
            if let selection { field.text = selection.title }
            refilter()
        case .key(let key) where scroller.handle(key, letters: false): break
        default:
            if field.handle(input) == .changed { refilter() }
        }
        return .none
    }

    /// A click on an item chooses it; the wheel moves the cursor.
    package mutating func handle(_ mouse: Mouse, rect: Rect) -> Outcome {
        switch mouse.action {
        case .wheelUp: scroller.move(by: -3)
        case .wheelDown: scroller.move(by: 3)
        case .press(1):
            let list = rect.inset().splitTop(1).rest
            let visible = scroller.visible(in: list.rows)
            let place = visible.lowerBound + mouse.y - list.y
            guard list.contains(x: mouse.x, y: mouse.y), visible.contains(place) else { return .none }
            scroller.select(place)
            return handle(.key(.enter))
        default: break
        }
        return .none
    }

    private mutating func refilter() {
        let match = Match(field.text, mode: mode)
        let scored = items.indices.compactMap { index in match.score(items[index].title).map { (index, $0) } }
        // Without a pattern the order is the owner's.
        matching = (match.isEmpty ? scored : scored.sorted { ($1.1, $0.0) < ($0.1, $1.0) }).map(\.0)
        scroller.setCount(matching.count)
        scroller.toStart()
    }

    /// The rows it wants in all, frame included.
    package var idealRows: Int { min(items.count, 14) + 4 }

    package func draw(into canvas: inout Canvas, rect: Rect) {
        guard rect.columns >= 8, rect.rows >= 3 else { return }
        canvas.on(.dialog) { draw(into: &$0, in: rect) }
    }

    private func draw(into canvas: inout Canvas, in rect: Rect) {
        canvas.fill(rect, .dialog)
        let inner = canvas.box(rect, title: title, role: .dialogTitle, focus: true)
        canvas.put(">", x: inner.x, y: inner.y, role: .accent)
        field.draw(into: &canvas, x: inner.x + 2, y: inner.y, columns: inner.columns - 2)
        let list = inner.splitTop(1).rest
        let visible = scroller.visible(in: list.rows)
        let match = Match(field.text, mode: mode)
        if matching.isEmpty {
            canvas.write("nothing matches", x: list.x, y: list.y, role: .muted, maxColumns: list.columns)
        }
        for (line, place) in visible.enumerated() {
            let item = items[matching[place]]
            let y = list.y + line
            let detail = item.disabledReason ?? item.detail
            // What a short title leaves over is for the reason.
            let room = max(list.columns / 2, list.columns - 5 - Text.width(item.title))
            let detailColumns = detail.isEmpty ? 0 : min(Text.width(detail), room)
            canvas.write(
                match.spans(in: item.title, role: item.disabledReason == nil ? .dialog : .muted), x: list.x + 2, y: y,
                maxColumns: list.columns - 4 - detailColumns)
            canvas.write(
                detail, x: list.x + list.columns - 1 - detailColumns, y: y, role: .muted, maxColumns: detailColumns)
            if place == scroller.index {
                canvas.put("▶", x: list.x, y: y, role: .selected)
                canvas.restyle(
                    Rect(x: list.x, y: y, columns: list.columns - 1, rows: 1), .selected, keeping: [.match])
            }
        }
        canvas.scrollbar(
            x: list.x + list.columns - 1, y: list.y, rows: list.rows, visible: visible, count: matching.count)
    }
}
