/// One entry of a tree, in the order of reading: children come right behind their parent, one deeper.
package struct TreeItem<ID: Hashable & Sendable>: Equatable, Sendable {
    package var id: ID
    package var depth: Int
    package var label: [Span]
    /// Written at the right edge.
    package var detail: [Span]

    package init(_ id: ID, depth: Int = 0, label: [Span], detail: [Span] = []) {
        self.id = id
        self.depth = depth
        self.label = label
        self.detail = detail
    }
}

/// A tree whose branches open and close: departments, snapshots. With every item at depth 0 it is a plain list.
package struct Tree<ID: Hashable & Sendable>: Equatable, Sendable {
    package private(set) var items: [TreeItem<ID>] = []
    package private(set) var closed: Set<ID> = []
    package private(set) var scroller = Scroller()
    /// Indices of `items` that are not inside of a closed branch.
    private var shown: [Int] = []

    package init() {}

    package var height: Int {
        get { scroller.height }
        set { scroller.height = max(1, newValue) }
    }

    package var selection: ID? { shown.isEmpty ? nil : items[shown[scroller.index]].id }
    package var visibleCount: Int { shown.count }

    /// Takes new items. The cursor stays on its item, or at its place when that is gone.
    package mutating func setItems(_ items: [TreeItem<ID>]) {
        let selected = selection
        self.items = items
        settle(on: selected)
    }

    /// Puts the cursor on an item and opens the branches around it. False when there is none.
    @discardableResult
    package mutating func select(_ id: ID) -> Bool {
        guard var index = items.firstIndex(where: { $0.id == id }) else { return false }
        while let parent = parent(of: index) {
            closed.remove(items[parent].id)
            index = parent
        }
        settle(on: id)
        return true
    }

    package mutating func setClosed(_ id: ID, _ isClosed: Bool) {
        if isClosed { closed.insert(id) } else { closed.remove(id) }
        settle(on: selection)
    }

    /// Moves; right opens a branch or enters it, left closes it or goes to its parent. True when the input was used.
    package mutating func handle(_ input: Input) -> Bool {
        switch input {
        case .key(.right), .key(.character("l")): return enter()
        case .key(.left), .key(.character("h")): return leave()
        case .key(let key): return scroller.handle(key)
        case .mouse(let mouse) where mouse.action == .wheelUp: scroller.move(by: -3)
        case .mouse(let mouse) where mouse.action == .wheelDown: scroller.move(by: 3)
        default: return false
        }
        return true
    }

    /// The item drawn `y` lines below the top.
    package func item(atLine y: Int, height: Int) -> ID? {
        let index = scroller.visible(in: height).lowerBound + y
        return y >= 0 && y < height && index < shown.count ? items[shown[index]].id : nil
    }

    private mutating func enter() -> Bool {
        guard let id = selection, hasChildren(shown[scroller.index]) else { return false }
        if closed.contains(id) { setClosed(id, false) } else { scroller.move(by: 1) }
        return true
    }

    private mutating func leave() -> Bool {
        guard let id = selection else { return false }
        let index = shown[scroller.index]
        if hasChildren(index), !closed.contains(id) {
            setClosed(id, true)
            return true
        }
        guard let parent = parent(of: index), let place = shown.firstIndex(of: parent) else { return false }
        scroller.select(place)
        return true
    }

    private func hasChildren(_ index: Int) -> Bool {
        index + 1 < items.count && items[index + 1].depth > items[index].depth
    }

    private func parent(of index: Int) -> Int? {
        items[..<index].lastIndex { $0.depth < items[index].depth }
    }

    private mutating func settle(on selected: ID?) {
        shown = []
        var hiddenBelow: Int?
        for (index, item) in items.enumerated() {
            if let depth = hiddenBelow {
                if item.depth > depth { continue }
                hiddenBelow = nil
            }
            shown.append(index)
            if closed.contains(item.id) { hiddenBelow = item.depth }
        }
        scroller.setCount(shown.count)
        if let selected, let place = shown.firstIndex(where: { items[$0].id == selected }) { scroller.select(place) }
    }

    package func draw(into canvas: inout Canvas, rect: Rect, focus: Bool = true) {
        guard !rect.isEmpty else { return }
        let visible = scroller.visible(in: rect.rows)
        let scrolls = shown.count > visible.count
        let columns = rect.columns - (scrolls ? 1 : 0)
        for (line, place) in visible.enumerated() {
            let item = items[shown[place]]
            let y = rect.y + line
            let selected = place == scroller.index
            var x = rect.x + 1 + drawGuides(into: &canvas, x: rect.x + 1, y: y, place: place, limit: columns / 2)
            if hasChildren(shown[place]) {
                canvas.put(closed.contains(item.id) ? "▸" : "▾", x: x, y: y, role: .muted)
                x += 2
            } else if items.contains(where: { $0.depth > 0 }), item.depth == 0 {
                x += 2
            }
            let detail = item.detail.reduce(0) { $0 + Text.width($1.text) }
            let room = rect.x + columns - x - (detail > 0 ? detail + 1 : 0)
            canvas.write(item.label, x: x, y: y, maxColumns: max(0, room))
            if detail > 0, room > 0 {
                canvas.write(item.detail, x: rect.x + columns - detail, y: y, maxColumns: detail)
            }
            if selected {
                canvas.put("▶", x: rect.x, y: y, role: .selected)
                canvas.restyle(
                    Rect(x: rect.x, y: y, columns: columns, rows: 1), focus ? .selected : .selectedInactive)
            }
        }
        canvas.scrollbar(x: rect.x + columns, y: rect.y, rows: rect.rows, visible: visible, count: shown.count)
    }

    /// The lines from a parent to its children. Returns the columns they took.
    private func drawGuides(into canvas: inout Canvas, x: Int, y: Int, place: Int, limit: Int) -> Int {
        let depth = items[shown[place]].depth
        guard depth > 0 else { return 0 }
        var column = 0
        for level in 1...depth where column + 2 <= limit {
            let continues = continues(after: place, at: level)
            let glyph: UnicodeScalar
            if level == depth { glyph = continues ? "├" : "└" } else { glyph = continues ? "│" : " " }
            canvas.put(glyph, x: x + column, y: y, role: .border)
            canvas.put(level == depth ? "─" : " ", x: x + column + 1, y: y, role: .border)
            column += 2
        }
        return column
    }

    /// Whether another item of this level comes before the branch ends.
    private func continues(after place: Int, at level: Int) -> Bool {
        for next in shown[(place + 1)...] {
            if items[next].depth < level { return false }
            if items[next].depth == level { return true }
        }
        return false
    }
}
