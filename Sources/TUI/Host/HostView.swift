package import Core

/// The host: what it is, what it has left, and whether everything that Bay leans on can be reached.
package struct HostView: Equatable, Sendable {
    package private(set) var info: HostInfo?
    package private(set) var asOf: Timestamp?
    private var cpu: [Double?] = []

    package init() {}

    package mutating func take(_ info: HostInfo?, at now: Timestamp) {
        guard let info else { return }
        self.info = info
        asOf = now
        cpu = (cpu + [info.cpuPercent]).suffix(240)
    }

    package func draw(into canvas: inout Canvas, rect: Rect, links: [LinkState], now: Timestamp) {
        let isWide = rect.columns >= 100
        let (left, right) =
            isWide
            ? rect.splitLeft(rect.columns / 2) : (rect.splitTop(rect.rows / 2).top, rect.splitTop(rect.rows / 2).rest)
        drawHost(into: &canvas, rect: left, now: now)
        let (lights, pools) = right.splitTop(min(right.rows, LinkState.Link.allCases.count + 2))
        drawLinks(into: &canvas, rect: lights, links: links, now: now)
        if !pools.isEmpty { drawPools(into: &canvas, rect: pools) }
    }

    private func drawHost(into canvas: inout Canvas, rect: Rect, now: Timestamp) {
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
            ("Hypervisor", info.hypervisorVersion), ("libvirt", info.libvirtVersion), ("Connection", info.uri),
            ("As of", asOf.map { Format.age(seconds: Double(now.milliseconds(since: $0)) / 1000) + " ago" } ?? ""),
        ]
        for (line, (name, value)) in lines.enumerated() where line < inner.rows {
            canvas.write(name, x: inner.x + 1, y: inner.y + line, role: .muted, maxColumns: 12)
            canvas.write(value, x: inner.x + 14, y: inner.y + line, maxColumns: inner.columns - 14)
        }
        let graph = inner.splitTop(lines.count + 1).rest
        if graph.rows >= 3 {
            canvas.write("CPU of the host", x: graph.x + 1, y: graph.y, role: .muted)
            Graph(cpu, maximum: 100).draw(
                into: &canvas,
                rect: Rect(x: graph.x + 1, y: graph.y + 1, columns: graph.columns - 2, rows: min(8, graph.rows - 1))
            ) { Format.percent($0) }
        }
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
