import Core

/// The forms of rules and of the default, and the choice from the catalogue.
extension Console {
    /// - Parameter proposal: what a new one is to say, if somebody agrees.
    mutating func openRuleForm(_ rule: StoredFirewallRule?, from proposal: FirewallRuleDraft? = nil) {
        guard let owner = shownFirewall else { return }
        let draft =
            rule?.draft ?? proposal ?? FirewallRuleDraft(name: "", direction: .incoming, protocolName: "tcp")
        let form = FirewallRuleForm.form(draft, of: owner, isNew: rule == nil)
        let title =
            rule.map { "Change rule \($0.draft.name) of \(name(of: owner))" } ?? "New rule of \(name(of: owner))"
        var dialog = Dialog.form(title, form, yes: "Preview")
        dialog.isWide = true
        let purpose = FirewallDialog.rule(owner, rule: rule, preset: 0)
        open(checked(dialog, .firewall(purpose)), .firewall(purpose))
    }

    mutating func openPolicyForm() {
        guard let id = policyOwner, let facts = firewall?.facts else { return }
        let settings = facts.settings
        let actions = FirewallRule.Action.allCases.map(\.word)
        func choice(_ id: String, _ label: String, _ action: FirewallRule.Action) -> FormField {
            FormField(id, label, .choice(actions, actions.firstIndex(of: action.word) ?? 0), help: "← → choose")
        }
        let form = Form([
            choice("incoming", "Incoming", settings.policy.incoming),
            choice("outgoing", "Outgoing", settings.policy.outgoing),
            FormField(
                "guard", "Guard MACs", .toggle(settings.guardsAddresses), help: "machines send from their own MAC alone"
            ),
        ])
        let department = fleet.departmentName(id)
        open(
            .form(
                "Default of \(department)", form,
                text: "What happens to packets that no rule is about, on every machine of the department.",
                yes: "Preview"), .firewall(.policy(id)))
    }

    // MARK: The catalogue

    mutating func openPresets() {
        guard let facts = firewall?.facts else { return }
        func refusal(_ rules: [FirewallRuleDraft]) -> String? {
            Self.missing(rules, in: facts).isEmpty ? "its rules are there" : nil
        }
        let presets = FirewallPreset.all.map { preset in
            let ports = preset.rules().map { $0.clauses.split(separator: " ").dropFirst(2).joined(separator: " ") }
            let way = preset.rules().first?.direction.word ?? ""
            return PaletteItem(
                "preset:\(preset.id)", preset.name,
                detail: "\(way) \(ports.joined(separator: ", ")) · risk \(preset.risk.rawValue.lowercased())",
                disabledReason: refusal(preset.rules()))
        }
        let templates = FirewallTemplate.all.map { template in
            PaletteItem(
                "ruletemplate:\(template.id)", "all for: \(template.name)", detail: "\(template.rules.count) rules",
                disabledReason: refusal(template.rules))
        }
        overlay = .palette(
            Palette(title: "Rules from the catalogue", items: presets + templates, prompt: "a service: SSH, RDP, …"))
    }

    /// What the owner's rules do not say yet.
    private static func missing(_ rules: [FirewallRuleDraft], in facts: FirewallFacts) -> [FirewallRuleDraft] {
        var new: [FirewallRuleDraft] = []
        for draft in rules {
            let there = facts.ownRules.map(\.draft) + new
            if !there.contains(where: { $0.says(theSameAs: draft) }) { new.append(draft) }
        }
        return new
    }

    mutating func chosePreset(_ id: String, isTemplate: Bool) {
        guard let owner = shownFirewall, let facts = firewall?.facts else { return }
        let found: (name: String, rules: [FirewallRuleDraft])?
        if isTemplate {
            found = FirewallTemplate.all.first { $0.id == id }.map { ($0.name, $0.rules) }
        } else {
            found = FirewallPreset.all.first { $0.id == id }.map { ($0.name, $0.rules()) }
        }
        guard let found else { return }
        var request = FirewallRequest("\(found.name) for \(name(of: owner))")
        request.creates = Self.missing(found.rules, in: facts)
        preview(owner, request)
    }

    // MARK: While one types

    /// Something in a window changed: a preset fills in the rest, and everything is checked.
    mutating func changed(_ dialog: Dialog, _ purpose: DialogPurpose) {
        var (dialog, purpose) = (dialog, purpose)
        if case .firewall(.rule(let owner, nil, let shown)) = purpose, var form = dialog.form,
            let chosen = form.choice("preset"), chosen != shown
        {
            let name = form["preset"]
            if let draft = FirewallRuleForm.presets.first(where: { $0.name == name }) {
                FirewallRuleForm.fill(&form, draft)
            }
            dialog.form = form
            purpose = .firewall(.rule(owner, rule: nil, preset: chosen))
        }
        overlay = .dialog(checked(dialog, purpose), purpose)
    }

