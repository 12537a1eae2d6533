import Core
package import JSON

/// A list as data: the same rows as aligned text, CSV or JSON.
package struct Listing {
    package enum Form: Equatable, Sendable { case text, csv, json }

    package struct Column {
        package var title: String
        package var alignment: Alignment

        package init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    package struct Row {
        /// What people read, a text for each column.
        package var texts: [String]
        /// What programs read.
        package var value: JSONObject

        package init(_ texts: [String], _ value: JSONObject) {
            self.texts = texts
            self.value = value
        }
    }

    package var columns: [Column]
    /// What programs call the values of a row.
    package var names: [String]
    package var rows: [Row] = []

    package init(_ columns: [Column], names: [String]) {
        self.columns = columns
        self.names = names
    }

    /// - Parameter width: cuts lines of text to a terminal's columns; nil for pipes and files.
    package func printed(as form: Form, width: Int? = nil) -> [UInt8] {
        switch form {
        case .text: Array(text(width).utf8)
        case .csv: Array(csv.utf8)
        case .json: SafeJSON.escaped(JSONValue.array(rows.map { .object($0.value) })) + [0x0A]
        }
    }

    private func text(_ width: Int?) -> String {
        let cells = rows.map { $0.texts.map { Text.sanitised($0) } }
        var widths = columns.map { $0.title.displayWidth }
        for row in cells {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.displayWidth) }
        }
        func line(_ texts: [String]) -> String {
            var line = ""
            for (index, text) in texts.enumerated() {
                if index > 0 { line += "  " }
                line += Text.padded(text, to: widths[index], alignment: columns[index].alignment)
            }
            while line.last == " " { line.removeLast() }
            return (width.map { Text.clipped(line, to: $0) } ?? line) + "\n"
        }
        return line(columns.map(\.title)) + cells.map(line).joined()
    }

    /// Source: RFC 4180. It has no escapes, so that control characters are replaced as in the table: JSON has them all.
    private var csv: String {
        func line(_ fields: [String]) -> String {
            fields.map { field in
                let text = Text.sanitised(field)
                guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") }) else {
                    return text
                }
                return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
            }.joined(separator: ",") + "\r\n"
        }
        return line(names) + rows.map { line($0.value.members.map { Self.plain($0.value) }) }.joined()
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        default: value.text
        }
    }
}

extension Listing {
    /// Only the columns that `list` names, parted by commas and in its order. Those of a table have its titles, those of
    /// JSON and CSV the names that programs use.
    package func choosing(_ list: String, for form: Form) throws(CallError) -> Listing {
        let known = form == .text ? columns.map { $0.title.lowercased() } : names
        var places: [Int] = []
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            let name = word.split(separator: " ").joined(separator: " ")
            guard let place = known.firstIndex(where: { $0.lowercased() == name.lowercased() }) else {
                throw .usage("there is no column \"\(name)\": \(known.joined(separator: ", "))")
            }
            places.append(place)
        }
        var listing = self
        if form == .text {
            listing.columns = places.map { columns[$0] }
        } else {
            listing.names = places.map { names[$0] }
        }
        for index in rows.indices {
            let row = rows[index]
            if form == .text {
                listing.rows[index].texts = places.map { row.texts[$0] }
            } else {
                listing.rows[index].value = JSONObject(places.map { row.value.members[$0] })
            }
        }
        return listing
    }

    /// Only the rows in which each word stands somewhere, and no `!word` does.
    package func matching(_ words: String) -> Listing {
        let terms = words.split(separator: " ").map { word in
            let isInverse = word.first == "!" && word.count > 1
            return (match: Match(String(isInverse ? word.dropFirst() : word)), isInverse: isInverse)
        }
        var listing = self
        listing.rows = rows.filter { row in
            terms.allSatisfy { term in row.texts.contains { term.match.matches($0) } != term.isInverse }
        }
        return listing
    }
}
