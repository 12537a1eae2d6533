import Core

/// Where the parts of a screen are.
struct Areas {
    var header: Rect
    var banner: Rect
    /// What goes back by itself unless somebody says that it stays.
    var trials: Rect
    var body: Rect
    var tree: Rect
    var table: Rect
    var input: Rect
    var status: Rect
    var hints: Rect

    /// Smaller than this nothing can be read.
    static let minimum = Size(columns: 40, rows: 8)

    init(console: Console) {
        self.init(
            console.size, hasBanner: console.banner != nil, hasTrials: console.hasTrialLine,
            isTyping: console.typedField != nil,
            // Where there is little room the tree shows only while somebody is in it.
            showsTree: console.size.columns >= 100 || console.list.pane == .tree)
    }

    private init(_ size: Size, hasBanner: Bool, hasTrials: Bool, isTyping: Bool, showsTree: Bool) {
        var rest = Rect(size)
        (header, rest) = rest.splitTop(1)
        (banner, rest) = rest.splitTop(hasBanner ? 1 : 0)
        (rest, hints) = rest.splitBottom(size.rows >= 12 ? 1 : 0)
        (rest, status) = rest.splitBottom(1)
        (rest, trials) = rest.splitBottom(hasTrials ? 1 : 0)
        (rest, input) = rest.splitBottom(isTyping ? 1 : 0)
        body = rest
        let width = !showsTree ? 0 : size.columns >= 140 ? 30 : size.columns >= 60 ? 24 : size.columns
        (tree, table) = rest.splitLeft(width)
    }
}

extension Console {
    /// Draws everything. Costs what is visible, not what is known.
    package func render() -> Canvas {
        var canvas = Canvas(size)
        guard size.columns >= Areas.minimum.columns, size.rows >= Areas.minimum.rows else {
            canvas.write("terminal too small", x: 0, y: 0, role: .warning, maxColumns: size.columns)
            canvas.write(
                "\(Areas.minimum.columns)x\(Areas.minimum.rows) at least", x: 0, y: 1, role: .muted,
                maxColumns: size.columns)
            return canvas
        }
        let areas = Areas(console: self)
        drawHeader(into: &canvas, areas.header)
        if let banner {
            canvas.statusLine(
                left: [StatusPart(banner, .statusDanger, importance: 0)], rect: areas.banner, role: .statusDanger)
        }
        switch screen {
        case .machines: drawMachines(into: &canvas, areas)
        case .machine(let id):
            detail?.draw(
                into: &canvas, rect: areas.body, fleet: fleet, events: events,
                staleAge: fleet.entry(id).flatMap(staleAge(of:)),
                owner: fleet.entry(id).flatMap { ownerName(of: $0.machine) }, zone: zone)
        case .host: host.draw(into: &canvas, rect: areas.body, links: links, fleet: fleet, now: now)
        case .events: events.draw(into: &canvas, rect: areas.body, zone: zone)
        case .resource(let resource): drawResource(resource, into: &canvas, areas.body)
        case .firewall(let owner): drawFirewall(owner, into: &canvas, areas.body)
        }
        if let field = typedField {
            canvas.write("/", x: areas.input.x, y: areas.input.y, role: .key)
            field.draw(into: &canvas, x: areas.input.x + 1, y: areas.input.y, columns: areas.input.columns - 1)
        }
        drawTrials(into: &canvas, areas.trials)
        drawStatus(into: &canvas, areas.status)
        drawHints(into: &canvas, areas.hints)
        drawOverlay(into: &canvas)
        return canvas
    }

    /// What has to be said as long as it is so.
    var banner: String? {
        switch connection {
        case .up: alertLine
        case .connecting: nil
        case .down(let since, let reason, let isMissing):
            "bayd cannot be reached for \(Format.age(seconds: Double(now.milliseconds(since: since)) / 1000))"
                + (isMissing
                    ? " · start it: systemctl start bayd, or bayd serve"
                        + (isListed ? " · what you see is from then" : "")
                    : (isListed ? ", what you see is from then" : "") + " · \(reason)")
        }
    }

    // MARK: Parts

    private func drawHeader(into canvas: inout Canvas, _ rect: Rect) {
        var left = [StatusPart([Span("Bay", .title)], importance: 0)]
        if info?.isDemo == true {
            left.append(StatusPart("DEMO", .statusWarning, importance: 0))
            left.append(StatusPart("simulated figures", .statusWarning, importance: 3))
        }
        if let host = info?.hypervisorURI, info?.isDemo != true { left.append(StatusPart(host, importance: 4)) }
        let counts = fleet.total
        left.append(StatusPart("\(counts.running)/\(counts.total) running", importance: 2))
        if counts.other > 0 {
            left.append(
                StatusPart("\(counts.other) need\(counts.other == 1 ? "s" : "") a look", .statusDanger, importance: 1))
        }
        if isFrozen { left.append(StatusPart("FROZEN", .statusWarning, importance: 1)) }
        var right = links.map { StatusPart([$0.statusSpan(now)], importance: 1) }
        if let info { right.append(StatusPart("\(info.actor) \(info.role.rawValue)", importance: 5)) }
        if case .down(let since, _, _) = connection {
            let age = Format.age(seconds: Double(now.milliseconds(since: since)) / 1000)
            right.append(StatusPart([Span("✗ bayd \(age)", .statusDanger)], importance: 1))
        }
        if case .connecting = connection { right.append(StatusPart("connecting", .statusWarning, importance: 1)) }
        canvas.statusLine(left: left, right: right, rect: rect)
    }

