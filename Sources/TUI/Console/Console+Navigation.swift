import Core

/// Ways from one screen to another.
extension Console {
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

    mutating func open() {
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
    var copied: String? {
        switch screen {
        case .machines: list.table.selection.map { fleet.entries[$0].machine.id.rawValue }
        case .machine(let id): id.rawValue
        case .events: events.selection.map(\.resourceID)
        case .host: nil
        case .resource(let resource): lists[resource]?.selection?.id
        case .firewall: firewall?.shown.selection?.id
        }
    }

    mutating func copy() {
        guard let copied else { return }
        effects.append(.copy(copied))
        say("copied \(copied)")
    }

    mutating func back() {
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

    mutating func nextTheme() {
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