    /// - Parameter isFinal: it is handed in, so that empty fields count, too.
    func checked(_ dialog: Dialog, _ purpose: FirewallDialog, isFinal: Bool) -> Dialog {
        guard var form = dialog.form else { return dialog }
        var dialog = dialog
        switch purpose {
        case .rule(let owner, let rule, _):
            let read = FirewallRuleForm(form, of: owner)
            if isFinal {
                form.setProblems(read.problems, isFinal: true)
            } else {
                form.showProblems(read.problems)
            }
            dialog.lines = lines(on: read.draft, of: owner, replacing: rule?.id)
        case .trace(let id): (form, dialog.lines) = traced(form, on: id, isFinal: isFinal)
        default: break
        }
        dialog.form = form
        return dialog
    }

    private func lines(
        on draft: FirewallRuleDraft, of owner: FirewallOwner, replacing id: FirewallRule.ID?
    ) -> [Dialog.Line] {
        guard let facts = firewall?.facts, facts.owner == owner else { return [] }
        return facts.notes(on: draft, replacing: id).lines
    }

    /// Rules have changed behind an open window: what it says is said anew.
    mutating func refreshFirewallDialog() {
        guard case .dialog(let dialog, .firewall(let purpose)) = overlay else { return }
        switch purpose {
        case .rule, .trace: overlay = .dialog(checked(dialog, purpose, isFinal: false), .firewall(purpose))
        default: break
        }
    }

    // MARK: Pressing

    mutating func pressed(_ button: String, _ dialog: Dialog, _ purpose: FirewallDialog) {
        switch purpose {
        case .preview(let owner, let request): return pressedPreview(button, owner, request)
        case .export(let owner, let form): return pressedExport(button, owner, form)
        default: break
        }
        guard button == "yes" else { return closed(purpose) }
        let dialog = checked(dialog, purpose, isFinal: true)
        if let form = dialog.form, !form.isValid { return overlay = .dialog(dialog, .firewall(purpose)) }
        let form = dialog.form ?? Form([])
        switch purpose {
        case .rule(let owner, let rule, _): pressedRule(dialog, owner, rule, purpose)
        case .policy(let id): pressedPolicy(form, dialog, id)
        case .trace(let id): pressedTrace(dialog, id)
        case .exportFile(let owner, let kind): saveExport(owner, kind, to: form["path"].trimmingSpaces)
        case .cleanUp:
            overlay = nil
            guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
            start(.cleanUp, .change(words: "clean up"))
        case .preview, .export: break
        }
    }

    /// Closed without an answer: what lay behind it comes back.
    mutating func closed(_ purpose: FirewallDialog) {
        overlay = nil
        if case .preview = purpose {
            if let (dialog, purpose) = formBehind { open(dialog, purpose) }
            if let pasteBehind { overlay = .paste(pasteBehind) }
        }
        (formBehind, pasteBehind) = (nil, nil)
    }

    private mutating func pressedRule(
        _ dialog: Dialog, _ owner: FirewallOwner, _ rule: StoredFirewallRule?, _ purpose: FirewallDialog
    ) {
        guard let form = dialog.form, let facts = firewall?.facts, facts.owner == owner else { return }
        let draft = FirewallRuleForm(form, of: owner).draft
        if rule?.draft == draft {
            overlay = nil
            return say("nothing was changed")
        }
        if !facts.notes(on: draft, replacing: rule?.id).conflicts.isEmpty {
            overlay = .dialog(dialog, .firewall(purpose))
            return say("first what conflicts has to be settled: see below the fields", .statusWarning)
        }
        var request = FirewallRequest("rule \(draft.name) of \(name(of: owner))")
        if let rule { request.updates = [.init(before: rule, draft: draft)] } else { request.creates = [draft] }
        preview(owner, request, from: (dialog, .firewall(purpose)))
    }

    private mutating func pressedPolicy(_ form: Form, _ dialog: Dialog, _ id: Department.ID) {
        func action(_ id: String) -> FirewallRule.Action {
            FirewallRule.Action.allCases.first { $0.word == form[id] } ?? .drop
        }
        let settings = FirewallSettings(
            policy: FirewallPolicy(incoming: action("incoming"), outgoing: action("outgoing")),
            guardsAddresses: form["guard"] == "true")
        if settings == firewall?.facts?.settings {
            overlay = nil
            return say("nothing was changed")
        }
        var request = FirewallRequest("default of \(fleet.departmentName(id))")
        request.settings = settings
        preview(.department(id), request, from: (dialog, .firewall(.policy(id))))
    }
}
