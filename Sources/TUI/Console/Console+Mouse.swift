import Core

/// What the mouse does.
extension Console {
    mutating func take(_ mouse: Mouse) {
        let areas = Areas(console: self)
        switch mouse.action {
        case .wheelUp, .wheelDown:
            let amount = mouse.action == .wheelUp ? -3 : 3
            switch context {
            case .machines, .tree:
                list.table.move(by: amount)
                watchVisible()
            case .events:
                events.scroller.move(by: amount)
                events.isFollowing = events.scroller.index == max(0, events.shown.count - 1)
            case .machine: detail?.scroller.move(by: amount)
            case .host: break
            case .users, .templates, .categories, .networks, .jobs, .schedules, .errors, .applications:
                if let shownResource { lists[shownResource]?.move(by: amount) }
            case .firewall: firewall?.shown.move(by: amount)
            }
        case .press(1):
            if mouse.y == areas.hints.y, !areas.hints.isEmpty {
                return clickHint(hints, mouse.x - areas.hints.x - 1, columns: size.columns - 2)
            }
            if mouse.y == areas.status.y {
                let more = moreHints
                let place = Self.moreHintsPlace(more, areas.status)
                return clickHint(more, mouse.x - place, columns: KeyHint.width(more))
            }
            if screen == .machines { return clickList(mouse, areas) }
            if let shownResource { return click(mouse, shownResource, areas.body) }
            if shownFirewall != nil { return clickFirewall(mouse, areas.body) }
        default: break
        }
    }

    private mutating func clickHint(_ hints: [KeyHint], _ column: Int, columns: Int) {
        guard typedField == nil, let hint = KeyHint.find(hints, at: column, columns: columns),
            let binding = Binding.all.first(where: {
                $0.keys[0].name == hint.key && $0.contexts.contains(context)
            })
        else { return }
        perform(binding.command)
    }

    private mutating func clickList(_ mouse: Mouse, _ areas: Areas) {
        if areas.tree.contains(x: mouse.x, y: mouse.y) {
            list.pane = .tree
            let inner = areas.tree.inset()
            if let scope = list.tree.item(atLine: mouse.y - inner.y, height: inner.rows) {
                list.setScope(scope, &fleet)
                watchVisible()
            }
            return
        }
        guard areas.table.contains(x: mouse.x, y: mouse.y) else { return }
        list.pane = .table
        let line = mouse.y - areas.table.y
        if line == 0 {
            if let column = list.table.column(atX: mouse.x - areas.table.x, columns: areas.table.columns),
                column.sortable
            {
                list.sort(by: column.id, &fleet)
            }
        } else if let row = list.table.row(atLine: line, height: areas.table.rows) {
            if list.table.selectedIndex == row { return perform(.open) }
            list.table.select(index: row)
        }
    }
}
