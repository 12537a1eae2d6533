import Core

/// Commands by name.
extension Console {
    mutating func openPalette() {
        let targets = targets
        var items = typedCommands.prefix(5).map { PaletteItem("typed:\($0)", $0, detail: "again") }
        items += Command.allCases.filter { $0 != .palette }.map { command in
            PaletteItem(
                command.rawValue, command.title,
                detail: Binding.all.first { $0.command == command && $0.contexts.contains(context) }?.keys[0].name
                    ?? "",
                disabledReason: refusal(command, about: targets))
        }
        for theme in Theme.builtIn { items.append(PaletteItem("theme:\(theme.name)", "theme \(theme.name)")) }
        items += sortItems("sort ")
        for department in fleet.orderedDepartments.prefix(200) {
            items.append(PaletteItem("department:\(department.id.rawValue)", "department \(department.name)"))
        }
        overlay = .palette(
            Palette(title: "Command", items: items, prompt: "a command, a machine, filter WORDS, columns A,B"))
    }

    /// Only the columns, to sort by one of them with two keys.
    mutating func openSorts() {
        overlay = .palette(Palette(title: "Sort by", items: sortItems(""), prompt: "a column"))
    }

    private func sortItems(_ prefix: String) -> [PaletteItem] {
        MachineColumns.all.filter(\.sortable).map { column in
            let isUsed = list.table.sort?.column == column.id
            return PaletteItem("sort:\(column.id)", prefix + column.id, detail: isUsed ? "again: the other way" : "")
        }
    }

    mutating func chosen(_ id: String) {
        if let command = Command(rawValue: id) { return perform(command) }
        guard let colon = id.firstIndex(of: ":") else { return }
        let value = String(id[id.index(after: colon)...])
        switch id[..<colon] {
        case "typed": typed(value)
        case "theme": if let theme = Theme.builtIn(named: value) { setTheme(theme) }
        case "sort": sort(by: value)
        case "owner": choseOwner(value)
        case "preset": chosePreset(value, isTemplate: false)
        case "ruletemplate": chosePreset(value, isTemplate: true)
        case "department":
            list.setScope(.department(Department.ID(value)), &fleet)
            show(.machines)
        default: break
        }
    }

    /// Text that is no item: `filter web`, `columns cpu,memory`, a machine's name, or a mistake.
    mutating func typed(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let rest = words.count > 1 ? words[1].trimmingSpaces : ""
        var isKnown = true
        switch words.first?.lowercased() {
        case "filter", "f":
            list.setFilter(rest, &fleet)
            show(.machines)
        case "sort": sort(by: rest)
        case "columns": useColumns(rest)
        case "theme":
            if let theme = Theme.builtIn(named: rest) {
                setTheme(theme)
            } else {
                say(
                    "there is no theme \"\(rest)\": \(Theme.builtIn.map(\.name).joined(separator: ", "))",
                    .statusWarning)
            }
        case "open", "goto", "go": isKnown = open(machineNamed: rest)
        case "q", "quit", "q!", "wq": effects.append(.quit)
        default: isKnown = open(machineNamed: text)
        }
        if !isKnown {
            return say("there is no command and no machine \"\(text)\": ? shows the commands", .statusWarning)
        }
        typedCommands.removeAll { $0 == text }
        typedCommands.insert(text, at: 0)
        typedCommands.removeLast(max(0, typedCommands.count - 20))
    }

    private mutating func open(machineNamed name: String) -> Bool {
        let wanted = name.trimmingSpaces.lowercased()
        let found = fleet.entries.first {
            $0.isPresent && ($0.machine.name.lowercased() == wanted || $0.machine.id.rawValue == wanted)
        }
        guard let found else { return false }
        openMachine(found.machine.id)
        return true
    }

    private mutating func sort(by column: String) {
        guard MachineColumns.all.contains(where: { $0.id == column && $0.sortable }) else {
            let names = MachineColumns.all.filter(\.sortable).map(\.id).joined(separator: ", ")
            return say("there is no column \"\(column)\": \(names)", .statusWarning)
        }
        list.sort(by: column, &fleet)
        show(.machines)
    }

    private mutating func useColumns(_ text: String) {
        if text.isEmpty { return openColumns() }
        let names = text.split { $0 == "," || $0 == " " }.map { String($0).lowercased() }
        if let stranger = names.first(where: { name in !MachineColumns.all.contains { $0.id == name } }) {
            return say(
                "there is no column \"\(stranger)\": \(MachineColumns.all.map(\.id).joined(separator: ", "))",
                .statusWarning)
        }
        list.table.columns = MachineColumns.named(Set(names))
        show(.machines)
    }
}