    private func drawMachines(into canvas: inout Canvas, _ areas: Areas) {
        if !areas.tree.isEmpty {
            let inner = canvas.box(
                areas.tree, title: "Departments", role: list.pane == .tree ? .focus : .border, focus: list.pane == .tree
            )
            list.tree.draw(into: &canvas, rect: inner, focus: list.pane == .tree)
        }
        list.table.draw(
            into: &canvas, rect: areas.table, focus: list.pane == .table,
            row: { place in
                let entry = fleet.entries[place]
                return MachineColumns.Row(entry: entry, staleAge: staleAge(of: entry))
            },
            cell: { row, column in
                MachineColumns.cell(row, column, fleet: fleet, filter: list.filter, zone: zone)
            })
        guard list.table.rows.isEmpty, areas.table.rows > 3 else { return }
        let text: String =
            if !isListed {
                switch connection {
                case .up: "Asking for machines …"
                case .connecting: "Connecting …"
                case .down: "Nothing is known yet: bayd has not answered."
                }
            } else if !list.filter.isEmpty {
                "No machine matches \"\(list.filter.source)\". Esc clears the filter."
            } else {
                info?.role == .user
                    ? "No machine is yours. An administrator gives you one: it appears here at once."
                    : list.scope == .all
                        ? "No machines. Define one with virsh or virt-install: it appears here at once."
                        : "No machines here. m moves one to a department."
            }
        _ = canvas.writeWrapped(
            text,
            in: Rect(
                x: areas.table.x + 2, y: areas.table.y + 2, columns: areas.table.columns - 3,
                rows: areas.table.rows - 2), role: .muted)
    }

    private func drawStatus(into canvas: inout Canvas, _ rect: Rect) {
        if let toast {
            return canvas.statusLine(
                left: [StatusPart(toast.text, toast.role, importance: 0)], rect: rect, role: toast.role)
        }
        canvas.statusLine(left: statusParts, rect: rect)
        // Keys that the line below has no room for stand where this one is empty.
        let more = moreHints
        guard !more.isEmpty else { return }
        canvas.on(.statusBar) {
            $0.hints(more, x: Self.moreHintsPlace(more, rect), y: rect.y, columns: KeyHint.width(more))
        }
    }

    private var statusParts: [StatusPart] {
        var left: [StatusPart] = []
        switch screen {
        case .machines:
            let scope: String =
                switch list.scope {
                case .all: "All machines"
                case .department(let id): fleet.departmentName(id)
                case .unmanaged: "Not adopted"
                }
            left.append(StatusPart("\(scope) · \(list.table.rows.count)", importance: 0))
            if isConnected, !isListed, fleet.presentCount > 0 {
                left.append(StatusPart("listing … \(listed.count)", .statusWarning, importance: 1))
            }
            if !list.filter.isEmpty {
                left.append(StatusPart("filter \(list.filter.source)", .statusWarning, importance: 1))
            }
            if !list.table.marks.isEmpty {
                left.append(StatusPart("\(list.table.marks.count) marked", .statusWarning, importance: 1))
            }
            if let reason = refusedHint { left.append(StatusPart(reason, importance: 4)) }
        case .machine(let id):
            let name = fleet.entry(id)?.machine.name ?? "gone"
            left.append(StatusPart("Machines › \(name)", importance: 0))
        case .host: left.append(StatusPart("Host", importance: 0))
        case .events: left.append(StatusPart("Events", importance: 0))
        case .resource(let resource): left.append(StatusPart(status(of: resource), importance: 0))
        case .firewall(let owner): left += status(of: owner)
        }
        if let run = bulk, run.isRunning {
            left.append(StatusPart("\(run.work.gerund) \(run.done)/\(run.count)", .statusWarning, importance: 1))
        }
        return left
    }

    /// The hints at the right of the status line. As long as little stands at the left of them they depend on the width
    /// alone, so that they do not change their places.
    var moreHints: [KeyHint] {
        guard overlay == nil, typedField == nil, toast == nil, size.rows >= 12 else { return [] }
        let used = statusParts.reduce(1) { $0 + $1.width + 2 }
        let room = min(size.columns * 3 / 4 - 1, size.columns - used - 1)
        return KeyHint.split(hints, columns: size.columns - 2, more: max(0, room)).more
    }

