/// Which of `count` rows is chosen and which are visible, for every list there is.
package struct Scroller: Equatable, Sendable {
    package private(set) var count = 0
    /// The chosen row; 0 when there is none.
    package private(set) var index = 0
    /// The first visible row.
    package private(set) var top = 0
    /// Visible rows, as the owner laid them out. Page moves depend on it.
    package var height = 1 { didSet { settle() } }

    package init() {}

    package mutating func setCount(_ count: Int) {
        self.count = max(0, count)
        settle()
    }

    package mutating func select(_ index: Int) {
        self.index = index
        settle()
    }

    package mutating func move(by amount: Int) { select(min(max(0, index + amount), max(0, count - 1))) }
    package mutating func page(_ pages: Int) { move(by: pages * max(1, height - 1)) }
    package mutating func halfPage(_ pages: Int) { move(by: pages * max(1, height / 2)) }
    package mutating func toStart() { select(0) }
    package mutating func toEnd() { select(max(0, count - 1)) }

    /// The rows to draw in so many lines: `top` as it must be for the chosen row to be among them.
    package func visible(in height: Int) -> Range<Int> {
        let top = Scroller.top(index: index, top: top, height: height, count: count)
        return top..<max(top, min(count, top + height))
    }

    /// Arrow keys, page keys, and the moves of vi. True when the key was one of them.
    package mutating func handle(_ key: Key, letters: Bool = true) -> Bool {
        switch key {
        case .up: move(by: -1)
        case .down: move(by: 1)
        case .pageUp: page(-1)
        case .pageDown: page(1)
        case .home: toStart()
        case .end: toEnd()
        case .character("k") where letters: move(by: -1)
        case .character("j") where letters: move(by: 1)
        case .character("g") where letters: toStart()
        case .character("G") where letters: toEnd()
        case .control("p"): move(by: -1)
        case .control("n"): move(by: 1)
        case .control("b") where letters: page(-1)
        case .control("f") where letters: page(1)
        case .control("u") where letters: halfPage(-1)
        case .control("d") where letters: halfPage(1)
        default: return false
        }
        return true
    }

    private mutating func settle() {
        index = min(max(0, index), max(0, count - 1))
        top = Scroller.top(index: index, top: top, height: height, count: count)
    }

    private static func top(index: Int, top: Int, height: Int, count: Int) -> Int {
        guard height > 0 else { return index }
        var top = min(top, max(0, count - height))
        if index < top { top = index }
        if index >= top + height { top = index - height + 1 }
        return max(0, top)
    }
}

extension Canvas {
    /// The scrollbar of a list, drawn only when something is out of sight. It has no track: fifty more cells to send.
    package mutating func scrollbar(x: Int, y: Int, rows: Int, visible: Range<Int>, count: Int) {
        guard rows > 0, count > visible.count, !visible.isEmpty else { return }
        let thumb = max(1, min(rows, rows * visible.count / count))
        let room = count - visible.count
        let start = (rows - thumb) * visible.lowerBound / max(1, room)
        for row in start..<start + thumb { put("█", x: x, y: y + row, role: .accent) }
    }
}
