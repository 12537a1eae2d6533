import Core

/// What a person does.
extension Console {
    mutating func take(_ input: Input) {
        if overlay != nil { return takeOverlay(input) }
        if typedField != nil { return takeField(input) }
        switch input {
        case .key(let key): take(key)
        case .mouse(let mouse): take(mouse)
        // Where rules are in view, text is taken for more of them; nothing is sent before it was looked at.
        case .paste where shownFirewall != nil && refusal(.pasteRules) == nil:
            openPaste()
            takeOverlay(input)
        // Pasted text is never a command: it goes where text is typed, or nowhere.
        case .paste: say("pasted text was ignored: press / to filter or : for a command", .statusWarning)
        case .focus, .resize: break
        }
    }

    var context: KeyContext {
        switch screen {
        case .machines: list.pane == .tree ? .tree : .machines
        case .machine: .machine
        case .host: .host
        case .events: .events
        case .resource(.users): .users
        case .resource(.templates): .templates
        case .resource(.categories): .categories
        case .resource(.networks): .networks
        case .resource(.jobs): .jobs
        case .resource(.schedules): .schedules
        case .resource(.errors): .errors
        case .resource(.applications): .applications
        case .firewall: .firewall
        }
    }

    private mutating func take(_ key: Key) {
        if let command = Binding.command(for: key, in: context) { return perform(command) }
        switch context {
        case .machines:
            if list.table.handle(.key(key)) { watchVisible() }
        case .tree:
            if list.tree.handle(.key(key)), let scope = list.tree.selection, scope != list.scope {
                list.setScope(scope, &fleet)
                watchVisible()
            }
        case .machine: _ = detail?.scroller.handle(key)
        case .events:
            if events.scroller.handle(key) {
                events.isFollowing = events.scroller.index == max(0, events.shown.count - 1)
            }
        case .host: break
        case .users, .templates, .categories, .networks, .jobs, .schedules, .errors, .applications:
            if let shownResource { lists[shownResource]?.handle(key) }
        case .firewall: firewall?.shown.handle(key)
        }
    }

    // MARK: Typing a filter

    private mutating func takeField(_ input: Input) {
        guard var field = typedField else { return }
        switch input {
        case .key(.escape):
            setFilter("")
            typedField = nil
            return
        case .key(.enter), .key(.down), .key(.up):
            typedField = nil
            return
        default: break
        }
        let before = field.text
        _ = field.handle(input)
        typedField = field
        if field.text != before { setFilter(field.text) }
    }

    /// The filter of the list in view while it is typed.
    var typedField: TextField? {
        get {
            switch screen {
            case .events: events.field
            case .resource(let resource): lists[resource]?.field
            case .firewall: firewall?.shown.field
            default: list.field
            }
        }
        set {
            switch screen {
            case .events: events.field = newValue
            case .resource(let resource): lists[resource]?.field = newValue
            case .firewall: firewall?.shown.field = newValue
            default: list.field = newValue
            }
        }
    }

    /// The filter of the list in view.
    private var filterText: String {
        switch screen {
        case .events: events.filter.source
        case .resource(let resource): lists[resource]?.filter.pattern ?? ""
        case .firewall: firewall?.shown.filter.pattern ?? ""
        default: list.filter.source
        }
    }

    private mutating func setFilter(_ text: String) {
        switch screen {
        case .events: events.setFilter(text, now: now)
        case .resource(let resource): lists[resource]?.setFilter(text)
        case .firewall: firewall?.shown.setFilter(text)
        default:
            list.setFilter(text, &fleet)
            watchVisible()
        }
    }

    // MARK: Mouse

