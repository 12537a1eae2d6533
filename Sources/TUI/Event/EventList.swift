package import Core
import JSON

/// What happened, oldest first: a bounded list that follows its newest line until somebody moves away from it.
package struct EventList: Equatable, Sendable {
    package static let capacity = 5000

    package private(set) var events: [EventRecord] = []
    package private(set) var shown: [Int] = []
    package var scroller = Scroller()
    package var isFollowing = true
    package private(set) var filter = EventFilter("", now: Timestamp(milliseconds: 0))
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

    /// - Parameter now: what times such as `since:2h` are counted from.
    package mutating func setFilter(_ text: String, now: Timestamp) {
        filter = EventFilter(text, now: now)
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

    private func matches(_ event: EventRecord) -> Bool { filter.isEmpty || filter.matches(event) }

    /// Where the list is, and below it what is known of the chosen event, where there is room for that.
    static func parts(of rect: Rect) -> (list: Rect, detail: Rect) {
        let (list, detail) = rect.splitBottom(rect.rows >= 18 ? 7 : 0)
        return (list, detail)
    }

    package func draw(into canvas: inout Canvas, rect: Rect, zone: Zone = .utc) {
        let (rect, below) = Self.parts(of: rect)
        let title =
            filter.isEmpty
            ? "Events \(events.count)"
            : "Events \(shown.count) of \(events.count) matching \"\(filter.source)\""
        let state = filter.problem.map { " · \($0)" } ?? (isFollowing ? " · following" : "")
        let box = canvas.box(rect, title: title + state, role: .border, focus: true)
        guard box.rows > 1 else { return }
        let columns = EventColumns(width: box.columns, zone, zoneName(zone))
        let (header, inner) = box.splitTop(1)
        canvas.fill(header, .header)
        for place in columns.places {
            canvas.write(place.title, x: header.x + place.x, y: header.y, role: .header, maxColumns: place.width)
        }
        if let problem {
            canvas.write(problem, x: inner.x + 1, y: inner.y, role: .danger, maxColumns: inner.columns - 1)
        }
        if shown.isEmpty, problem == nil {
            let text = events.isEmpty ? "Nothing has happened yet." : "No event matches. Esc clears the filter."
            canvas.write(text, x: inner.x + 1, y: inner.y, role: .muted, maxColumns: inner.columns - 1)
        }
        let visible = scroller.visible(in: inner.rows)
        for (line, index) in visible.enumerated() {
            let event = events[shown[index]]
            let y = inner.y + line
            for place in columns.places {
                canvas.write(
                    place.text(event), x: inner.x + place.x, y: y, role: place.role ?? role(event),
                    maxColumns: place.width)
            }
            if index == scroller.index {
                canvas.restyle(Rect(x: inner.x, y: y, columns: inner.columns - 1, rows: 1), .selected)
            }
        }
        canvas.scrollbar(
            x: inner.x + inner.columns - 1, y: inner.y, rows: inner.rows, visible: visible, count: shown.count)
        if !below.isEmpty { drawDetail(into: &canvas, rect: below, zone) }
    }

    /// That of the newest event: what is older may have happened before clocks were changed.
    private func zoneName(_ zone: Zone) -> String { zone.name(at: events.last?.at ?? Timestamp(milliseconds: 0)) }

    private func drawDetail(into canvas: inout Canvas, rect: Rect, _ zone: Zone) {
        let inner = canvas.box(rect, title: selection.map { "Event \($0.id)" } ?? "Event")
        guard let event = selection else { return }
        let lines: [(String, String)] = [
            ("What", "\(event.resource) \(event.resourceName): \(event.action)"),
            ("Message", event.message), ("Who", event.actor),
            ("When", "\(zone.dateAndTime(event.at)) \(zone.name(at: event.at))"),
            ("Data", event.data.isNull ? Format.missing : event.data.text),
        ]
        for (line, (name, value)) in lines.enumerated() where line < inner.rows {
            canvas.write(name, x: inner.x + 1, y: inner.y + line, role: .muted, maxColumns: 8)
            canvas.write(value, x: inner.x + 10, y: inner.y + line, maxColumns: inner.columns - 11)
        }
    }

    /// The newest events of one machine, newest first.
    func newest(of id: String, _ count: Int) -> [EventRecord] {
        var found: [EventRecord] = []
        for event in events.reversed() where found.count < count && event.resourceID == id { found.append(event) }
        return found
    }

    func role(_ event: EventRecord) -> Role {
        switch event.action {
        case "crashed", "events_lost", "undefined", "delete", "fail", "drift": .danger
        case "force_power_off", "reset", "restore": .warning
        default: .text
        }
    }
}

/// The columns of the list of events, for a width.
private struct EventColumns {
    struct Place {
        var title: String
        var x: Int
        var width: Int
        /// Nil where the event decides.
        var role: Role?
        var text: (EventRecord) -> String
    }

    private(set) var places: [Place] = []

    init(width: Int, _ zone: Zone, _ zoneName: String) {
        var x = 1
        func column(_ title: String, _ columns: Int, _ role: Role?, _ text: @escaping (EventRecord) -> String) -> Place
        {
            defer { x += columns + 2 }
            return Place(title: title, x: x, width: columns, role: role, text: text)
        }
        if width >= 70 {
            places.append(column("TIME (\(zoneName))", 19, .muted) { zone.dateAndTime($0.at) })
            places.append(column("WHO", 14, .accent) { $0.actor })
        } else {
            places.append(column(zoneName, 8, .muted) { String(zone.dateAndTime($0.at).suffix(8)) })
        }
        if width >= 120 {
            places.append(column("WHAT", 24, .muted) { "\($0.resource) \($0.action)" })
        }
        places.append(column("MESSAGE", max(0, width - 1 - x), nil) { $0.message })
    }
}
