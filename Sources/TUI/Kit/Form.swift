/// A field of a form.
package struct FormField: Equatable, Sendable, Identifiable {
    package enum Content: Equatable, Sendable {
        case text(TextField)
        /// One of several, by its place.
        case choice([String], Int)
        case toggle(Bool)
    }

    package var id: String
    package var label: String
    package var content: Content
    /// What is wrong with it; nil when nothing is.
    package var problem: String?
    package var help: String

    package init(_ id: String, _ label: String, _ content: Content, help: String = "") {
        self.id = id
        self.label = label
        self.content = content
        self.help = help
    }

    /// The text, the chosen option, or `true` and `false`.
    package var value: String {
        switch content {
        case .text(let field): field.text
        case .choice(let options, let index): options.indices.contains(index) ? options[index] : ""
        case .toggle(let isOn): isOn ? "true" : "false"
        }
    }
}

/// Fields below one another; tab and the arrows move between them.
package struct Form: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable { case none, changed(String), submitted, cancelled }

    package var fields: [FormField]
    package private(set) var focus = 0
    /// Fields that somebody has typed in: what is wrong with the others is not said before the end.
    private var touched: Set<String> = []

    package init(_ fields: [FormField]) { self.fields = fields }

    package subscript(id: String) -> String { fields.first { $0.id == id }?.value ?? "" }

    /// The place of the chosen option of a choice.
    package func choice(_ id: String) -> Int? {
        guard case .choice(_, let index)? = fields.first(where: { $0.id == id })?.content else { return nil }
        return index
    }

    /// Sets what is wrong with a field and, for the first such field, puts the focus on it.
    package mutating func setProblem(_ id: String, _ problem: String?) {
        guard let index = fields.firstIndex(where: { $0.id == id }) else { return }
        let first = !fields.contains { $0.problem != nil }
        fields[index].problem = problem
        if problem != nil, first { focus = index }
    }

    /// Says what is wrong with fields.
    /// - Parameter isFinal: the form is handed in: says it of all, and puts the focus on the first with which something is.
    package mutating func setProblems(_ problems: [String: String], isFinal: Bool) {
        for index in fields.indices {
            let id = fields[index].id
            fields[index].problem = isFinal || touched.contains(id) ? problems[id] : nil
        }
        if isFinal, let first = fields.firstIndex(where: { $0.problem != nil }) { focus = first }
    }

    /// Says what is wrong with fields at once, whether somebody has typed in them or not.
    package mutating func showProblems(_ problems: [String: String]) {
        for index in fields.indices { fields[index].problem = problems[fields[index].id] }
    }

    /// Puts a text into a field, or chooses an option of it by its words.
    package mutating func set(_ id: String, _ value: String) {
        guard let index = fields.firstIndex(where: { $0.id == id }) else { return }
        switch fields[index].content {
        case .text(var field):
            field.text = value
            fields[index].content = .text(field)
        case .choice(let options, let chosen):
            fields[index].content = .choice(options, options.firstIndex(of: value) ?? chosen)
        case .toggle: fields[index].content = .toggle(value == "true")
        }
    }

    package mutating func clearProblems() {
        for index in fields.indices { fields[index].problem = nil }
    }

    package var isValid: Bool { !fields.contains { $0.problem != nil } }

    package mutating func handle(_ input: Input) -> Outcome {
        guard fields.indices.contains(focus) else { return input == .key(.escape) ? .cancelled : .none }
        switch input {
        case .key(.escape), .key(.control("c")): return .cancelled
        case .key(.enter): return .submitted
        case .key(.tab), .key(.down):
            focus = (focus + 1) % fields.count
            return .none
        case .key(.backTab), .key(.up):
            focus = (focus + fields.count - 1) % fields.count
            return .none
        default: break
        }
        let id = fields[focus].id
        switch fields[focus].content {
        case .text(var field):
            let outcome = field.handle(input)
            fields[focus].content = .text(field)
            guard outcome == .changed else { return .none }
        case .choice(let options, let index):
            guard !options.isEmpty else { return .none }
            switch input {
            case .key(.right), .key(.character(" ")):
                fields[focus].content = .choice(options, (index + 1) % options.count)
            case .key(.left): fields[focus].content = .choice(options, (index + options.count - 1) % options.count)
            case .key(.character(let letter)):
                // A letter jumps to the next option that begins with it.
                let order = (1...options.count).map { (index + $0) % options.count }
                guard let next = order.first(where: { options[$0].lowercased().first == letter.lowercased().first })
                else { return .none }
                fields[focus].content = .choice(options, next)
            default: return .none
            }
        case .toggle(let isOn):
            switch input {
            case .key(.character(" ")), .key(.left), .key(.right): fields[focus].content = .toggle(!isOn)
            default: return .none
            }
        }
        fields[focus].problem = nil
        touched.insert(id)
        return .changed(id)
    }

    /// A click on a field goes there; one on a field that is there already turns its toggle or its choice.
    package mutating func click(_ mouse: Mouse, in rect: Rect) -> Outcome {
        var y = rect.y
        for index in fields.indices.dropFirst(first(in: rect)) {
            let lines = 1 + noteLines(of: index, columns: rect.columns).count
            defer { y += lines }
            guard (y..<y + lines).contains(mouse.y) else { continue }
            let isToggle = if case .toggle = fields[index].content { true } else { false }
            let hadFocus = focus == index
            focus = index
            if case .text = fields[index].content { return .changed(fields[index].id) }
            return hadFocus || isToggle ? handle(.key(.character(" "))) : .changed(fields[index].id)
        }
        return .none
    }

    /// Lines it takes: one a field, more below a field with a problem or, when it has the focus, with help.
    package func rows(columns: Int) -> Int {
        fields.indices.reduce(0) { $0 + 1 + noteLines(of: $1, columns: columns).count }
    }

    /// Columns that labels take at the left.
    private func labels(in columns: Int) -> Int {
        min((fields.map { Text.width($0.label) }.max() ?? 0) + 2, columns / 2)
    }

    private func noteLines(of index: Int, columns: Int) -> [String] {
        guard let note = note(of: index) else { return [] }
        return Array(Text.wrapped(note.text, columns: max(1, columns - labels(in: columns))).prefix(3))
    }

    private func note(of index: Int) -> (text: String, role: Role)? {
        if let problem = fields[index].problem { return ("✗ " + problem, .danger) }
        return index == focus && !fields[index].help.isEmpty ? (fields[index].help, .muted) : nil
    }

    /// The first field to draw for the one with the focus to be in sight.
    private func first(in rect: Rect) -> Int {
        var first = 0
        func lines() -> Int {
            (first...focus).reduce(0) { $0 + 1 + noteLines(of: $1, columns: rect.columns).count }
        }
        while first < focus, lines() > rect.rows { first += 1 }
        return first
    }

    package func draw(into canvas: inout Canvas, rect: Rect, focused: Bool = true, role: Role = .dialog) {
        let labels = labels(in: rect.columns)
        var y = rect.y
        for index in fields.indices.dropFirst(first(in: rect)) where y < rect.y + rect.rows {
            let hasFocus = focused && index == focus
            let x = rect.x + labels
            let columns = rect.columns - labels
            canvas.write(
                fields[index].label, x: rect.x, y: y, role: hasFocus ? .accent : role, maxColumns: max(0, labels - 1))
            switch fields[index].content {
            case .text(let field): field.draw(into: &canvas, x: x, y: y, columns: columns, focus: hasFocus)
            case .choice(let options, let chosen):
                let option = options.indices.contains(chosen) ? options[chosen] : Format.missing
                let spans =
                    hasFocus
                    ? [Span("‹ \(option) ›", .buttonFocused)]
                    : [Span("‹ ", .muted), Span(option, role), Span(" ›", .muted)]
                canvas.write(spans, x: x, y: y, maxColumns: columns)
            case .toggle(let isOn):
                canvas.write(
                    isOn ? "[✓]" : "[ ]", x: x, y: y, role: hasFocus ? .buttonFocused : role, maxColumns: columns)
            }
            y += 1
            for line in noteLines(of: index, columns: rect.columns) where y < rect.y + rect.rows {
                canvas.write(line, x: x, y: y, role: note(of: index)?.role ?? role, maxColumns: columns)
                y += 1
            }
        }
    }
}
