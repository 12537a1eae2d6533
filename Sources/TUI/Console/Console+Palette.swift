import Core

/// Commands by name.
extension Console {
    mutating func openPalette() {
        var items = Command.allCases.filter { $0 != .palette }.map { command in
            PaletteItem(
                command.rawValue, command.title,
                detail: Binding.all.first { $0.command == command && $0.contexts.contains(context) }?.keys[0].name
                    ?? "",
                disabledReason: refusal(command))
        }
        for theme in Theme.builtIn { items.append(PaletteItem("theme:\(theme.name)", "theme \(theme.name)")) }
        for column in MachineColumns.all where column.sortable {
            items.append(PaletteItem("sort:\(column.id)", "sort \(column.id)"))
        }
        for department in fleet.orderedDepartments.prefix(200) {
            items.append(PaletteItem("department:\(department.id.rawValue)", "department \(department.name)"))
        }
        overlay = .palette(Palette(title: "Command", items: items, prompt: "a command, filter WORDS, sort COLUMN"))
    }

    mutating func chosen(_ id: String) {
        if let command = Command(rawValue: id) { return perform(command) }
        guard let colon = id.firstIndex(of: ":") else { return }
        let value = String(id[id.index(after: colon)...])
        switch id[..<colon] {
        case "theme": if let theme = Theme.builtIn(named: value) { setTheme(theme) }
        case "sort":
            list.sort(by: value, &fleet)
            show(.machines)
        case "department":
            list.setScope(.department(Department.ID(value)), &fleet)
            show(.machines)
        default: break
        }
    }

    /// Text that is no item: `filter web`, or a mistake.
    mutating func typed(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch words.first?.lowercased() {
        case "filter", "f":
            list.setFilter(words.count > 1 ? words[1] : "", &fleet)
            show(.machines)
        case "q", "quit", "q!", "wq": effects.append(.quit)
        default: say("there is no command \"\(text)\": ? shows them", .statusWarning)
        }
    }
}
