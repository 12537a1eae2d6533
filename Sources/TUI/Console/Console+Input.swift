import Core

/// What a person does.
extension Console {
    mutating func take(_ input: Input) {
        if overlay != nil { return takeOverlay(input) }
        if typedField != nil { return takeField(input) }
        switch input {
        case .key(let key): take(key)
        case .mouse(let mouse): take(mouse)
        // Where rules are in view, text is taken for more of them; nothing is sent before it was looked at.
        case .paste where shownFirewall != nil && refusal(.pasteRules) == nil:
            openPaste()
            takeOverlay(input)
        // Pasted text is never a command: it goes where text is typed, or nowhere.
        case .paste: say("pasted text was ignored: press / to filter or : for a command", .statusWarning)
        case .focus, .resize: break
        }
    }

    var context: KeyContext {
        switch screen {
        case .machines: list.pane == .tree ? .tree : .machines
        case .machine: .machine
        case .host: .host
        case .events: .events
        case .resource(.users): .users
        case .resource(.templates): .templates
        case .resource(.categories): .categories
        case .resource(.networks): .networks
        case .resource(.jobs): .jobs
        case .resource(.schedules): .schedules
        case .resource(.errors): .errors
        case .resource(.applications): .applications
        case .firewall: .firewall
        }
    }

    private mutating func take(_ key: Key) {
        if let command = Binding.command(for: key, in: context) { return perform(command) }
        switch context {
        case .machines:
            if list.table.handle(.key(key)) { watchVisible() }
        case .tree:
            if list.tree.handle(.key(key)), let scope = list.tree.selection, scope != list.scope {
                list.setScope(scope, &fleet)
                watchVisible()
            }
        case .machine: _ = detail?.scroller.handle(key)
        case .events:
            if events.scroller.handle(key) {
                events.isFollowing = events.scroller.index == max(0, events.shown.count - 1)
            }
        case .host: break
        case .users, .templates, .categories, .networks, .jobs, .schedules, .errors, .applications:
            if let shownResource { lists[shownResource]?.handle(key) }
        case .firewall: firewall?.shown.handle(key)
        }
    }

    // MARK: Typing a filter

    private mutating func takeField(_ input: Input) {
        guard var field = typedField else { return }
        switch input {
        case .key(.escape):
            setFilter("")
            typedField = nil
            return
        case .key(.enter), .key(.down), .key(.up):
            typedField = nil
            return
        default: break
        }
        let before = field.text
        _ = field.handle(input)
        typedField = field
        if field.text != before { setFilter(field.text) }
    }

    /// The filter of the list in view while it is typed.
    var typedField: TextField? {
        get {
            switch screen {
            case .events: events.field
            case .resource(let resource): lists[resource]?.field
            case .firewall: firewall?.shown.field
            default: list.field
            }
        }
        set {
            switch screen {
            case .events: events.field = newValue
            case .resource(let resource): lists[resource]?.field = newValue
            case .firewall: firewall?.shown.field = newValue
            default: list.field = newValue
            }
        }
    }

    /// The filter of the list in view.
    var filterText: String {
        switch screen {
        case .events: events.filter.source
        case .resource(let resource): lists[resource]?.filter.pattern ?? ""
        case .firewall: firewall?.shown.filter.pattern ?? ""
        default: list.filter.source
        }
    }

    mutating func setFilter(_ text: String) {
        switch screen {
        case .events: events.setFilter(text, now: now)
        case .resource(let resource): lists[resource]?.setFilter(text)
        case .firewall: firewall?.shown.setFilter(text)
        default:
            list.setFilter(text, &fleet)
            watchVisible()
        }
    }

    // MARK: What lies over the screen

    private mutating func takeOverlay(_ input: Input) {
        switch overlay {
        case .help(var scroller):
            scroller.setCount(helpCount)
            if case .mouse(let mouse) = input {
                if mouse.action == .wheelUp || mouse.action == .wheelDown {
                    scroller.move(by: mouse.action == .wheelUp ? -3 : 3)
                }
                return overlay = .help(scroller)
            }
            guard case .key(let key) = input else { return }
            if key == .escape || key == .enter || key == .character("?") || key == .character("q") {
                return overlay = nil
            }
            _ = scroller.handle(key)
            overlay = .help(scroller)
        case .palette(var palette):
            let outcome =
                if case .mouse(let mouse) = input { palette.handle(mouse, rect: place(of: palette)) } else {
                    palette.handle(input)
                }
            overlay = .palette(palette)
            switch outcome {
            case .none: break
            case .cancelled: overlay = nil
            case .chosen(let id):
                overlay = nil
                chosen(id)
            case .typed(let text):
                overlay = nil
                typed(text)
            case .refused(let reason): say(reason, .statusWarning)
            }
        case .dialog(var dialog, let purpose):
            let outcome =
                if case .mouse(let mouse) = input { dialog.click(mouse, bounds: overlayBounds) } else {
                    dialog.handle(input)
                }
            switch outcome {
            case .none: break
            case .changed: changed(dialog, purpose)
            case .scrolled:
                dialog.settleLines(in: overlayBounds)
                overlay = .dialog(dialog, purpose)
            case .cancelled:
                if case .firewall(let firewall) = purpose { return closed(firewall) }
                overlay = nil
                if bulk?.isRunning == false { bulk = nil }
            case .pressed(let button): pressed(button, dialog, purpose)
            }
        case .paste(let paste): takePaste(input, paste)
        case nil: break
        }
    }
}
