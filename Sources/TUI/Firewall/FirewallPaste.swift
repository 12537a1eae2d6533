package import Core

/// The window into which rules are pasted: what it understood, and all that is wrong, before anything is sent.
package struct FirewallPaste: Equatable, Sendable {
    package let owner: FirewallOwner
    package private(set) var area = TextArea(limit: 64 << 10)
    /// Whether the rules that are there go.
    package private(set) var replacesAll = false
    package private(set) var read: FirewallText
    /// More was pasted than is taken.
    private var isFull = false

    package init(_ owner: FirewallOwner) {
        self.owner = owner
        read = FirewallText("", for: owner.origin)
    }

    package enum Outcome: Equatable, Sendable { case none, cancelled, submitted }

    package mutating func handle(_ input: Input) -> Outcome {
        switch input {
        case .key(.escape), .key(.control("c")): return .cancelled
        case .key(.tab), .key(.control("d")): return .submitted
        case .key(.control("r")): replacesAll.toggle()
        default:
            switch area.handle(input) {
            case .changed:
                isFull = false
                read = FirewallText(area.text, for: owner.origin)
            case .full: isFull = true
            case .moved, .unused: break
            }
        }
        return .none
    }

    /// Why it cannot go on.
    package var refusal: String? {
        if let first = read.findings.first { return "first \(first.words)" }
        return read.rules.isEmpty && read.settings == nil ? "there is no rule in it yet" : nil
    }

    package static let hints = [
        KeyHint("Tab", "preview", importance: 0), KeyHint("^r", "add or replace", importance: 1),
        KeyHint("^u", "clear", importance: 2), KeyHint("↑ ↓", "scroll", importance: 3),
        KeyHint("Esc", "cancel", importance: 0),
    ]

    private static let placeholder = [
        "Paste rules here: a line for each, or an export as TOML or JSON.", "",
        "in accept tcp 443 from 10.0.0.0/8 name \"Web\"", "in accept tcp 22,3389 priority 100",
        "out drop udp 53 to 8.8.8.8 state new", "both accept icmp", "# a comment",
    ]

    // MARK: Drawing

    package func draw(into canvas: inout Canvas, bounds: Rect, name: String) {
        let rect = bounds.inset()
        guard rect.columns >= 20, rect.rows >= 6 else { return }
        canvas.on(.dialog) { canvas in
            canvas.fill(rect, .dialog)
            let inner = canvas.box(rect, title: "Paste rules for \(name)", role: .dialogTitle, focus: true)
            let told = lines
            let below = min(told.count + 1, max(3, inner.rows / 2))
            let (top, bottom) = inner.splitBottom(below)
            let wrong = Set(read.findings.compactMap(\.line))
            area.draw(into: &canvas, rect: top, placeholder: Self.placeholder, marked: wrong)
            canvas.horizontalLine(x: bottom.x, y: bottom.y, columns: bottom.columns, role: .border)
            for (row, line) in told.prefix(bottom.rows - 1).enumerated() {
                let isCut = row == bottom.rows - 2 && told.count > bottom.rows - 1
                let text = isCut ? "… and \(told.count - row) lines more" : line.text
                let y = bottom.y + 1 + row
                canvas.write(isCut ? "" : line.mark, x: bottom.x + 1, y: y, role: line.role, maxColumns: 2)
                canvas.write(text, x: bottom.x + 3, y: y, role: line.role, maxColumns: bottom.columns - 4)
            }
        }
    }

    /// What was understood and what was not; what is wrong comes first.
    private var lines: [Dialog.Line] {
        var lines: [Dialog.Line] = []
        if isFull { lines.append(.init("✗", "more than 64 KB: the last that was pasted was left out", .danger)) }
        let count = read.rules.count == 1 ? "1 rule" : "\(read.rules.count) rules"
        let how = replacesAll ? "in place of all rules that are there" : "added to the rules that are there"
        let form = area.isEmpty ? "" : " (\(read.form == .lines ? "lines" : read.form.rawValue.uppercased()))"
        lines.append(.init(replacesAll ? "⚠" : "·", "\(count)\(form), \(how)", replacesAll ? .warning : .dialog))
        if let settings = read.settings { lines.append(.init("+", settings.words, .good)) }
        lines += read.findings.map { .init("✗", $0.words, .danger) }
        lines += read.rules.map { rule in
            .init("+", (rule.line.map { "\($0): " } ?? "") + "\(rule.draft.name): \(rule.draft.clauses)", .good)
        }
        return lines
    }
}

