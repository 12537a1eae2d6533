/// A window that waits for an answer.
package struct Dialog: Equatable, Sendable {
    package struct Button: Equatable, Sendable, Identifiable {
        package var id: String
        package var label: String
        /// The letter that presses it.
        package var key: Character?

        package init(_ id: String, _ label: String, key: Character? = nil) {
            self.id = id
            self.label = label
            self.key = key
        }
    }

    /// One step of a list of steps.
    package struct Step: Equatable, Sendable {
        package enum State: Equatable, Sendable { case waiting, running, done, failed, skipped }
        package var label: String
        package var state: State
        package var note: String

        package init(_ label: String, _ state: State = .waiting, note: String = "") {
            self.label = label
            self.state = state
            self.note = note
        }
    }

    package enum Content: Equatable, Sendable {
        case message
        /// What must be typed before a button other than the last works; for what cannot be undone.
        case confirm(expected: String, TextField)
        case form(Form)
        case progress([Step])
    }

    /// What is told below what is asked or filled in; more of it than fits can be looked through.
    package struct Line: Equatable, Sendable {
        /// A sign of one column, so that colour alone tells nothing.
        package var mark: String
        package var text: String
        package var role: Role
        /// The one that matters most: drawn as the row under a cursor.
        package var isChosen: Bool

        package init(_ mark: String = "", _ text: String, _ role: Role = .dialog, isChosen: Bool = false) {
            self.mark = mark
            self.text = text
            self.role = role
            self.isChosen = isChosen
        }
    }

    package enum Outcome: Equatable, Sendable {
        case none
        /// Something in it changed: draw again.
        case changed
        /// Another part of it is in view, and nothing else is different.
        case scrolled
        /// A button's id.
        case pressed(String)
        case cancelled
    }

    package var title: String
    package var text: String
    package var content: Content
    /// The first is what the dialog is about, the last is the way out.
    package var buttons: [Button]
    package private(set) var focus: Int
    /// Draws the frame as a warning.
    package var isDangerous: Bool
    /// The first line of a list of steps that is in view; nil for it to follow what is being done.
    package var top: Int?
    package var lines: [Line] = []
    /// The first row of `lines` that is in view, as far as there are so many.
    package var lineTop = 0
    /// Takes what the screen has, for lines that are long.
    package var isWide = false

    /// - Parameter focus: the button that enter presses; the last one (the way out) by default.
    package init(
        title: String, text: String, content: Content = .message, buttons: [Button], focus: Int? = nil,
        isDangerous: Bool = false
    ) {
        self.title = title
        self.text = text
        self.content = content
        self.buttons = buttons
        self.focus = min(max(0, focus ?? buttons.count - 1), max(0, buttons.count - 1))
        self.isDangerous = isDangerous
    }

    package static func message(_ title: String, _ text: String) -> Dialog {
        Dialog(title: title, text: text, buttons: [Button("close", "Close")])
    }

    /// A question that enter answers with no.
    package static func question(
        _ title: String, _ text: String, yes: String, isDangerous: Bool = false
    ) -> Dialog {
        Dialog(
            title: title, text: text, buttons: [Button("yes", yes, key: "y"), Button("no", "Cancel", key: "n")],
            isDangerous: isDangerous)
    }

    /// A question that is answered by typing a name.
    package static func typeName(_ title: String, _ text: String, name: String, yes: String) -> Dialog {
        Dialog(
            title: title, text: text, content: .confirm(expected: name, TextField(limit: 256)),
            buttons: [Button("yes", yes), Button("no", "Cancel")], focus: 0, isDangerous: true)
    }

    package static func form(_ title: String, _ form: Form, text: String = "", yes: String) -> Dialog {
        Dialog(
            title: title, text: text, content: .form(form), buttons: [Button("yes", yes), Button("no", "Cancel")],
            focus: 0)
    }

    package var form: Form? {
        get { if case .form(let form) = content { form } else { nil } }
        set { if let newValue { content = .form(newValue) } }
    }

    /// Whether the buttons other than the way out work.
    package var isReady: Bool {
        if case .confirm(let expected, let field) = content { return field.text == expected }
        return true
    }

    package mutating func handle(_ input: Input) -> Outcome {
        switch input {
        case .key(.escape), .key(.control("c")): return .cancelled
        case .key(.enter): return press(focus)
        case .key(let key) where !lines.isEmpty && scrollLines(key): return .scrolled
        default: break
        }
        switch content {
        case .confirm(let expected, var field):
            switch input {
            case .key(.tab), .key(.backTab): return moveFocus(by: input == .key(.tab) ? 1 : -1)
            default:
                let outcome = field.handle(input)
                content = .confirm(expected: expected, field)
                return outcome == .unused ? .none : .changed
            }
        case .form(var form):
            let outcome = form.handle(input)
            content = .form(form)
            return outcome == .submitted ? press(focus) : outcome == .cancelled ? .cancelled : .changed
        case .message, .progress:
            if case .progress(let steps) = content, case .key(let key) = input, scroll(key, steps) { return .changed }
            switch input {
            case .key(.right), .key(.tab), .key(.character("l")): return moveFocus(by: 1)
            case .key(.left), .key(.backTab), .key(.character("h")): return moveFocus(by: -1)
            case .key(.character(let letter)):
                // A capital is another key: Y and N are about rules that go back by themselves, and answer no question.
                guard let index = buttons.firstIndex(where: { $0.key == letter }) else { return .none }
                return press(index)
            default: return .none
            }
        }
    }

    /// How many steps are in view at once.
    static let stepRows = 12

    /// - Returns: whether the key moves the list of steps.
    private mutating func scroll(_ key: Key, _ steps: [Step]) -> Bool {
        var scroller = Scroller()
        scroller.setCount(max(1, steps.count - Self.stepRows + 1))
        scroller.height = Self.stepRows
        scroller.select(firstStep(steps, rows: Self.stepRows))
        guard scroller.handle(key, letters: false) else { return false }
        top = scroller.index
        return true
    }

    private func firstStep(_ steps: [Step], rows: Int) -> Int {
        // What failed is what somebody has to read when all is over; else it is the start of the list.
        let current =
            steps.firstIndex { $0.state == .waiting || $0.state == .running }
            ?? steps.firstIndex { $0.state == .failed } ?? 0
        return max(0, min(top ?? current - rows / 2, steps.count - rows))
    }

    private mutating func moveFocus(by amount: Int) -> Outcome {
        guard !buttons.isEmpty else { return .none }
        focus = (focus + amount + buttons.count) % buttons.count
        return .changed
    }

    /// A click: on a button presses it, on a field of a form goes there.
    package mutating func click(_ mouse: Mouse, bounds: Rect) -> Outcome {
        guard mouse.action == .press(1) else { return .none }
        let parts = parts(of: frame(in: bounds))
        let places = buttonPlaces(in: parts.buttons)
        if mouse.y == parts.buttons.y, !parts.buttons.isEmpty,
            let index = places.firstIndex(where: { $0.contains(mouse.x) })
        {
            focus = index
            let outcome = press(index)
            return outcome == .none ? .changed : outcome
        }
        guard var form, parts.content.contains(x: mouse.x, y: mouse.y) else { return .none }
        let outcome = form.click(mouse, in: parts.content)
        self.form = form
        return outcome == .none ? .none : .changed
    }

    private func press(_ index: Int) -> Outcome {
        guard buttons.indices.contains(index) else { return .cancelled }
        let isWayOut = index == buttons.count - 1
        return isReady || isWayOut ? .pressed(buttons[index].id) : .none
    }

    /// The part of the screen it takes.
    package func frame(in bounds: Rect) -> Rect {
        let columns = isWide ? wideColumns(bounds) : min(max(44, min(72, bounds.columns * 2 / 3)), bounds.columns)
        let lines = text.isEmpty ? 0 : Text.wrapped(text, columns: max(1, columns - 4)).count
        let body: Int
        switch content {
        case .message: body = 0
        case .confirm: body = 3
        case .form(let form): body = form.rows(columns: columns - 4) + (text.isEmpty ? 0 : 1)
        case .progress(let steps): body = min(steps.count, Self.stepRows) + 1
        }
        let told = self.lines.isEmpty ? 0 : lineRows(columns: columns - 4).count + 1
        return bounds.centred(columns: columns, rows: lines + body + told + 4)
    }

    private func wideColumns(_ bounds: Rect) -> Int { max(min(100, bounds.columns - 6), min(44, bounds.columns)) }

    package func draw(into canvas: inout Canvas, bounds: Rect) {
        let rect = frame(in: bounds)
        guard rect.columns >= 6, rect.rows >= 3 else { return }
        canvas.on(.dialog) { draw(into: &$0, rect: rect) }
    }

    private func draw(into canvas: inout Canvas, rect: Rect) {
        canvas.fill(rect, .dialog)
        let mark = isDangerous ? "⚠ " : ""
        _ = canvas.box(rect, title: mark + title, role: isDangerous ? .danger : .dialogTitle, focus: true)
        let parts = parts(of: rect)
        let rest = parts.content
        if !text.isEmpty { _ = canvas.writeWrapped(text, in: parts.text, role: .dialog) }
        switch content {
        case .message: break
        case .confirm(let expected, let field):
            if rest.rows > 0 {
                canvas.write(
                    [Span("Type ", .dialog), Span(expected, .danger), Span(" to confirm:", .dialog)], x: rest.x,
                    y: rest.y, maxColumns: rest.columns)
            }
            if rest.rows > 1 { field.draw(into: &canvas, x: rest.x, y: rest.y + 1, columns: rest.columns) }
        case .form(let form): form.draw(into: &canvas, rect: rest)
        case .progress(let steps): draw(steps, into: &canvas, rect: rest)
        }
        drawLines(into: &canvas, rect: parts.lines)
        drawButtons(into: &canvas, rect: parts.buttons)
    }

    /// Where the words, what is below them, and the buttons are.
    func parts(above rect: Rect) -> (text: Rect, content: Rect, buttons: Rect) {
        let inner = rect.inset()
        let (body, buttons) = Rect(x: inner.x + 1, y: inner.y, columns: inner.columns - 2, rows: inner.rows)
            .splitBottom(1)
        guard !text.isEmpty else {
            let gap = if case .confirm = content { 1 } else { 0 }
            return (body.splitTop(0).top, body.splitTop(gap).rest, buttons)
        }
        let (words, rest) = body.splitTop(Text.wrapped(text, columns: body.columns).count)
        return (words, rest.splitTop(1).rest, buttons)
    }

    /// Shows the part of the list that is being worked on, or where somebody has moved to.
    private func draw(_ steps: [Step], into canvas: inout Canvas, rect: Rect) {
        let start = firstStep(steps, rows: rect.rows)
        canvas.scrollbar(
            x: rect.x + rect.columns - 1, y: rect.y, rows: rect.rows,
            visible: start..<min(steps.count, start + rect.rows),
            count: steps.count)
        for (line, step) in steps.dropFirst(start).prefix(rect.rows).enumerated() {
            let (mark, role): (UnicodeScalar, Role) =
                switch step.state {
                case .waiting: ("·", .muted)
                case .running: ("▶", .accent)
                case .done: ("✓", .good)
                case .failed: ("✗", .danger)
                case .skipped: ("–", .muted)
                }
            let y = rect.y + line
            canvas.put(mark, x: rect.x, y: y, role: role)
            let end = canvas.write(step.label, x: rect.x + 2, y: y, role: .dialog, maxColumns: rect.columns - 2)
            canvas.write(
                step.note, x: end + 2, y: y, role: step.state == .failed ? .danger : .muted,
                maxColumns: rect.x + rect.columns - end - 3)
        }
    }

    private func drawButtons(into canvas: inout Canvas, rect: Rect) {
        guard rect.rows > 0 else { return }
        for (index, (button, place)) in zip(buttons, buttonPlaces(in: rect)).enumerated() {
            let works = isReady || index == buttons.count - 1
            let role: Role = !works ? .muted : index == focus ? .buttonFocused : .button
            let text = index == focus ? "[ \(button.label) ]" : "  \(button.label)  "
            canvas.write(
                text, x: place.lowerBound, y: rect.y, role: role,
                maxColumns: max(0, rect.x + rect.columns - place.lowerBound))
        }
    }

    /// The columns of each button.
    private func buttonPlaces(in rect: Rect) -> [Range<Int>] {
        let widths = buttons.map { Text.width($0.label) + 4 }
        let total = widths.reduce(0, +) + max(0, buttons.count - 1) * 2
        var x = rect.x + max(0, rect.columns - total)
        return widths.map { width in
            defer { x += width + 2 }
            return x..<x + width
        }
    }
}