    static func moreHintsPlace(_ more: [KeyHint], _ status: Rect) -> Int {
        status.x + status.columns - 1 - KeyHint.width(more)
    }

    /// Why the machine under the cursor can be neither started nor stopped, where that is so.
    private var refusedHint: String? {
        guard let machine = targets.first, targets.count == 1, machine.refusal(.start) != nil,
            machine.refusal(.stop) != nil
        else { return nil }
        return machine.refusal(.start)
    }

    private func drawHints(into canvas: inout Canvas, _ rect: Rect) {
        guard !rect.isEmpty else { return }
        canvas.hints(hints, x: rect.x + 1, y: rect.y, columns: rect.columns - 2)
    }

    /// The key line. Keys keep their places, so that hands can learn them; what would be refused now is dimmed.
    var hints: [KeyHint] {
        if let overlay { return overlay.hints }
        if typedField != nil {
            return [KeyHint("Enter", "keep", importance: 0), KeyHint("Esc", "clear", importance: 0)]
        }
        let targets = targets
        return Binding.hints(
            in: context,
            isShown: { command in
                // Where all machines are Bay's own nothing can be adopted, and most hosts are like that.
                if command == .adopt { return fleet.unmanaged.total > 0 }
                // Among what the rules keep out there are no rules, and the other way round.
                let isBlocked = firewall?.isBlocked == true
                if command == .suggestedRule, !isBlocked { return false }
                if isBlocked, [.changeRule, .deleteRule].contains(command) { return false }
                // Who may only look at rules has no use for keys that change them.
                return !command.changesFirewall || refusal(needing: .admin) == nil
            },
            isPossible: { refusal($0, about: targets) == nil && !isIdle($0) })
    }

    /// Whether a key may be pressed and leads nowhere: the line has no room for it.
    private func isIdle(_ command: Command) -> Bool {
        switch command {
        case .back: !canGoBack
        case .mark: list.table.rows.isEmpty
        case .filter: screen == .machines && fleet.presentCount == 0
        case .sortNext where shownFirewall != nil: (firewall?.shown.rows.count ?? 0) < 2
        case .sortNext: (shownResource.flatMap { lists[$0]?.rows.count } ?? fleet.presentCount) < 2
        case .machines: screen == .machines
        case .host: screen == .host
        case .events: screen == .events
        case .users: screen == .resource(.users)
        case .templates: screen == .resource(.templates)
        case .networks: screen == .resource(.networks)
        case .jobs: screen == .resource(.jobs)
        case .errors: screen == .resource(.errors)
        case .applications: screen == .resource(.applications)
        default: false
        }
    }

    private func drawOverlay(into canvas: inout Canvas) {
        let bounds = overlayBounds
        switch overlay {
        case .dialog(let dialog, _): dialog.draw(into: &canvas, bounds: bounds)
        case .palette(let palette):
            palette.draw(into: &canvas, rect: place(of: palette))
        case .help(let scroller): drawHelp(into: &canvas, scroller)
        case .paste(let paste): paste.draw(into: &canvas, bounds: bounds, name: name(of: paste.owner))
        case nil: break
        }
    }

    func place(of palette: Palette) -> Rect {
        let columns = min(70, size.columns - 4)
        return Rect(
            x: (size.columns - columns) / 2, y: max(1, size.rows / 8), columns: columns,
            rows: min(palette.idealRows, min(size.rows - 2, overlayBounds.rows - 1)))
    }

    /// Where windows may lie: never over what goes back by itself if nobody sees it.
    var overlayBounds: Rect {
        let trials = Areas(console: self).trials
        return trials.isEmpty ? Rect(size) : Rect(size).splitTop(trials.y).top
    }

    /// Tells lists how many of their rows are in view.
    mutating func layOut() {
        let areas = Areas(console: self)
        list.table.height = max(1, areas.table.rows - 1)
        list.tree.height = max(1, areas.tree.rows - 2)
        events.scroller.height = max(1, EventList.parts(of: areas.body).list.rows - 3)
        for resource in Resource.allCases {
            if let rows = lists[resource]?.tableRect(in: areas.body).rows { lists[resource]?.height = max(1, rows - 1) }
        }
        if let rows = firewall?.shown.tableRect(in: FirewallView.parts(of: areas.body).list).rows {
            firewall?.shown.height = max(1, rows - 1)
        }
        detail?.scroller.height = max(1, areas.body.rows / 4)
    }
}

extension LinkState {
    /// The hypervisor by the name that its administrators know.
    var name: String { link == .hypervisor ? "libvirt" : link.rawValue }

    /// The light in the header: glyph, name, and the age when it is not up.
    func statusSpan(_ now: Timestamp) -> Span {
        switch state {
        case .up: return Span("● \(name)", .statusGood)
        case .connecting: return Span("◌ \(name)", .statusWarning)
        case .down:
            return Span(
                "✗ \(name) \(Format.age(seconds: Double(now.milliseconds(since: since)) / 1000))", .statusDanger)
        }
    }
}
