import Core

extension Console.Overlay {
    /// The keys of what lies over the screen: as long as it does, those of the screen do nothing.
    var hints: [KeyHint] {
        switch self {
        case .help:
            [
                KeyHint("↑ ↓", "scroll", importance: 1), KeyHint("PgUp PgDn", "page", importance: 2),
                KeyHint("Esc", "close", importance: 0),
            ]
        case .palette:
            [
                KeyHint("↑ ↓", "choose", importance: 1), KeyHint("Tab", "complete", importance: 2),
                KeyHint("Enter", "take it", importance: 0), KeyHint("Esc", "cancel", importance: 0),
            ]
        case .dialog(let dialog, _): dialog.hints
        case .paste: FirewallPaste.hints
        }
    }
}

extension Dialog {
    var hints: [KeyHint] {
        var hints: [KeyHint] = []
        let chosen = buttons.indices.contains(focus) ? buttons[focus].label.lowercased() : "close"
        switch content {
        case .form(let form):
            if form.fields.count > 1 { hints.append(KeyHint("Tab", "next field", importance: 2)) }
            switch form.fields.indices.contains(form.focus) ? form.fields[form.focus].content : nil {
            case .choice(let options, _)? where options.count > 1: hints.append(KeyHint("← →", "choose"))
            case .toggle?: hints.append(KeyHint("Space", "tick"))
            default: break
            }
            hints.append(KeyHint("Enter", chosen, importance: 0, isEnabled: form.isValid))
        case .confirm: hints.append(KeyHint("Enter", chosen, importance: 0, isEnabled: isReady))
        case .message, .progress:
            if case .progress(let steps) = content, steps.count > Self.stepRows {
                hints.append(KeyHint("↑ ↓", "scroll", importance: 2))
            }
            if buttons.count > 1 { hints.append(KeyHint("Tab", "other button", importance: 3)) }
            for button in buttons.dropLast() {
                if let key = button.key { hints.append(KeyHint(String(key), button.label.lowercased())) }
            }
            if focus == buttons.count - 1 { return hints + [KeyHint("Enter Esc", chosen, importance: 0)] }
            hints.append(KeyHint("Enter", chosen, importance: 0))
        }
        if !lines.isEmpty, form != nil { hints.append(KeyHint("PgUp PgDn", "scroll", importance: 3)) }
        hints.append(KeyHint("Esc", buttons.last?.label.lowercased() ?? "close", importance: 0))
        return hints
    }
}