extension Console {
    mutating func openPaste() { if let owner = shownFirewall { overlay = .paste(FirewallPaste(owner)) } }

    mutating func takePaste(_ input: Input, _ paste: FirewallPaste) {
        var paste = paste
        let outcome = paste.handle(input)
        overlay = .paste(paste)
        switch outcome {
        case .none: break
        case .cancelled: overlay = nil
        case .submitted:
            if let reason = paste.refusal { return say(reason, .statusWarning) }
            guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
            let count = paste.read.rules.count == 1 ? "1 pasted rule" : "\(paste.read.rules.count) pasted rules"
            var request = FirewallRequest("\(count) for \(name(of: paste.owner))")
            request.creates = paste.read.rules.map(\.draft)
            request.replacesAll = paste.replacesAll
            request.settings = paste.read.settings == firewall?.facts?.settings ? nil : paste.read.settings
            preview(paste.owner, request, paste: paste)
        }
    }

    // MARK: Export

    private func exported(_ owner: FirewallOwner, _ form: FirewallText.Form) -> String? {
        guard let facts = firewall?.facts, facts.owner == owner else { return nil }
        return FirewallDocument(
            rules: facts.ownRules.map(\.draft), settings: owner.kind == .department ? facts.settings : nil
        ).text(form)
    }

    mutating func openExport(_ form: FirewallText.Form) {
        guard let owner = shownFirewall, let text = exported(owner, form) else { return }
        let next = Self.form(after: form)
        var dialog = Dialog(
            title: "Rules of \(name(of: owner)) as \(Self.word(form))", text: "",
            buttons: [
                .init("copy", "Copy", key: "y"), .init("file", "Save", key: "s"),
                .init("next", "As \(Self.word(next))", key: "f"), .init("no", "Close", key: "c"),
            ])
        dialog.lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).dropLast().map {
            .init("", String($0))
        }
        if dialog.lines.isEmpty { dialog.lines = [.init("", "There are no rules.", .muted)] }
        dialog.isWide = true
        open(dialog, .firewall(.export(owner, form)))
    }

    private static func form(after form: FirewallText.Form) -> FirewallText.Form {
        switch form {
        case .toml: .lines
        case .lines: .json
        case .json: .toml
        }
    }

    private static func word(_ form: FirewallText.Form) -> String {
        form == .lines ? "lines" : form.rawValue.uppercased()
    }

    mutating func pressedExport(_ button: String, _ owner: FirewallOwner, _ form: FirewallText.Form) {
        switch button {
        case "copy":
            guard let text = exported(owner, form) else { return }
            effects.append(.copy(text))
            say("copied the rules of \(name(of: owner)) as \(Self.word(form))")
        case "next": openExport(Self.form(after: form))
        case "file":
            let field = Self.field("path", "File", limit: 400, help: "one that is not there yet")
            open(
                .form("Save the rules of \(name(of: owner))", Form([field]), yes: "Save"),
                .firewall(.exportFile(owner, form)))
        default: overlay = nil
        }
    }

    mutating func saveExport(_ owner: FirewallOwner, _ form: FirewallText.Form, to path: String) {
        guard let text = exported(owner, form) else { return overlay = nil }
        guard !path.isEmpty else { return say("name the file", .statusWarning) }
        overlay = nil
        effects.append(.save(path: path, text: text))
    }
}
