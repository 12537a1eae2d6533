import Core

/// The columns of the list of machines, as data: titles, widths, what a narrow screen drops first, and what is drawn.
enum MachineColumns {
    static let all: [TableColumn] = [
        TableColumn("name", "NAME", importance: 0, minimum: 12, ideal: 22, maximum: 32),
        TableColumn("state", "STATE", importance: 0, minimum: 11, ideal: 11, maximum: 11),
        TableColumn("department", "DEPARTMENT", importance: 5, minimum: 10, ideal: 14, maximum: 22),
        TableColumn("cpu", "CPU%", alignment: .right, importance: 1, minimum: 5, ideal: 5, maximum: 5),
        TableColumn("trend", "TREND", importance: 3, minimum: 8, ideal: 8, maximum: 8, sortable: false),
        TableColumn("wait", "WAIT", alignment: .right, importance: 6, minimum: 5, ideal: 5, maximum: 5),
        TableColumn("memory", "MEM", alignment: .right, importance: 2, minimum: 9, ideal: 10, maximum: 10),
        TableColumn("network", "NET", alignment: .right, importance: 4, minimum: 7, ideal: 7, maximum: 7),
        TableColumn("disk", "DISK", alignment: .right, importance: 4, minimum: 7, ideal: 7, maximum: 7),
        TableColumn("vcpus", "vCPU", alignment: .right, importance: 7, minimum: 5, ideal: 5, maximum: 5),
        TableColumn("os", "OS", importance: 8, minimum: 8, ideal: 11, maximum: 14),
        TableColumn("ip", "IP", importance: 9, minimum: 15, ideal: 15, maximum: 15),
    ]

    /// A figure older than this is stale: two periods of the passes over everything.
    static let staleAfter: Int64 = 11_000

    static func cell(
        _ place: Int, _ column: TableColumn, fleet: Fleet, filter: FleetFilter, now: Timestamp, isFrozen: Bool
    ) -> TableCell {
        let entry = fleet.entries[place]
        let machine = entry.machine
        let figures = entry.sample?.figures
        let age = entry.sample.map { now.milliseconds(since: $0.at) } ?? 0
        let isStale = age > staleAfter && !isFrozen
        let role: Role = isStale ? .stale : .text
        switch column.id {
        case "name": return .text(machine.name, machine.hasDomain == false ? .danger : .text)
        case "state": return .spans(state(entry))
        case "department":
            return machine.isManaged
                ? .text(fleet.departmentName(machine.departmentID), .muted) : .text("not adopted", .warning)
        case "cpu":
            // A stale figure carries its age in place of a trend; here it is only dimmed.
            return .text(Format.percent(figures?.cpuPercent), isStale ? .stale : load(figures?.cpuPercent, 75, 92))
        case "trend":
            if isStale { return .text("\(Format.age(seconds: Double(age) / 1000)) old", .stale) }
            return .sparkline(entry.trend.map { $0.isNaN ? nil : Double($0) }, maximum: 100, .graphLow)
        case "wait":
            return .text(
                Format.percent(figures?.vcpuWaitPercent), isStale ? .stale : load(figures?.vcpuWaitPercent, 5, 20))
        case "memory":
            guard let used = figures?.memoryUsedMiB else { return .text(Format.missing, .muted) }
            let total = figures?.memoryTotalMiB.map { "/" + Format.mebibytes($0) } ?? ""
            return .text(Format.mebibytes(used) + total, role)
        case "network": return .text(rate(entry.value(.network)), role)
        case "disk": return .text(rate(entry.value(.disk)), role)
        case "vcpus": return .text(machine.cpuCores == 0 ? Format.missing : String(machine.cpuCores), .muted)
        case "os": return .text(machine.os, .muted)
        case "ip": return .text(machine.localIP ?? Format.missing, .muted)
        default: return .text("", .text)
        }
    }

    private static func rate(_ value: Double?) -> String { value == nil ? Format.missing : Format.rate(value) }

    private static func load(_ value: Double?, _ high: Double, _ critical: Double) -> Role {
        guard let value else { return .muted }
        return value >= critical ? .danger : value >= high ? .warning : .text
    }

    /// A glyph and a word besides the colour, which not everybody sees.
    static func state(_ entry: Fleet.Entry) -> [Span] {
        if let pending = entry.pending { return [Span("◌ ", .accent), Span(pending, .accent)] }
        if entry.machine.hasDomain == false { return [Span("✗ ", .danger), Span("no domain", .danger)] }
        return state(entry.machine.status)
    }

    static func state(_ status: MachineStatus) -> [Span] {
        switch status {
        case .running: [Span("● ", .good), Span("running", .good)]
        case .suspended: [Span("◐ ", .warning), Span("suspended", .warning)]
        case .off: [Span("○ ", .muted), Span("off", .muted)]
        case .failed: [Span("✗ ", .danger), Span("failed", .danger)]
        case .errorHardwareUpdate: [Span("✗ ", .danger), Span("hw error", .danger)]
        case .building: [Span("◌ ", .accent), Span("building", .accent)]
        case .updatingHardware, .poweringOffUpdate: [Span("◌ ", .accent), Span("hw update", .accent)]
        }
    }
}
