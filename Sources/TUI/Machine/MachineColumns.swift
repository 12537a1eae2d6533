import Core

/// The columns of the list of machines, as data: titles, widths, what a narrow screen drops first, and what is drawn.
enum MachineColumns {
    /// Their order and roles change colours as seldom as they can: each change is some ten bytes for each row on the wire.
    static let all: [TableColumn] = [
        TableColumn("name", "NAME", importance: 0, minimum: 12, ideal: 20, maximum: 32),
        TableColumn("department", "DEPARTMENT", importance: 5, minimum: 10, ideal: 14, maximum: 20),
        TableColumn("state", "STATE", importance: 0, minimum: 11, ideal: 11, maximum: 13),
        TableColumn("trend", "TREND", importance: 3, minimum: 7, ideal: 7, maximum: 8, sortable: false),
        TableColumn("cpu", "CPU%", alignment: .right, importance: 1, minimum: 5, ideal: 5, maximum: 5),
        TableColumn("wait", "WAIT%", alignment: .right, importance: 6, minimum: 5, ideal: 5, maximum: 5),
        TableColumn("memory", "MEM", alignment: .right, importance: 2, minimum: 9, ideal: 9, maximum: 10),
        TableColumn("network", "NET/s", alignment: .right, importance: 4, minimum: 6, ideal: 6, maximum: 7),
        TableColumn("disk", "DISK/s", alignment: .right, importance: 4, minimum: 6, ideal: 6, maximum: 7),
        TableColumn("vcpus", "vCPU", alignment: .right, importance: 7, minimum: 4, ideal: 5, maximum: 5),
        TableColumn("size", "SIZE", alignment: .right, importance: 11, minimum: 5, ideal: 6, maximum: 6),
        TableColumn("os", "OS", importance: 8, minimum: 8, ideal: 11, maximum: 14),
        TableColumn("ip", "IP", importance: 9, minimum: 15, ideal: 15, maximum: 15),
        TableColumn("domain", "DOMAIN", importance: 10, minimum: 10, ideal: 16, maximum: 30),
        TableColumn("created", "CREATED", importance: 12, minimum: 10, ideal: 10, maximum: 10),
    ]

    /// Shown unless somebody chooses otherwise.
    static let standard = all.filter { !["size", "domain", "created"].contains($0.id) }

    /// Columns by their ids, in the order of `all`; the name is always among them.
    static func named(_ ids: Set<String>) -> [TableColumn] { all.filter { $0.id == "name" || ids.contains($0.id) } }

    /// What is shown of a machine.
    struct Row {
        var entry: Fleet.Entry
        /// The age of the figures in milliseconds when they are older than they should be.
        var staleAge: Int64?
    }

    /// What stands in a row under a column.
    static func cell(
        _ row: Row, _ column: TableColumn, fleet: Fleet, filter: MachineFilter, zone: Zone = .utc
    ) -> TableCell {
        let entry = row.entry
        let machine = entry.machine
        let figures = entry.sample?.figures
        let isStale = row.staleAge != nil
        let role: Role = isStale ? .stale : .text
        // A machine that is off has no figures, and says so by its state. One that runs shows a mark until they come.
        let missing: TableCell = figures == nil ? .text("") : .text(Format.missing, .muted)
        switch column.id {
        case "name":
            return .spans(highlighted(machine.name, filter, machine.hasDomain == false ? .danger : .text))
        case "state": return .spans(state(entry))
        case "department":
            return machine.isManaged
                ? .text(fleet.departmentName(machine.departmentID)) : .text("not adopted", .warning)
        case "cpu":
            guard figures == nil else { return share(figures?.cpuPercent, isStale, high: 75, critical: 92) }
            return machine.status == .running ? .text(Format.missing + " ", .muted) : .text("")
        case "trend":
            // A stale figure carries its age in place of a trend.
            if let staleAge = row.staleAge {
                return .text("\(Format.age(seconds: Double(staleAge) / 1000)) old", .stale)
            }
            if entry.trend.isEmpty { return .text("", .muted) }
            return .sparkline(entry.trend.percents(Trend.capacity), maximum: 100, .good)
        case "wait":
            return figures == nil ? missing : share(figures?.vcpuWaitPercent, isStale, high: 5, critical: 20)
        case "memory":
            guard let used = figures?.memoryUsedMiB else { return missing }
            let total = figures?.memoryTotalMiB.map { "/" + Format.mebibytes($0) } ?? ""
            return .text(Format.mebibytes(used) + total, role)
        case "network": return entry.value(.network).map { rate($0, role) } ?? missing
        case "disk": return entry.value(.disk).map { rate($0, role) } ?? missing
        case "vcpus": return number(machine.cpuCores, "")
        case "size": return number(machine.diskSizeGB, "G")
        case "os": return .text(machine.os)
        case "ip": return .text(machine.localIP ?? "")
        case "domain": return .text(machine.internalName, .muted)
        case "created":
            return .text(machine.createdAt.map { zone.date($0) } ?? Format.missing, .muted)
        default: return .text("", .text)
        }
    }

    /// The name with the letters that the filter found.
    private static func highlighted(_ name: String, _ filter: MachineFilter, _ role: Role) -> [Span] {
        guard let word = filter.highlight, !word.isEmpty,
            let start = TextPattern.find(word, in: TextPattern.folded(name))
        else { return [Span(name, role)] }
        let bytes = Array(name.utf8)
        let end = start + word.count
        let parts = [(bytes[..<start], role), (bytes[start..<end], Role.match), (bytes[end...], role)]
        return parts.filter { !$0.0.isEmpty }.map { Span(String(decoding: $0.0, as: UTF8.self), $0.1) }
    }

    /// A share with a mark behind it where it is too high, for eyes and terminals without colour.
    private static func share(_ value: Double?, _ isStale: Bool, high: Double, critical: Double) -> TableCell {
        guard let value else { return .text(Format.missing + " ", .muted) }
        let isCritical = value >= critical
        return .text(
            Format.percent(value).dropLast() + (isCritical ? "!" : " "),
            isStale ? .stale : isCritical ? .danger : value >= high ? .warning : .text)
    }

    private static func number(_ value: Int, _ unit: String) -> TableCell {
        .text(value == 0 ? Format.missing : "\(value)\(unit)")
    }

    private static func rate(_ value: Double, _ role: Role) -> TableCell {
        .text(value < 0.5 ? "0" : Format.compact(value), role)
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
