package import Core
import JSON

/// What a window about firewalls was opened for.
package enum FirewallDialog: Equatable, Sendable {
    /// - Parameters:
    ///   - rule: nil for a new one.
    ///   - preset: the place of the one that the form was filled from last.
    case rule(FirewallOwner, rule: StoredFirewallRule?, preset: Int)
    case policy(Department.ID)
    case preview(FirewallOwner, FirewallRequest)
    case trace(Machine.ID)
    case export(FirewallOwner, FirewallText.Form)
    case exportFile(FirewallOwner, FirewallText.Form)
    case cleanUp
}

/// Why something about firewalls was asked.
enum FirewallPurpose: Equatable, Sendable {
    case facts(FirewallOwner)
    case hits(FirewallOwner)
    case blocked(FirewallOwner)
    case confirmations
    case preview(FirewallOwner, FirewallRequest)
    /// A change of any kind: its end is told.
    case change(words: String)
}

/// The view of rules: how one gets there, what may be done in it, and how it stays as the server has it.
extension Console {
    /// Whose rules are in view.
    var shownFirewall: FirewallOwner? { if case .firewall(let owner) = screen { owner } else { nil } }

    func name(of owner: FirewallOwner) -> String {
        switch owner {
        case .machine(let id): fleet.entry(id)?.machine.name ?? "a machine that is gone"
        case .department(let id): fleet.departmentName(id)
        }
    }

    /// Whose rules the key opens where one is.
    var firewallHere: FirewallOwner? {
        if context == .tree {
            if case .department(let id) = list.scope { return .department(id) }
            return nil
        }
        return targets.first.map { .machine($0.id) }
    }

    mutating func openFirewall(_ owner: FirewallOwner, rule: FirewallRule.ID? = nil) {
        if shownFirewall == nil { firewallTrail = [] }
        firewallTrail.append(screen)
        firewallTrail = Array(firewallTrail.suffix(8))
        show(.firewall(owner))
        if let rule {
            firewall?.own.select(id: rule.rawValue)
        }
    }

    /// The state of the view that is shown, which is kept for the way back.
    mutating func prepareFirewall(_ owner: FirewallOwner) {
        guard firewall?.owner != owner else { return }
        let kept = firewallKept
        firewallKept = firewall
        firewall = kept?.owner == owner ? kept : FirewallView(owner)
    }

    /// Leads to where the rule under the cursor is made.
    mutating func openRule() {
        guard let view = firewall else { return }
        if view.isBlocked { return openSuggestion() }
        switch view.selectedOrigin {
        case view.owner.origin: openRuleForm(view.selectedOwn)
        case .department:
            guard let department = policyOwner else { return }
            openFirewall(.department(department), rule: view.selected?.id)
        case .policy: openPolicyForm()
        default: break
        }
    }

    mutating func performOnFirewall(_ command: Command) {
        switch command {
        case .firewall: if let owner = firewallHere { openFirewall(owner) }
        case .effectiveRules:
            // The rules are behind what they keep out, as they were left.
            if firewall?.isBlocked == true { firewall?.isBlocked = false } else { firewall?.isEffective.toggle() }
        case .blockedConnections: toggleBlocked()
        case .suggestedRule: openSuggestion()
        case .newRule: openRuleForm(nil)
        case .changeRule: openRuleForm(firewall?.selectedOwn)
        case .deleteRule: previewDeletion()
        case .rulePresets: openPresets()
        case .rulePolicy: openPolicyForm()
        case .traceRules: openTrace()
        case .pasteRules: openPaste()
        case .exportRules: openExport(.toml)
        case .flushRules:
            guard case .machine(let id)? = shownFirewall else { return }
            change(.flush(id), "rules of \(name(of: .machine(id)))")
        case .syncRules: change(.sync, "rules of all machines")
        case .cleanUpRules: askToCleanUp()
        case .keepRules: settleTrial(keeping: true)
        case .revertRules: settleTrial(keeping: false)
        default: break
        }
    }

    private mutating func change(_ operation: FirewallOperation, _ words: String) {
        start(.firewall(operation), .firewall(.change(words: words)))
        say("\(words): bringing them to libvirt …")
    }

    mutating func start(_ operation: FirewallOperation, _ purpose: FirewallPurpose) {
        start(.firewall(operation), .firewall(purpose))
    }

    private mutating func askToCleanUp() {
        open(
            .question(
                "Remove filters that are left over?",
                "Filters of Bay's that belong to no machine are removed from libvirt. What a machine has stays.",
                yes: "Remove"), .firewall(.cleanUp))
    }

    // MARK: What the server says

    /// Asks for what is in view; what is on its way may have been read before the change that is the reason to ask.
    mutating func askFirewall() {
        firewallAt = nil
        guard isConnected, let owner = shownFirewall else { return }
        guard !purposes.values.contains(.firewall(.facts(owner))) else { return firewallAskedAgain = true }
        firewallAskedAgain = false
        start(.facts(owner), .facts(owner))
        askHits()
        askBlocked()
    }

    /// How long after an answer the hits are asked for again, while the rules are in view.
    private static let hitPeriod: Int64 = 3000

    mutating func askHits() {
        hitsAt = nil
        guard isConnected, let owner = shownFirewall, !purposes.values.contains(.firewall(.hits(owner))) else { return }
        start(.hits(owner), .hits(owner))
    }

    private mutating func takeHits(_ hits: FirewallHits, of owner: FirewallOwner) {
        if firewall?.owner == owner { firewall?.take(hits, zone) }
        if shownFirewall == owner { hitsAt = now.adding(milliseconds: Self.hitPeriod) }
    }