    private mutating func take(_ mouse: Mouse) {
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

    // MARK: What lies over the screen

    private mutating func takeOverlay(_ input: Input) {
        switch overlay {
        case .help(var scroller):
            scroller.setCount(helpCount)
            if case .mouse(let mouse) = input {
                if mouse.action == .wheelUp || mouse.action == .wheelDown {
                    scroller.move(by: mouse.action == .wheelUp ? -3 : 3)
                }
                return overlay = .help(scroller)
            }
            guard case .key(let key) = input else { return }
            if key == .escape || key == .enter || key == .character("?") || key == .character("q") {
                return overlay = nil
            }
            _ = scroller.handle(key)
            overlay = .help(scroller)
        case .palette(var palette):
            let outcome =
                if case .mouse(let mouse) = input { palette.handle(mouse, rect: place(of: palette)) } else {
                    palette.handle(input)
                }
            overlay = .palette(palette)
            switch outcome {
            case .none: break
            case .cancelled: overlay = nil
            case .chosen(let id):
                overlay = nil
                chosen(id)
            case .typed(let text):
                overlay = nil
                typed(text)
            case .refused(let reason): say(reason, .statusWarning)
            }
        case .dialog(var dialog, let purpose):
            let outcome =
                if case .mouse(let mouse) = input { dialog.click(mouse, bounds: overlayBounds) } else {
                    dialog.handle(input)
                }
            switch outcome {
            case .none: break
            case .changed: changed(dialog, purpose)
            case .scrolled:
                dialog.settleLines(in: overlayBounds)
                overlay = .dialog(dialog, purpose)
            case .cancelled:
                if case .firewall(let firewall) = purpose { return closed(firewall) }
                overlay = nil
                if bulk?.isRunning == false { bulk = nil }
            case .pressed(let button): pressed(button, dialog, purpose)
            }
        case .paste(let paste): takePaste(input, paste)
        case nil: break
        }
    }

    // MARK: Commands

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
        case .quit: effects.append(.quit)
        default: openDialog(command)
        }
    }

    /// Why a command does nothing now, or nil. The palette and the key line grey out what this refuses.
    /// - Parameter targets: the machines that it is about, where many commands are asked for at once.
    func refusal(_ command: Command, about targets: [Machine]? = nil) -> String? {
        switch command {
        case .start, .shutdown, .stop, .restart, .reset, .suspend, .resume, .snapshot, .restoreSnapshot,
            .deleteSnapshot,
            .rename, .move, .adopt, .hardware, .owner, .newDepartment, .renameDepartment, .deleteDepartment:
            guard isConnected else { return "bayd cannot be reached" }
            return refusalOfChange(command, targets ?? self.targets)
        case .newUser, .changeUser, .userPassword, .deleteUser, .restoreUser:
            return isConnected ? refusalOfUser(command) : "bayd cannot be reached"
        case .newTemplate, .changeTemplate, .deleteTemplate, .newCategory, .changeCategory, .deleteCategory:
            return isConnected ? refusalOfTemplate(command) : "bayd cannot be reached"
        case .newNetwork, .networkAddress, .networkRange, .networkBridge, .deleteNetwork:
            return isConnected ? refusalOfNetwork(command) : "bayd cannot be reached"
        case .cancelJob, .runSchedule:
            return isConnected ? refusalOfJob(command) : "bayd cannot be reached"
        case .resolveError, .resolveErrors:
            return isConnected ? refusalOfError(command) : "bayd cannot be reached"
        case _ where command.isOfFirewall: return refusalOfFirewall(command)
        case .open where context == .firewall: return refusalToOpenRule
        case .templates, .categories, .schedules, .errors: return refusal(needing: .admin)
        case .open where context == .jobs && selectedJob == nil: return "there is no job here"
        case .open where context == .errors && selectedError?.machineID == nil: return "it is about no machine"
        case .open where context == .machines && list.table.selection == nil: return "there is no machine here"
        case .open where context == .events && events.selection == nil: return "there is no event here"
        case .open where context == .categories && lists[.categories]?.selection == nil:
            return "there is no category here"
        case .open where [.machine, .host, .users, .templates, .networks, .schedules, .applications].contains(context):
            return "nothing to open here"
        case .previous: return lastScreen == nil ? "there is no view before this one" : nil
        case .copy: return copied == nil ? "there is nothing to copy here" : nil
        case .sortNext, .sortReverse:
            return screen == .machines || shownResource != nil || shownFirewall != nil ? nil : "only in a list"
        case .mark, .markAll, .markInvert, .markRange, .sort, .columns:
            return screen == .machines ? nil : "only in the list of machines"
        case .switchPane:
            return screen == .machines || shownResource?.neighbour != nil ? nil : "there is no other pane here"
        case .follow: return screen == .events ? nil : "only in the list of events"
        default: return nil
        }
    }

    private func refusalOfChange(_ command: Command, _ targets: [Machine]) -> String? {
        switch command {
        case .rename, .move, .adopt, .hardware, .owner, .newDepartment, .renameDepartment, .deleteDepartment:
            if let reason = refusal(needing: .admin) { return reason }
        default: break
        }
        switch command {
        case .newDepartment: return nil
        case .move where fleet.departments.isEmpty: return "there is no department yet: + makes one"
        case .renameDepartment, .deleteDepartment:
            guard case .department = list.scope else { return "choose a department at the left first" }
            return nil
        default: break
        }
        guard let first = targets.first else { return "there is no machine here" }
        if command == .adopt {
            return targets.contains { !$0.isManaged } ? nil : "adopted already"
        }
        if let action = command.action {
            // Of many, those that cannot are left out and told; of one, the reason is the answer.
            if targets.count == 1 { return first.refusal(action) }
            return targets.contains { $0.refusal(action) == nil }
                ? nil : "none of the \(targets.count) marked machines can"
        }
        switch command {
        case .snapshot:
            if targets.count > 1 { return "one machine at a time: unmark the others with U" }
            return SnapshotRules.refusalToCreate(on: first)
        case .restoreSnapshot:
            guard selectedSnapshot != nil else { return noSnapshot }
            return SnapshotRules.refusalToRestore(on: first, forced: true)
        case .deleteSnapshot:
            guard selectedSnapshot != nil else { return noSnapshot }
            return SnapshotRules.refusalToDelete(on: first)
        case .hardware: return refusalOfHardware(targets)
        case .owner: return refusalOfOwner(targets)
        case .rename where targets.count > 1: return "one machine at a time: unmark the others with U"
        case .rename, .move: return first.isManaged ? nil : "not adopted yet: adopt it first"
        default: return nil
        }
    }

    private var noSnapshot: String {
        if case .machine = screen { "it has no snapshot" } else { "open the machine and choose a snapshot" }
    }

    /// The snapshot under the cursor, on the screen of its machine only: anywhere else nobody sees which one it is.
    var selectedSnapshot: Snapshot? {
        if case .machine(let id) = screen, detail?.id == id { detail?.selected } else { nil }
    }

    /// Whether escape leads anywhere.
    var canGoBack: Bool {
        screen != .machines || list.pane == .tree || !list.filter.isEmpty || !list.table.marks.isEmpty
            || list.scope != .all
    }

    /// The machines that a command is about: the marked ones, else the one under the cursor.
    var targets: [Machine] {
        if case .machine(let id) = screen { return fleet.entry(id).map { [$0.machine] } ?? [] }
        return list.table.targets.map { fleet.entries[$0] }.filter(\.isPresent).map(\.machine)
    }

    // MARK: Going places

    mutating func show(_ screen: Screen) {
        if screen != self.screen { lastScreen = self.screen }
        if case .machine(let id) = screen, detail?.id != id {
            detail = MachineDetail(id)
            askDetail(id)
        }
        self.screen = screen
        if case .firewall(let owner) = screen { prepareFirewall(owner) }
        askResources()
        askFirewall()
        jobsAt = showsJobs ? now.adding(milliseconds: Self.jobPeriod) : nil
        layOut()
        watchVisible()
    }

    private mutating func open() {
        switch context {
        case .tree: list.pane = .table
        case .machines: if let place = list.table.selection { openMachine(fleet.entries[place].machine.id) }
        case .events:
            if let event = events.selection { openSubject(of: event) }
        case .categories: openCategory()
        case .jobs: openJobMachine()
        case .errors: openErrorMachine()
        case .firewall: openRule()
        case .machine, .host, .users, .templates, .networks, .schedules, .applications: break
        }
    }

    mutating func openMachine(_ id: Machine.ID) {
        detail = nil
        show(.machine(id))
    }

    mutating func askDetail(_ id: Machine.ID) {
        guard isConnected else { return }
        start(.history(id, seconds: 300), .history(id))
        start(.snapshots(id), .snapshots(id))
        if fleet.entry(id)?.machine.userID != nil { askOwners() }
    }

    /// The id of what is under the cursor.
    private var copied: String? {
        switch screen {
        case .machines: list.table.selection.map { fleet.entries[$0].machine.id.rawValue }
        case .machine(let id): id.rawValue
        case .events: events.selection.map(\.resourceID)
        case .host: nil
        case .resource(let resource): lists[resource]?.selection?.id
        case .firewall: firewall?.shown.selection?.id
        }
    }

    private mutating func copy() {
        guard let copied else { return }
        effects.append(.copy(copied))
        say("copied \(copied)")
    }

    private mutating func back() {
        switch screen {
        case .events where !events.filter.isEmpty: setFilter("")
        case .resource(let resource) where lists[resource]?.filter.isEmpty == false: setFilter("")
        case .firewall where firewall?.shown.filter.isEmpty == false: setFilter("")
        case .firewall: show(firewallTrail.popLast() ?? .machines)
        case .machine, .host, .events, .resource: show(.machines)
        case .machines:
            if list.pane == .tree {
                list.pane = .table
            } else if !list.filter.isEmpty {
                setFilter("")
            } else if !list.table.marks.isEmpty {
                list.table.clearMarks()
            } else if list.scope != .all {
                list.setScope(.all, &fleet)
            }
        }
    }

    private mutating func nextTheme() {
        let all = Theme.builtIn
        let index = all.firstIndex { $0.name == theme.name } ?? 0
        setTheme(all[(index + 1) % all.count])
    }

    mutating func setTheme(_ theme: Theme) {
        self.theme = theme
        effects.append(.setTheme(theme))
        say("theme \(theme.name)")
    }
}
