package import Core

/// The rules of a department or a machine, as they were made or as they decide together.
package struct FirewallView: Equatable, Sendable {
    package let owner: FirewallOwner
    /// Nil until the server has answered.
    package private(set) var facts: FirewallFacts?
    package private(set) var hits: FirewallHits?
    /// Why it did not tell.
    package var problem: String?
    /// Whether what decides about a machine is shown, and not its own rules alone.
    package var isEffective = false
    /// Whether it is shown what the rules keep out, and not the rules.
    package var isBlocked = false
    package var own = ResourceList(FirewallRows.columns(isEffective: false), sort: TableSort("order"))
    package var effective = ResourceList(FirewallRows.columns(isEffective: true), sort: TableSort("order"))

    package var blocked: ResourceList
    package private(set) var blockedFacts: BlockedFacts?

    package init(_ owner: FirewallOwner) {
        self.owner = owner
        blocked = ResourceList(
            BlockedRows.columns(isDepartment: owner.kind == .department), sort: TableSort("order"))
    }

    package var shown: ResourceList {
        get { isBlocked ? blocked : isEffective ? effective : own }
        set {
            if isBlocked { blocked = newValue } else if isEffective { effective = newValue } else { own = newValue }
        }
    }

    mutating func take(_ facts: BlockedFacts, _ rows: [ResourceList.Row]) {
        blockedFacts = facts
        blocked.take(rows)
    }

    mutating func blockedFailed(_ reason: String) { blocked.problem = reason }

    mutating func take(_ facts: FirewallFacts, _ zone: Zone) {
        self.facts = facts
        problem = nil
        fill(zone)
    }

    mutating func take(_ hits: FirewallHits, _ zone: Zone) {
        guard hits != self.hits else { return }
        self.hits = hits
        if problem == nil { fill(zone) }
    }

    private mutating func fill(_ zone: Zone) {
        guard let facts else { return }
        let rows = FirewallRows(facts, hits, zone)
        own.take(rows.own)
        effective.take(owner.kind == .machine ? rows.all : [])
    }

    mutating func fail(_ reason: String) {
        problem = reason
        own.problem = reason
        effective.problem = reason
    }

    /// The rule under the cursor, whosever it is; nil for those of Bay's own, too.
    var selected: StoredFirewallRule? {
        isBlocked ? nil : shown.selection.flatMap { facts?.stored(FirewallRule.ID($0.id)) }
    }

    /// Whose the rule under the cursor is.
    var selectedOrigin: FirewallRule.Origin? {
        guard !isBlocked, let id = shown.selection?.id else { return nil }
        if id == FirewallRows.baseID { return .base }
        guard let facts else { return nil }
        if facts.departmentRules.contains(where: { $0.id.rawValue == id }) { return .department }
        return facts.machineRules.contains { $0.id.rawValue == id } ? .machine : .policy
    }

    /// The rule under the cursor, if it can be changed here.
    var selectedOwn: StoredFirewallRule? { selectedOrigin == owner.origin ? selected : nil }

    // MARK: Drawing

    /// The lines at the top, and the list below them.
    static func parts(of rect: Rect) -> (head: Rect, list: Rect) {
        let (head, list) = rect.splitTop(rect.rows >= 17 ? 2 : 1)
        return (head, list)
    }

    /// - Parameters:
    ///   - name: the owner's.
    ///   - machines: how many a department has.
    func draw(
        into canvas: inout Canvas, rect: Rect, name: String, machines: Int, isConnected: Bool, now: Timestamp
    ) {
        let (head, list) = Self.parts(of: rect)
        drawHead(into: &canvas, head, name, machines, now)
        let what = isBlocked ? "Kept out of" : isEffective ? "What decides for" : "Rules of"
        let title = "\(what) \(name) ·"
        let empty =
            isBlocked
            ? nothingBlocked
            : owner.kind == .department
                ? "The department has no rules: + makes one, P takes one from the catalogue, i takes many."
                : "The machine has no rules of its own: + makes one, P takes one from the catalogue. v shows what decides."
        shown.draw(
            into: &canvas, rect: list, title: title, empty: empty,
            unknown: isConnected ? "Asking …" : "Not known while bayd cannot be reached.")
    }

    private var nothingBlocked: String {
        guard let reason = blockedFacts?.log.reason else { return "Nothing was kept out." }
        return "Nothing is recorded: \(reason)."
    }

    private func drawHead(
        into canvas: inout Canvas, _ rect: Rect, _ name: String, _ machines: Int, _ now: Timestamp
    ) {
        guard let facts else { return }
        var about: [Span] = [Span(facts.settings.words)]
        var standing: [Span]
        switch owner {
        case .machine:
            if let filter = facts.filterName { about.append(Span(" · filter \(filter)", .muted)) }
            standing = [facts.standing.span(now: now)]
        case .department:
            about.append(Span(" · \(machines == 1 ? "1 machine" : "\(machines) machines")"))
            standing = facts.counts.spans
        }
        if !facts.settings.guardsAddresses { about.append(Span(" · any MAC address", .warning)) }
        if isBlocked {
            about = [Span("what came in and was kept out, what went out and was not let out, the newest first")]
            let notes = blockedFacts?.notes ?? []
            standing =
                notes.isEmpty
                ? [Span("● recorded", .good)] : [Span("⚠ " + notes.joined(separator: " · "), .warning)]
        }
        let columns = rect.columns - 2
        if rect.rows >= 2 {
            canvas.write(about, x: rect.x + 1, y: rect.y, maxColumns: columns)
            canvas.write(standing, x: rect.x + 1, y: rect.y + 1, maxColumns: columns)
        } else {
            // What went wrong may take the whole line; where all is well the default has room beside it.
            canvas.write(standing + [Span(" · ", .muted)] + about, x: rect.x + 1, y: rect.y, maxColumns: columns)
        }
    }
}
