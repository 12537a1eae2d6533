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
    package var rows: [Row] = []

    package init(_ columns: [Column]) { self.columns = columns }

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

    /// Source: RFC 4180, with the newline of the system.
    private var csv: String {
        func field(_ text: String) -> String {
            text.contains { $0 == "\"" || $0 == "," || $0.isNewline }
                ? "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\"" : text
        }
        guard let names = rows.first?.value.members.map(\.name) else {
            return columns.map { $0.title.lowercased() }.joined(separator: ",") + "\n"
        }
        var csv = names.map(field).joined(separator: ",") + "\n"
        for row in rows {
            csv += row.value.members.map { field(Self.plain($0.value)) }.joined(separator: ",") + "\n"
        }
        return csv
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        default: value.text
        }
    }
}

/// JSON that may be shown on a terminal: what a terminal could obey is written as an escape, and means the same.
package enum SafeJSON {
    package static func escaped(_ value: JSONValue) -> [UInt8] { escaped(Array(value.text.utf8)) }

    /// The writer escapes what stands below a space. Left are DEL, the C1 controls and the marks that reorder text.
    package static func escaped(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return json }
        var out: [UInt8] = []
        out.reserveCapacity(json.count)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                out += Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.count)
                out += Array(digits.utf8)
            default: out += Array(String(scalar).utf8)
            }
        }
        return out
    }
}
