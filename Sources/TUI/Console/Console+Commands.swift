import Core

/// What each command does.
extension Console {
    mutating func perform(_ command: Command) {
        if let reason = refusal(command) { return say("\(command.title): \(reason)", .statusWarning) }
        if let action = command.action { return ask(action) }
        switch command {
        case .open: open()
        case .back: back()
        case .mark:
            if let place = list.table.selection {
                list.table.toggleMark(place)
                list.table.move(by: 1)
            }
        case .markAll: list.table.markAll()
        case .markNone: list.table.clearMarks()
        case .markInvert: list.table.invertMarks()
        case .markRange: list.table.markRange()
        case .filter:
            var field = TextField(
                placeholder: shownResource != nil || shownFirewall != nil
                    ? "a word"
                    : screen == .events
                        ? "words, !word, who:ada, what:machine, since:2h" : "name, !word, state:running, cpu>50",
                limit: 200)
            field.text = filterText
            typedField = field
        case .clearFilter: setFilter("")
        case .sort: openSorts()
        case .sortNext where shownFirewall != nil: firewall?.shown.sortNext()
        case .sortReverse where shownFirewall != nil: firewall?.shown.sortReverse()
        case .sortNext where shownResource != nil: if let shownResource { lists[shownResource]?.sortNext() }
        case .sortReverse where shownResource != nil: if let shownResource { lists[shownResource]?.sortReverse() }
        case .sortNext:
            list.sortNext(&fleet)
            watchVisible()
        case .sortReverse:
            if let sort = list.table.sort { list.table.sort = TableSort(sort.column, descending: !sort.descending) }
            list.refresh(&fleet)
            watchVisible()
        case .columns: openColumns()
        case .switchPane where shownResource != nil:
            // Both are one view: the last one stays the last one.
            if let neighbour = shownResource?.neighbour { screen = .resource(neighbour) }
        case .switchPane:
            list.pane = list.pane == .table ? .tree : .table
        case .machines: show(.machines)
        case .host:
            show(.host)
            askHost()
        case .events: show(.events)
        case .users: show(.resource(.users))
        case .templates: show(.resource(.templates))
        case .categories: show(.resource(.categories))
        case .networks: show(.resource(.networks))
        case .jobs: show(.resource(.jobs))
        case .schedules: show(.resource(.schedules))
        case .errors: show(.resource(.errors))
        case .applications: show(.resource(.applications))
        case .cancelJob, .runSchedule: performOnJob(command)
        case .resolveError, .resolveErrors: performOnError(command)
        case .newUser, .changeUser, .userPassword, .deleteUser, .restoreUser: openUserDialog(command)
        case .newTemplate, .changeTemplate, .deleteTemplate, .newCategory, .changeCategory, .deleteCategory:
            openTemplateDialog(command)
        case .newNetwork, .networkAddress, .networkRange, .networkBridge, .deleteNetwork: openNetworkDialog(command)
        case _ where command.isOfFirewall: performOnFirewall(command)
        case .previous: if let lastScreen { show(lastScreen) }
        case .copy: copy()
        case .palette: openPalette()
        case .help:
            var scroller = Scroller()
            scroller.height = helpRows
            scroller.setCount(helpCount)
            overlay = .help(scroller)
        case .theme: nextTheme()
        case .freeze:
            isFrozen.toggle()
            say(isFrozen ? "figures are frozen: z lets them go on" : "figures go on")
        case .follow: events.toggleFollow()
        case .redraw: effects.append(.redraw)
        case .background: effects.append(.background)
        case .quit: effects.append(.quit)
        default: openDialog(command)
        }
    }
}
