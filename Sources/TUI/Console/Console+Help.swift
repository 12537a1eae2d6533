import Core

/// What each key does, where one is and elsewhere.
extension Console {
    private struct HelpLine {
        /// Empty for a title.
        var key = ""
        var text: String
        /// Why it is not possible now.
        var reason: String?
    }

    private var helpLines: [HelpLine] {
        var lines = [HelpLine(text: "Here: \(context.place)")]
        let targets = targets
        for binding in Binding.all where binding.contexts.contains(context) {
            lines.append(
                HelpLine(
                    key: binding.keyNames, text: binding.command.title,
                    reason: refusal(binding.command, about: targets)))
        }
        lines += Self.generalHelp
        for other in KeyContext.allCases where other != context {
            let bindings = Binding.all.filter {
                $0.contexts.contains(other) && Binding.command(for: $0.keys[0], in: context) != $0.command
            }
            if bindings.isEmpty { continue }
            lines.append(HelpLine(text: "In \(other.place)"))
            lines += bindings.map { HelpLine(key: $0.keyNames, text: $0.command.title) }
        }
        return lines
    }

    /// The texts fit beside the keys at 80 columns.
    private static let generalHelp: [HelpLine] = [
        HelpLine(text: "Moving"), HelpLine(key: "↑ ↓ j k", text: "one row"),
        HelpLine(key: "PgUp PgDn ^b ^f", text: "one page"), HelpLine(key: "^u ^d", text: "half a page"),
        HelpLine(key: "Home End g G", text: "first and last row"),
        HelpLine(key: "← →", text: "close and open in a tree"), HelpLine(text: "Filter"),
        HelpLine(key: "web", text: "in name, department, state, system, address or id"),
        HelpLine(key: "!web", text: "without it"),
        HelpLine(key: "/^vm-[0-4]", text: "a regular expression; /! for what it does not match"),
        HelpLine(key: "state:off", text: "by field: name state dept os ip id domain adopted"),
        HelpLine(key: "cpu>50", text: "cpu, wait, mem in %; net, disk as 10M; cores, ram"),
        HelpLine(key: "dept:a or dept:b", text: "one of several; without \"or\" all have to hold"),
        HelpLine(key: "-f wb1", text: "letters in this order in the name"),
        HelpLine(key: "who:ada what:job", text: "events by who and what; since:2h, until:10:30 by time"),
    ]

    func drawHelp(into canvas: inout Canvas, _ scroller: Scroller) {
        let lines = helpLines
        let sides = helpSides
        let length = (lines.count + sides - 1) / sides
        let columns = min(84 * sides, size.columns - 2)
        let rect = Rect(x: (size.columns - columns) / 2, y: 1, columns: columns, rows: helpRows + 2)
        canvas.on(.dialog) { canvas in
            canvas.fill(rect, .dialog)
            let inner = canvas.box(rect, title: "Help", role: .dialogTitle, focus: true)
            var scroller = scroller
            scroller.setCount(helpCount)
            let side = inner.columns / sides
            for (index, line) in lines.enumerated() {
                let row = index % length - scroller.index
                guard row >= 0, row < inner.rows else { continue }
                let x = inner.x + index / length * side
                if line.key.isEmpty {
                    canvas.write(line.text, x: x + 1, y: inner.y + row, role: .dialogTitle, maxColumns: side - 2)
                    continue
                }
                canvas.write(
                    line.key, x: x + 2, y: inner.y + row, role: line.reason == nil ? .key : .muted, maxColumns: 18)
                canvas.write(
                    line.text + (line.reason.map { " – \($0)" } ?? ""), x: x + 21, y: inner.y + row,
                    role: line.reason == nil ? .dialog : .muted, maxColumns: side - 22)
            }
            canvas.scrollbar(
                x: inner.x + inner.columns - 1, y: inner.y, rows: inner.rows,
                visible: scroller.index..<min(length, scroller.index + inner.rows), count: length)
        }
    }

    /// Where there is room, the help stands in two columns.
    private var helpSides: Int { size.columns >= 150 ? 2 : 1 }
    /// Lines of a column of it.
    private var helpLength: Int { (helpLines.count + helpSides - 1) / helpSides }
    /// Lines that are in view at once.
    var helpRows: Int { max(1, min(helpLength, overlayBounds.rows - (hasTrialLine ? 3 : 4))) }
    /// First lines that a scroller can put in view: it moves the text, not a cursor that nobody sees.
    var helpCount: Int { max(1, helpLength - helpRows + 1) }
}

extension KeyContext {
    /// Where it is, in words.
    fileprivate var place: String {
        switch self {
        case .tree: "the tree of departments"
        case .machine: "a machine"
        case .firewall: "the rules of a machine or a department"
        default: rawValue
        }
    }
}

extension Binding {
    fileprivate var keyNames: String { keys.map(\.name).joined(separator: " ") }
}
