import Core
import Logging

/// How a log message is written: one line whatever it holds, so that nothing from outside can forge another.
enum LogLine {
    /// Longer values are cut: a line is for people, and the journal cuts lines by itself at 48 KiB.
    static let maximumValue = 4000

    /// As for a terminal or a file: `2025-11-21T10:15:30.000Z info bay.door: connection refused caller=local:bob`.
    static func dated(_ event: LogEvent, label: String, metadata: Logger.Metadata, at time: Timestamp) -> String {
        "\(time.iso8601) \(event.level.rawValue) \(body(event, label: label, metadata: metadata))"
    }

    /// As for the journal, which notes the time itself and takes the level from the prefix. Source: sd-daemon(3).
    static func journal(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        "<\(priority(event.level))>\(body(event, label: label, metadata: metadata))"
    }

    private static func body(_ event: LogEvent, label: String, metadata: Logger.Metadata) -> String {
        var out = "\(escaped(label)): \(escaped(Redaction.text("\(event.message)")))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            out += " \(escaped(key))=\(quoted(Redaction.text("\(value)")))"
        }
        if let error = event.error { out += " error=\(quoted(Redaction.text("\(error)")))" }
        return out
    }

    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return escaped(text) }
        return "\"" + escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            + "\""
    }

    /// Control characters, also those that Unicode hides elsewhere, as `\n` or `\u{1b}`.
    private static func escaped(_ text: String) -> String {
        let needsWork = text.utf8.count > maximumValue || text.unicodeScalars.contains(where: isControl)
        guard needsWork else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if out.utf8.count > maximumValue { return out + "..." }
            switch scalar {
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where isControl(scalar): out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
