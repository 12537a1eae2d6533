import Core

/// What a change would do, before it is made; then it is made at once, or with a way back.
extension Console {
    /// Shows what is known here at once, and asks the server for the rest.
    /// - Parameters:
    ///   - form: what comes back when the change is not made after all.
    ///   - paste: the same of what was pasted.
    mutating func preview(
        _ owner: FirewallOwner, _ request: FirewallRequest, from form: (Dialog, DialogPurpose)? = nil,
        paste: FirewallPaste? = nil
    ) {
        guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
        formBehind = form
        pasteBehind = paste
        show(preview: nil, owner, request)
        start(.preview(owner, request), .preview(owner, request))
    }

    mutating func previewDeletion() {
        guard let owner = shownFirewall, let rule = firewall?.selectedOwn else { return }
        var request = FirewallRequest("delete rule \(rule.draft.name) of \(name(of: owner))")
        request.deletes = [rule]
        preview(owner, request)
    }

    mutating func takePreview(_ owner: FirewallOwner, _ request: FirewallRequest, _ preview: FirewallPreview) {
        guard overlayPurpose == .firewall(.preview(owner, request)) else { return }
        show(preview: preview, owner, request)
    }

    mutating func previewFailed(_ owner: FirewallOwner, _ request: FirewallRequest, _ reason: String) {
        guard case .dialog(var dialog, .firewall(.preview(owner, request))) = overlay else { return }
        dialog.lines = [.init("✗", reason, .danger)]
        dialog.buttons = [.init("no", "Back", key: "b")]
        overlay = .dialog(dialog, .firewall(.preview(owner, request)))
    }

    private mutating func show(preview: FirewallPreview?, _ owner: FirewallOwner, _ request: FirewallRequest) {
        var lines = FirewallPreviewLines(request, firewall?.facts, owner)
        lines.add(preview, machine: owner.kind == .machine ? name(of: owner) : nil)
        let seconds = FirewallTrial.standardSeconds
        let isDeletion = !request.deletes.isEmpty || request.replacesAll
        var buttons = [Dialog.Button("no", preview == nil || !lines.isPossible ? "Back" : "Cancel", key: "n")]
        if preview != nil, lines.isPossible {
            buttons = [.init("timed", "Apply for \(seconds) s", key: "t"), .init("yes", "Apply", key: "a")] + buttons
        }
        var dialog = Dialog(
            title: request.words.capitalizedFirst + "?",
            text: lines.isPossible
                ? "Applied for \(seconds) s, it goes back by itself unless you say that it stays." : "",
            buttons: buttons, focus: isDeletion ? nil : 0, isDangerous: isDeletion)
        dialog.lines = lines.lines
        dialog.isWide = true
        overlay = .dialog(dialog, .firewall(.preview(owner, request)))
    }

    mutating func pressedPreview(_ button: String, _ owner: FirewallOwner, _ request: FirewallRequest) {
        guard button == "yes" || button == "timed" else { return closed(.preview(owner, request)) }
        guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
        overlay = nil
        let seconds = button == "timed" ? FirewallTrial.standardSeconds : nil
        start(.change(owner, request, confirmWithin: seconds), .change(words: request.words))
    }
}

/// A preview as lines: the rules, then the machines.
struct FirewallPreviewLines {
    private(set) var lines: [Dialog.Line] = []
    private(set) var isPossible = true
    private let request: FirewallRequest
    private let facts: FirewallFacts?

    /// - Parameter facts: as far as those of the owner are known here.
    init(_ request: FirewallRequest, _ facts: FirewallFacts?, _ owner: FirewallOwner) {
        self.request = request
        self.facts = facts
        let facts = facts?.owner == owner ? facts : nil
        addRules(facts)
        guard let facts else { return }
        switch request.outcome(for: facts) {
        case .failure(let error): refuse([error.message])
        case .success(let outcome):
            let others = owner.kind == .machine ? facts.departmentRules.rules(of: .department) : []
            let conflicts = outcome.conflicts(of: owner, besides: others)
            for conflict in conflicts { refuse([conflict.told], mark: "⚠") }
            lines += FirewallFacts.lines(
                from: facts.effective, to: facts.effective(having: outcome.rules, request.settings))
        }
    }

    private mutating func refuse(_ reasons: [String], mark: String = "✗") {
        guard !reasons.isEmpty else { return }
        isPossible = false
        lines += reasons.map { .init(mark, $0, .danger) }
    }

    private mutating func addRules(_ facts: FirewallFacts?) {
        let gone = request.replacesAll ? facts?.ownRules ?? [] : request.deletes
        for rule in gone { lines.append(.init("−", "goes: \(Self.told(rule.draft))", .danger)) }
        for update in request.updates {
            lines.append(.init("−", "changes: \(Self.told(update.before.draft))", .warning))
            lines.append(.init("+", "to: \(Self.told(update.draft))", .good))
        }
        for draft in request.creates { lines.append(.init("+", "appears: \(Self.told(draft))", .good)) }
        guard let settings = request.settings else { return }
        let before = self.facts?.settings
        if let before, before.policy != settings.policy { lines.append(.init("−", before.words, .warning)) }
        if before?.policy != settings.policy { lines.append(.init("+", settings.words, .good)) }
        if before?.guardsAddresses != settings.guardsAddresses {
            let words = settings.guardsAddresses ? "from their own MAC address alone" : "from any MAC address"
            lines.append(.init("+", "machines may send \(words)", settings.guardsAddresses ? .good : .warning))
        }
    }

    private static func told(_ draft: FirewallRuleDraft) -> String {
        "\(draft.name) (\(draft.clauses)\(draft.priority == 500 ? "" : " priority \(draft.priority)"))"
    }

    /// - Parameters:
    ///   - preview: nil while the server has not answered.
    ///   - machine: the only one that it can be about.
    mutating func add(_ preview: FirewallPreview?, machine: String?) {
        guard let preview else { return lines.append(.init("…", "asking the server what changes where", .muted)) }
        // What is wrong was told by the same rules already, unless somebody was quicker.
        if isPossible { refuse(preview.findings) }
        if isPossible { for conflict in preview.conflicts { refuse([conflict], mark: "⚠") } }
        guard isPossible else { return }
        if preview.machineCount == 0 {
            return lines.append(.init("", "No machine changes now: the department has none.", .dialog))
        }
        if machine == nil {
            let count = preview.machineCount
            lines.append(.init("", count == 1 ? "1 machine changes:" : "\(count) machines change:", .dialogTitle))
        }
        for place in preview.machines { add(place) }
        let rest = preview.machineCount - preview.machines.count
        if rest > 0 { lines.append(.init("", "and \(rest) more", .muted)) }
    }

    private mutating func add(_ machine: FirewallPreview.MachinePreview) {
        lines.append(
            .init(
                "·", machine.name + (machine.isFirst ? ": its first rules, the default begins to hold, too" : ""),
                machine.isFirst ? .warning : .dialog))
        if !machine.shadowed.isEmpty {
            lines.append(
                .init("◌", "  of no use there any more: \(machine.shadowed.joined(separator: ", "))", .warning))
        }
        lines += machine.conflicts.map { .init("⚠", "  \($0)", .warning) }
    }
}
