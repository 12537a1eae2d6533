package import Core

/// One machine: what it is, its live graphs, and its snapshots.
package struct MachineDetail: Equatable, Sendable {
    package static let points = 600

    package let id: Machine.ID
    package var history = FigureSeries()
    package private(set) var snapshots: [SnapshotTree.Node] = []
    /// Nil until the server has answered.
    package private(set) var snapshotNote: String?
    package var scroller = Scroller()

    package init(_ id: Machine.ID) { self.id = id }

    package var selected: Snapshot? {
        snapshots.indices.contains(scroller.index) ? snapshots[scroller.index].snapshot : nil
    }

    package mutating func take(_ samples: [FiguresSample]) {
        guard let sample = samples.last(where: { $0.machine == id }),
            sample.at > history.at.last ?? Timestamp(milliseconds: 0)
        else { return }
        history.append(sample, limit: Self.points)
    }

    package mutating func take(_ list: [Snapshot], _ outcome: Outcome) {
        let name = selected?.name
        snapshots = SnapshotTree(list).nodes
        snapshotNote = outcome.success ? "" : outcome.message
        scroller.setCount(snapshots.count)
        if let name, let index = snapshots.firstIndex(where: { $0.snapshot.name == name }) { scroller.select(index) }
    }

    mutating func failed(_ purpose: Console.Purpose, _ reason: String) {
        if case .snapshots = purpose { snapshotNote = reason }
    }

    // MARK: Drawing

    package func draw(
        into canvas: inout Canvas, rect: Rect, fleet: Fleet, events: EventList, staleAge: Int64?, owner: String? = nil,
        zone: Zone = .utc
    ) {
        guard let entry = fleet.entry(id) else {
            let inner = canvas.box(rect, title: "Machine", focus: true)
            canvas.write("This machine is gone. Esc goes back.", x: inner.x + 1, y: inner.y, role: .muted)
            return
        }
        if rect.columns >= 100 {
            let (left, right) = rect.splitLeft(min(80, rect.columns * 2 / 5))
            let (top, bottom) = left.splitTop(min(14, left.rows / 2))
            drawOverview(into: &canvas, rect: top, entry, fleet, staleAge, owner, zone, isSmall: false)
            let (snapshots, history) = bottom.splitTop(bottom.rows >= 16 ? bottom.rows / 2 : bottom.rows)
            drawSnapshots(into: &canvas, rect: snapshots, zone)
            if !history.isEmpty { drawEvents(into: &canvas, rect: history, events, zone) }
            drawGraphs(into: &canvas, rect: right, entry)
        } else {
            let (top, rest) = rect.splitTop(rect.rows >= 18 ? 7 : 4)
            drawOverview(into: &canvas, rect: top, entry, fleet, staleAge, owner, zone, isSmall: true)
            let (graphs, bottom) = rest.splitTop(rest.rows * 3 / 5)
            drawGraphs(into: &canvas, rect: graphs, entry)
            drawSnapshots(into: &canvas, rect: bottom, zone)
        }
    }

    private func drawOverview(
        into canvas: inout Canvas, rect: Rect, _ entry: Fleet.Entry, _ fleet: Fleet, _ staleAge: Int64?,
        _ owner: String?, _ zone: Zone, isSmall: Bool
    ) {
        let machine = entry.machine
        let inner = canvas.box(rect, title: machine.name)
        let state = MachineColumns.state(entry) + staleNote(staleAge) + (isSmall ? figuresNote(entry, staleAge) : [])
        // Where the address has no line of its own it stands behind the system.
        let address = inner.rows < 6 ? machine.localIP.map { " at \($0)" } ?? "" : ""
        let system = (machine.os.isEmpty ? Format.missing : machine.os) + address
        let lines: [(String, [Span])] = [
            ("State", state),
            (
                "Department",
                [Span(machine.isManaged ? fleet.departmentName(machine.departmentID) : "not adopted: A adopts it")]
            ),
            ("User", [owner.map { Span($0) } ?? Span(machine.isManaged ? "nobody" : Format.missing, .muted)]),
            ("Hardware", [Span(hardware(machine, entry))]),
            ("System", [Span(system)]),
            ("Address", [Span(machine.localIP ?? Format.missing)]),
            ("Domain", [Span(machine.internalName)]),
            ("Id", [Span(machine.id.rawValue, .muted)]),
            ("Since", [Span(machine.createdAt.map { zone.date($0) } ?? Format.missing, .muted)]),
        ]
        for (line, (name, spans)) in lines.enumerated() where line < inner.rows {
            canvas.write(name, x: inner.x + 1, y: inner.y + line, role: .muted, maxColumns: 11)
            canvas.write(spans, x: inner.x + 13, y: inner.y + line, maxColumns: inner.columns - 13)
        }
    }

    /// The figures whose graphs have no room on a small screen.
    private func figuresNote(_ entry: Fleet.Entry, _ staleAge: Int64?) -> [Span] {
        guard let figures = entry.sample?.figures else { return [] }
        var parts: [String] = []
        if let used = figures.memoryUsedMiB {
            parts.append("memory \(Format.mebibytes(used)) of \(Format.mebibytes(figures.memoryTotalMiB))")
        }
        if let network = entry.value(.network) { parts.append("net \(Format.rate(network))") }
        if let disk = entry.value(.disk) { parts.append("disk \(Format.rate(disk))") }
        return parts.isEmpty ? [] : [Span(" · " + parts.joined(separator: " · "), staleAge == nil ? .text : .stale)]
    }

    private func staleNote(_ age: Int64?) -> [Span] {
        age.map { [Span("  figures \(Format.age(seconds: Double($0) / 1000)) old", .stale)] } ?? []
    }

    private func hardware(_ machine: Machine, _ entry: Fleet.Entry) -> String {
        var parts: [String] = []
        if machine.cpuCores > 0 { parts.append("\(machine.cpuCores) vCPU") }
        if machine.ramGB > 0 { parts.append("\(machine.ramGB) GB memory") }
        if machine.diskSizeGB > 0 { parts.append("\(machine.diskSizeGB) GB disk") }
        if let card = machine.gpuAddress { parts.append("card \(card)") }
        return parts.isEmpty ? Format.missing : parts.joined(separator: ", ")
    }

    private func drawGraphs(into canvas: inout Canvas, rect: Rect, _ entry: Fleet.Entry) {
        let figures = entry.sample?.figures
        let panes: [(String, String, Graph, @Sendable (Double) -> String)] = [
            (
                "CPU", "\(Format.percent(figures?.cpuPercent)) · wait \(Format.percent(figures?.vcpuWaitPercent))",
                Graph(history.cpu, second: history.wait, maximum: 100), { Format.percent($0) }
            ),
            (
                "Memory",
                "\(Format.mebibytes(figures?.memoryUsedMiB)) of \(Format.mebibytes(figures?.memoryTotalMiB)) · balloon \(Format.mebibytes(figures?.balloonMiB))",
                Graph(history.memory, maximum: figures?.memoryTotalMiB, floor: 64, graded: false),
                { Format.mebibytes($0) }
            ),
            (
                "Disk", "read \(Format.rate(figures?.diskRead)) · write \(Format.rate(figures?.diskWrite))",
                Graph(history.diskRead, second: history.diskWrite, arrangement: .mirrored, floor: 1024, graded: false),
                { Format.rate($0) }
            ),
            (
                "Network", "in \(Format.rate(figures?.networkReceived)) · out \(Format.rate(figures?.networkSent))",
                Graph(history.received, second: history.sent, arrangement: .mirrored, floor: 1024, graded: false),
                { Format.rate($0) }
            ),
        ]
        // Two by two where there is room, else as many below one another as keep three rows each.
        let isGrid = rect.columns >= 64 && rect.rows >= 8
        let columns = isGrid ? 2 : 1
        let rows = isGrid ? 2 : min(panes.count, max(1, rect.rows / 4))
        for (index, pane) in panes.prefix(rows * columns).enumerated() {
            let width = rect.columns / columns
            let height = rect.rows / rows
            let x = rect.x + index % columns * width
            let y = rect.y + index / columns * height
            let isLast = index / columns == rows - 1
            let frame = Rect(
                x: x, y: y, columns: index % columns == columns - 1 ? rect.x + rect.columns - x : width,
                rows: isLast ? rect.y + rect.rows - y : height)
            let inner = canvas.box(frame, title: "\(pane.0)  \(pane.1)")
            pane.2.draw(into: &canvas, rect: inner, label: pane.3)
        }
    }

    private func drawEvents(into canvas: inout Canvas, rect: Rect, _ events: EventList, _ zone: Zone) {
        let inner = canvas.box(rect, title: "What happened")
        let newest = events.newest(of: id.rawValue, inner.rows)
        if newest.isEmpty { canvas.write("Nothing that is known.", x: inner.x + 1, y: inner.y, role: .muted) }
        for (line, event) in newest.enumerated() {
            let x = canvas.write(zone.dateAndTime(event.at), x: inner.x + 1, y: inner.y + line, role: .muted) + 2
            canvas.write(
                event.message, x: x, y: inner.y + line, role: events.role(event),
                maxColumns: inner.x + inner.columns - x)
        }
    }

    private func drawSnapshots(into canvas: inout Canvas, rect: Rect, _ zone: Zone) {
        let inner = canvas.box(
            rect, title: snapshots.isEmpty ? "Snapshots" : "Snapshots \(snapshots.count)", focus: true)
        guard inner.rows > 0 else { return }
        if let note = snapshotNote, !note.isEmpty {
            canvas.write(note, x: inner.x + 1, y: inner.y, role: .danger, maxColumns: inner.columns - 1)
        } else if snapshots.isEmpty {
            let text = snapshotNote == nil ? "…" : "None. c takes one."
            canvas.write(text, x: inner.x + 1, y: inner.y, role: .muted, maxColumns: inner.columns - 1)
        }
        let visible = scroller.visible(in: inner.rows)
        for (line, index) in visible.enumerated() {
            let node = snapshots[index]
            let y = inner.y + line
            var x = canvas.write(branches(to: index), x: inner.x + 1, y: y, role: .muted, maxColumns: inner.columns - 1)
            x = canvas.write(node.snapshot.name, x: x, y: y, maxColumns: inner.x + inner.columns - x)
            if node.snapshot.isCurrent {
                x = canvas.write("  ◀ you are here", x: x, y: y, role: .accent, maxColumns: inner.x + inner.columns - x)
            }
            let details =
                "  \(zone.dateAndTime(node.snapshot.createdAt).prefix(16))  \(node.snapshot.state)"
                + (node.snapshot.description.map { "  " + $0 } ?? "")
            canvas.write(details, x: x, y: y, role: .muted, maxColumns: inner.x + inner.columns - x)
            if index == scroller.index {
                canvas.restyle(Rect(x: inner.x, y: y, columns: inner.columns, rows: 1), .selected)
            }
        }
    }
}