    /// Asks soon: a rule of a department is brought to each of its machines, and each of these is an event.
    private mutating func askFirewallSoon() {
        guard shownFirewall != nil else { return }
        if firewallAt == nil { firewallAt = now.adding(milliseconds: 100) }
    }

    mutating func firewallChanged(_ event: EventRecord) {
        if ["await", "confirm", "revert"].contains(event.action) || !trials.isEmpty { askTrials() }
        guard let owner = shownFirewall else { return }
        let department = event.data["departmentId"]?.string
        switch owner {
        case .machine(let id):
            let own = fleet.entry(id)?.machine.departmentID?.rawValue
            if event.resourceID == id.rawValue || (department != nil && department == own) { askFirewallSoon() }
        case .department(let id):
            let machine = event.data["vmId"]?.string.flatMap { fleet.entry(Machine.ID($0))?.machine }
            if department == id.rawValue || machine?.departmentID == id { askFirewallSoon() }
        }
    }

    /// A machine that changes its department has other rules.
    mutating func firewallMoved(_ event: EventRecord) {
        guard let owner = shownFirewall, event.data["departmentId"] != nil else { return }
        if owner == .machine(Machine.ID(event.resourceID)) || owner.kind == .department { askFirewallSoon() }
    }

    mutating func take(_ purpose: FirewallPurpose, _ reply: FirewallReply, _ token: Int) {
        purposes[token] = nil
        switch (purpose, reply) {
        case (.facts(let owner), .facts(let facts)):
            if firewall?.owner == owner { firewall?.take(facts, zone) }
            refreshFirewallDialog()
            if firewallAskedAgain { askFirewall() }
        case (.blocked(let owner), .blocked(let blocked)): take(blocked, of: owner)
        case (.hits(let owner), .hits(let hits)): takeHits(hits, of: owner)
        case (.confirmations, .confirmations(let trials)): takeTrials(trials)
        case (.preview(let owner, let request), .preview(let preview)): takePreview(owner, request, preview)
        case (.change(let words), _): firewallEnded(words, reply)
        default: break
        }
    }

    private mutating func firewallEnded(_ words: String, _ reply: FirewallReply) {
        switch reply {
        case .changed(let trial?):
            add(trial)
            say("\(words): done for \(trial.secondsLeft) s; Y keeps it, N takes it back", .statusWarning)
        case .brought(let problems, let told):
            let first = problems.first.map {
                "\(words): \($0)" + (problems.count > 1 ? " (and \(problems.count - 1) more)" : "")
            }
            say(
                first ?? "\(words): \(told)", first == nil ? .statusGood : .statusDanger, seconds: first == nil ? 6 : 12
            )
        default: say("\(words): done", .statusGood)
        }
        (formBehind, pasteBehind) = (nil, nil)
        // The events of it say so, too; but who may not follow events sees it this way.
        askFirewall()
        askTrials()
    }

    mutating func failed(_ purpose: FirewallPurpose, _ reason: String) {
        switch purpose {
        case .facts(let owner):
            if firewall?.owner == owner { firewall?.fail(reason) }
            say("rules cannot be read: \(reason)", .statusDanger)
        case .blocked(let owner): blockedFailed(owner, reason)
        case .hits(let owner): takeHits(FirewallHits(reason: reason), of: owner)
        case .confirmations: break
        case .preview(let owner, let request):
            previewFailed(owner, request, reason)
        case .change(let words):
            say("\(words): \(reason)", .statusDanger, seconds: 12)
            // What was filled in is not lost.
            if overlay == nil, let (dialog, purpose) = formBehind { open(dialog, purpose) }
            if overlay == nil, let pasteBehind { overlay = .paste(pasteBehind) }
            (formBehind, pasteBehind) = (nil, nil)
            askTrials()
        }
    }

    // MARK: Input and drawing

    mutating func clickFirewall(_ mouse: Mouse, _ body: Rect) {
        guard let view = firewall else { return }
        let rect = view.shown.tableRect(in: FirewallView.parts(of: body).list)
        guard rect.contains(x: mouse.x, y: mouse.y) else { return }
        let line = mouse.y - rect.y
        if line == 0 {
            if let column = view.shown.table.column(atX: mouse.x - rect.x, columns: rect.columns) {
                firewall?.shown.sort(by: column.id)
            }
        } else if let row = view.shown.table.row(atLine: line, height: rect.rows) {
            if view.shown.table.selectedIndex == row { return perform(.open) }
            firewall?.shown.select(index: row)
        }
    }

    func drawFirewall(_ owner: FirewallOwner, into canvas: inout Canvas, _ body: Rect) {
        var machines = 0
        if case .department(let id) = owner { machines = fleet.counts[id]?.total ?? 0 }
        firewall?.draw(
            into: &canvas, rect: body, name: name(of: owner), machines: machines, isConnected: isConnected, now: now)
    }

    /// What the status line says: where one is, and what is the matter with the rule under the cursor.
    func status(of owner: FirewallOwner) -> [StatusPart] {
        let place = owner.kind == .machine ? "Machines" : "Departments"
        let kind =
            firewall?.isBlocked == true ? "kept out" : firewall?.isEffective == true ? "what decides" : "rules"
        var parts = [StatusPart("\(place) › \(name(of: owner)) › \(kind)", importance: 0)]
        guard let row = firewall?.shown.selection else { return parts }
        let note = row.texts["note"] ?? ""
        if firewall?.isBlocked == true { return parts }
        if row.id != FirewallRows.baseID, !note.isEmpty {
            parts.append(StatusPart("\(row.texts["mark"] ?? "") \(note)", .statusWarning, importance: 1))
        }
        return parts
    }
}
