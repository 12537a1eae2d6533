package import Core

/// What happened, oldest first: a bounded list that follows its newest line until somebody moves away from it.
package struct EventList: Equatable, Sendable {
    package static let capacity = 5000

    package private(set) var events: [EventRecord] = []
    package private(set) var shown: [Int] = []
    package var scroller = Scroller()
    package var isFollowing = true
    package private(set) var filter = Match("")
    package var field: TextField?
    package var problem: String?

    package init() {}

    package var isEmpty: Bool { events.isEmpty }
    package var selection: EventRecord? { shown.isEmpty ? nil : events[shown[scroller.index]] }

    package mutating func append(_ event: EventRecord) {
        events.append(event)
        if events.count > Self.capacity + 500 {
            events.removeFirst(events.count - Self.capacity)
            refresh()
        } else if matches(event) {
            shown.append(events.count - 1)
            scroller.setCount(shown.count)
            if isFollowing { scroller.toEnd() }
        }
    }

    /// Adds older events, oldest first.
    package mutating func prepend(_ older: [EventRecord]) {
        let known = Set(events.map(\.id))
        events = older.filter { !known.contains($0.id) } + events
        refresh()
    }

    package mutating func setFilter(_ text: String) {
        filter = Match(text)
        refresh()
    }

    package mutating func toggleFollow() {
        isFollowing.toggle()
        if isFollowing { scroller.toEnd() }
    }

    private mutating func refresh() {
        shown = events.indices.filter { matches(events[$0]) }
        scroller.setCount(shown.count)
        if isFollowing { scroller.toEnd() }
    }

    private func matches(_ event: EventRecord) -> Bool {
        filter.isEmpty || filter.matches(event.message) || filter.matches(event.actor) || filter.matches(event.action)
            || filter.matches(event.resource)
    }

    package func draw(into canvas: inout Canvas, rect: Rect) {
        let title =
            filter.isEmpty
            ? "Events \(events.count)" : "Events \(shown.count) of \(events.count) matching \"\(filter.pattern)\""
        let inner = canvas.box(rect, title: title + (isFollowing ? " · following" : ""), role: .border, focus: true)
        guard inner.rows > 0 else { return }
        if let problem { canvas.write(problem, x: inner.x, y: inner.y, role: .danger, maxColumns: inner.columns) }
        if shown.isEmpty, problem == nil {
            canvas.write("Nothing has happened yet.", x: inner.x + 1, y: inner.y, role: .muted)
        }
        let visible = scroller.visible(in: inner.rows)
        for (line, index) in visible.enumerated() {
            let event = events[shown[index]]
            let y = inner.y + line
            var x = inner.x + 1
            let wide = inner.columns >= 70
            let time = event.at.iso8601
            let clock = wide ? time.prefix(19).replacing("T") : String(time.dropFirst(11).prefix(8))
            x = canvas.write(clock, x: x, y: y, role: .muted) + 2
            if wide {
                canvas.writeField(event.actor, x: x, y: y, columns: 14, role: .accent)
                x += 16
            }
            canvas.write(event.message, x: x, y: y, role: role(event), maxColumns: inner.x + inner.columns - 1 - x)
            if index == scroller.index {
                canvas.restyle(Rect(x: inner.x, y: y, columns: inner.columns - 1, rows: 1), .selected)
            }
        }
        canvas.scrollbar(
            x: inner.x + inner.columns - 1, y: inner.y, rows: inner.rows, visible: visible, count: shown.count)
    }

    private func role(_ event: EventRecord) -> Role {
        switch event.action {
        case "crashed", "events_lost", "undefined", "delete": .danger
        case "force_power_off", "reset", "restore": .warning
        default: .text
        }
    }
}

extension Substring {
    /// The date and the time with a space between them.
    fileprivate func replacing(_ separator: Character) -> String { String(map { $0 == separator ? " " : $0 }) }
}
