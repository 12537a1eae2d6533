import Core

/// What each key does, where one is and elsewhere.
extension Console {
    private var helpLines: [(key: String, text: String, isTitle: Bool)] {
        var lines: [(String, String, Bool)] = [("", "Here: \(context.rawValue)", true)]
        let targets = targets
        for binding in Binding.all where binding.contexts.contains(context) {
            let keys = binding.keys.map(\.name).joined(separator: " ")
            lines.append(
                (
                    keys,
                    binding.command.title
                        + (refusal(binding.command, about: targets).map { "  (not now: \($0))" } ?? ""), false
                ))
        }
        lines.append(("", "Moving", true))
        lines += [
            ("↑ ↓ j k", "one row", false), ("PgUp PgDn ^b ^f", "one page", false), ("^u ^d", "half a page", false),
            ("Home End g G", "first and last row", false),
            ("← →", "close and open in a tree", false),
        ]
        lines.append(("", "Filter", true))
        lines += [
            ("web", "the word in name, department, state, system, address or id", false), ("!web", "without it", false),
            ("/^vm-[0-4]", "a regular expression; /! for what it does not match", false),
            ("state:off", "in one field: name, state, dept, os, ip, id, domain, adopted", false),
            ("cpu>50", "figures: cpu, wait, mem (%), net, disk (bytes a second, 10M), cores, ram", false),
            ("dept:a or dept:b", "one of several; without \"or\" all have to hold", false),
            ("-f wb1", "letters in this order in the name", false),
            (
                "who:ada what:job", "events by who and what; since:2h, until:10:30 by time",
                false
            ),
        ]
        for other in KeyContext.allCases where other != context {
            let bindings = Binding.all.filter {
                $0.contexts.contains(other) && Binding.command(for: $0.keys[0], in: context) != $0.command
            }
            if bindings.isEmpty { continue }
            lines.append(("", "In \(other.rawValue)", true))
            lines += bindings.map { ($0.keys.map(\.name).joined(separator: " "), $0.command.title, false) }
        }
        return lines
    }

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
                if line.isTitle {
                    canvas.write(line.text, x: x + 1, y: inner.y + row, role: .dialogTitle, maxColumns: side - 2)
                } else {
                    canvas.write(line.key, x: x + 2, y: inner.y + row, role: .key, maxColumns: 18)
                    canvas.write(line.text, x: x + 21, y: inner.y + row, role: .dialog, maxColumns: side - 22)
                }
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
    var helpRows: Int { max(1, min(helpLength, size.rows - 4)) }
    /// First lines that a scroller can put in view: it moves the text, not a cursor that nobody sees.
    var helpCount: Int { max(1, helpLength - helpRows + 1) }
}
