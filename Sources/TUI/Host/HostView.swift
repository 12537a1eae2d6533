package import Core

/// The host: what it is, what it has left, and whether everything that Bay leans on can be reached.
package struct HostView: Equatable, Sendable {
    package private(set) var info: HostInfo?
    package private(set) var asOf: Timestamp?
    private var cpu: [Double?] = []
    private var memory: [Double?] = []

    package init() {}

    package mutating func take(_ info: HostInfo?, at now: Timestamp) {
        guard let info else { return }
        self.info = info
        asOf = now
        cpu = (cpu + [info.cpuPercent]).suffix(MachineDetail.points)
        memory = (memory + [info.memoryFreeMiB.map { Double(info.memoryMiB - $0) }]).suffix(MachineDetail.points)
    }

    package func draw(into canvas: inout Canvas, rect: Rect, links: [LinkState], fleet: Fleet, now: Timestamp) {
        let parts = parts(of: rect)
        drawHost(into: &canvas, rect: parts.host, fleet: fleet, now: now)
        drawLinks(into: &canvas, rect: parts.links, links: links, now: now)
        if !parts.pools.isEmpty { drawPools(into: &canvas, rect: parts.pools) }
        if !parts.graphs.isEmpty { drawGraphs(into: &canvas, rect: parts.graphs) }
        if !parts.busiest.isEmpty { drawBusiest(into: &canvas, rect: parts.busiest, fleet: fleet) }
    }

    private struct Parts {
        var host, links, pools, graphs, busiest: Rect
    }

    /// Facts have the lines that they need; what is left over is for graphs and for the busiest machines.
    private func parts(of rect: Rect) -> Parts {
        let lights = LinkState.Link.allCases.count + 2
        let none = rect.splitTop(0).top
        let poolRows = max(3, (info?.pools.count ?? 0) + 2)
        if rect.columns >= 100 {
            let (left, right) = rect.splitLeft(rect.columns / 2)
            let (host, graphs) = left.splitTop(Self.factRows + 2)
            let (links, rest) = right.splitTop(min(right.rows, lights))
            let (pools, busiest) = rest.splitTop(rest.rows >= poolRows + 5 ? poolRows : rest.rows)
            return Parts(host: host, links: links, pools: pools, graphs: graphs, busiest: busiest)
        }
        let (host, below) = rect.splitTop(min(Self.factRows + 2, rect.rows / 2))
        let (links, rest) = below.splitTop(min(below.rows, lights))
        guard rest.rows >= poolRows + 10 else {
            return Parts(host: host, links: links, pools: rest, graphs: none, busiest: none)
        }
        let (pools, more) = rest.splitTop(poolRows)
        let (graphs, busiest) = more.splitTop(more.rows / 2)
        return Parts(host: host, links: links, pools: pools, graphs: graphs, busiest: busiest)
    }

    private static let factRows = 8

    private func drawHost(into canvas: inout Canvas, rect: Rect, fleet: Fleet, now: Timestamp) {
        let inner = canvas.box(rect, title: info.map { "Host \($0.hostname)" } ?? "Host", focus: true)
        guard let info else {
            canvas.write(
                "The host has not answered yet.", x: inner.x + 1, y: inner.y, role: .muted,
                maxColumns: inner.columns - 1)
            return
        }
        let used = info.memoryFreeMiB.map { Double(info.memoryMiB - $0) }
        let lines: [(String, String)] = [
            ("CPU", "\(info.cpus) × \(info.cpuModel)" + (info.cpuMHz > 0 ? " at \(info.cpuMHz) MHz" : "")),
            ("CPU used", Format.percent(info.cpuPercent)),
            (
                "Memory",
                used.map { "\(Format.mebibytes($0)) of \(Format.mebibytes(Double(info.memoryMiB))) used" }
                    ?? "\(Format.mebibytes(Double(info.memoryMiB)))"
            ),
            ("Given out", Self.given(fleet, info)),
            ("Hypervisor", info.hypervisorVersion), ("libvirt", info.libvirtVersion), ("Connection", info.uri),
            ("As of", asOf.map { Format.age(seconds: Double(now.milliseconds(since: $0)) / 1000) + " ago" } ?? ""),
        ]
        for (line, (name, value)) in lines.enumerated() where line < inner.rows {
            canvas.write(name, x: inner.x + 1, y: inner.y + line, role: .muted, maxColumns: 12)
            canvas.write(value, x: inner.x + 14, y: inner.y + line, maxColumns: inner.columns - 14)
        }
    }

    private func drawGraphs(into canvas: inout Canvas, rect: Rect) {
        let memoryTotal = Double(info?.memoryMiB ?? 0)
        // Not every hypervisor tells how much memory is free.
        let showsMemory = memoryTotal > 0 && memory.contains { $0 != nil } && rect.rows >= 10
        let (top, bottom) = rect.splitTop(showsMemory ? rect.rows / 2 : rect.rows)
        let inner = canvas.box(top, title: "CPU  \(Format.percent(info?.cpuPercent))")
        Graph(cpu, maximum: 100).draw(into: &canvas, rect: inner) { Format.percent($0) }
        guard showsMemory else { return }
        let used = memory.last.flatMap { $0 }
        let below = canvas.box(
            bottom, title: "Memory  \(Format.mebibytes(used)) of \(Format.mebibytes(memoryTotal)) used")
        Graph(memory, maximum: memoryTotal, graded: false).draw(into: &canvas, rect: below) { Format.mebibytes($0) }
    }

    /// The machines that take most of the host's processors now: who looks at a busy host asks for them first.
    private func drawBusiest(into canvas: inout Canvas, rect: Rect, fleet: Fleet) {
        let inner = canvas.box(rect, title: "Busiest machines")
        let count = max(0, inner.rows - 1)
        let bar = max(6, min(24, inner.columns - 60))
        let places = (name: inner.x + 1, department: inner.x + 22, bar: inner.x + 39, cpu: inner.x + 40 + bar)
        canvas.fill(Rect(x: inner.x, y: inner.y, columns: inner.columns, rows: 1), .header)
        canvas.write("NAME", x: places.name, y: inner.y, role: .header)
        canvas.write("DEPARTMENT", x: places.department, y: inner.y, role: .header)
        canvas.write("CPU", x: places.bar, y: inner.y, role: .header)
        canvas.writeField("MEM", x: places.cpu + 7, y: inner.y, columns: 10, role: .header, alignment: .right)
        let busiest = Self.busiest(fleet, count)
        if busiest.isEmpty {
            canvas.write("No figures yet.", x: places.name, y: inner.y + 1, role: .muted)
        }
        for (line, (entry, cpu)) in busiest.enumerated() {
            let y = inner.y + 1 + line
            let figures = entry.sample?.figures
            canvas.writeField(entry.machine.name, x: places.name, y: y, columns: 20)
            canvas.writeField(
                entry.machine.isManaged ? fleet.departmentName(entry.machine.departmentID) : "not adopted",
                x: places.department, y: y, columns: 16, role: .muted)
            let role: Role = cpu >= 92 ? .danger : cpu >= 75 ? .warning : .graphLow
            Bar.draw(cpu / 100, into: &canvas, x: places.bar, y: y, columns: bar, role: role)
            canvas.writeField(
                Format.percent(cpu), x: places.cpu, y: y, columns: 6, role: role == .graphLow ? .text : role,
                alignment: .right)
            let used = figures?.memoryUsedMiB.map { Format.mebibytes($0) } ?? Format.missing
            canvas.writeField(
                used + (figures?.memoryTotalMiB.map { "/" + Format.mebibytes($0) } ?? ""), x: places.cpu + 7, y: y,
                columns: 10, alignment: .right)
        }
    }

    /// The most of all that is measured, without bringing the others into order.
    private static func busiest(_ fleet: Fleet, _ count: Int) -> [(Fleet.Entry, Double)] {
        var found: [(Fleet.Entry, Double)] = []
        for entry in fleet.entries where entry.isPresent && entry.machine.status == .running {
            guard let cpu = entry.sample?.figures.cpuPercent, found.count < count || cpu > found.last?.1 ?? 0 else {
                continue
            }
            let place = found.firstIndex { $0.1 < cpu } ?? found.count
            found.insert((entry, cpu), at: place)
            if found.count > count { found.removeLast() }
        }
        return found
    }

    /// What running machines were promised of the host: more than it has is common, and worth knowing.
    private static func given(_ fleet: Fleet, _ info: HostInfo) -> String {
        var cores = 0
        var memory = 0.0
        for entry in fleet.entries where entry.isPresent && entry.machine.status == .running {
            cores += entry.machine.cpuCores
            memory += entry.sample?.figures.memoryTotalMiB ?? Double(entry.machine.ramGB) * 1024
        }
        let each = info.cpus > 0 ? " (\(Format.decimal(Double(cores) / Double(info.cpus), places: 1)) a CPU)" : ""
        let share = info.memoryMiB > 0 ? " (\(Format.percent(memory * 100 / Double(info.memoryMiB))))" : ""
        return "\(cores) vCPU\(each), \(Format.mebibytes(memory)) memory\(share) to \(fleet.total.running) machines"
    }

    private func drawLinks(into canvas: inout Canvas, rect: Rect, links: [LinkState], now: Timestamp) {
        let inner = canvas.box(rect, title: "Links")
        for (line, link) in links.enumerated() where line < inner.rows {
            let y = inner.y + line
            let age = Format.age(seconds: Double(now.milliseconds(since: link.since)) / 1000)
            var x = canvas.write(link.light, x: inner.x + 1, y: y, maxColumns: inner.columns - 2)
            x = canvas.write(" for \(age)", x: x, y: y, role: .muted, maxColumns: inner.x + inner.columns - x)
            if let reason = link.reason {
                canvas.write("  \(reason)", x: x, y: y, role: .warning, maxColumns: inner.x + inner.columns - x)
            }
        }
        if links.isEmpty {
            canvas.write(
                "not known while bayd cannot be reached", x: inner.x + 1, y: inner.y, role: .stale,
                maxColumns: inner.columns - 1)
        }
    }

    private func drawPools(into canvas: inout Canvas, rect: Rect) {
        let inner = canvas.box(rect, title: "Storage pools")
        for (line, pool) in (info?.pools ?? []).enumerated() where line < inner.rows {
            let y = inner.y + line
            canvas.writeField(pool.name, x: inner.x + 1, y: y, columns: 16, role: pool.isActive ? .text : .muted)
            guard pool.isActive, pool.capacityBytes > 0 else {
                canvas.write("not active", x: inner.x + 18, y: y, role: .warning, maxColumns: inner.columns - 18)
                continue
            }
            let share = Double(pool.capacityBytes - pool.availableBytes) / Double(pool.capacityBytes)
            let role: Role = share > 0.95 ? .danger : share > 0.85 ? .warning : .graphLow
            Bar.draw(share, into: &canvas, x: inner.x + 18, y: y, columns: 16, role: role)
            let text =
                " \(Format.percent(share * 100)) of \(Format.bytes(Double(pool.capacityBytes))), \(Format.bytes(Double(pool.availableBytes))) free"
            canvas.write(text, x: inner.x + 34, y: y, role: .muted, maxColumns: inner.columns - 34)
        }
        if info?.pools.isEmpty == true { canvas.write("none", x: inner.x + 1, y: inner.y, role: .muted) }
    }
}

extension LinkState {
    /// Glyph, name and word: a light that is not told by its colour alone.
    var light: [Span] {
        let (glyph, role): (String, Role) =
            switch state {
            case .up: ("●", .good)
            case .connecting: ("◌", .warning)
            case .down: ("✗", .danger)
            }
        return [Span(glyph + " ", role), Span("\(name) \(state.rawValue)", role)]
    }
}