extension MachineDetail {
    /// The lines of the tree in front of a snapshot; a chain deeper than that is drawn no further to the right.
    private func branches(to index: Int) -> String {
        let depth = snapshots[index].depth
        guard depth > 0 else { return "" }
        var text = snapshots[index].isLast ? "└ " : "├ "
        var wanted = depth - 1
        // Upwards: of each level above, the nearest node is the ancestor.
        for node in snapshots[..<index].reversed() where wanted > 0 && node.depth == wanted {
            text = (node.isLast ? "  " : "│ ") + text
            wanted -= 1
        }
        return String(text.suffix(16))
    }
}

extension FigureSeries {
    mutating func append(_ sample: FiguresSample, limit: Int) {
        let figures = sample.figures
        at = (at + [sample.at]).suffix(limit)
        cpu = (cpu + [figures.cpuPercent]).suffix(limit)
        wait = (wait + [figures.vcpuWaitPercent]).suffix(limit)
        memory = (memory + [figures.memoryUsedMiB]).suffix(limit)
        balloon = (balloon + [figures.balloonMiB]).suffix(limit)
        diskRead = (diskRead + [figures.diskRead]).suffix(limit)
        diskWrite = (diskWrite + [figures.diskWrite]).suffix(limit)
        received = (received + [figures.networkReceived]).suffix(limit)
        sent = (sent + [figures.networkSent]).suffix(limit)
    }
}
