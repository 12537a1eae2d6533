/// Which events somebody wants to see: `who:ada what:machine since:2h started`.
///
/// Words without a field are looked for in the message, the name and the rest; all words have to hold. Pure: what is
/// relative to now is counted from the time that it is given.
package struct EventFilter: Equatable, Sendable {
    package let source: String
    private var words: [[UInt8]] = []
    private var excluded: [[UInt8]] = []
    private var who: [[UInt8]] = []
    private var what: [[UInt8]] = []
    private var since: Timestamp?
    private var until: Timestamp?
    /// What of the text is no condition, for people; it is left out.
    package private(set) var problem: String?

    package init(_ text: String, now: Timestamp) {
        source = text
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                if word.hasPrefix("!"), word.count > 1 {
                    excluded.append(TextPattern.folded(String(word.dropFirst())))
                } else {
                    words.append(TextPattern.folded(String(word)))
                }
                continue
            }
            switch parts[0].lowercased() {
            case "who": who.append(TextPattern.folded(parts[1]))
            case "what": what.append(TextPattern.folded(parts[1]))
            case "since": since = time(parts[1], now)
            case "until": until = time(parts[1], now)
            default: words.append(TextPattern.folded(String(word)))
            }
        }
    }

    package var isEmpty: Bool {
        words.isEmpty && excluded.isEmpty && who.isEmpty && what.isEmpty && since == nil && until == nil
    }

    package func matches(_ event: EventRecord) -> Bool {
        if let since, event.at < since { return false }
        if let until, event.at > until { return false }
        let actor = TextPattern.folded(event.actor)
        if !who.allSatisfy({ TextPattern.find($0, in: actor) != nil }) { return false }
        let kind = TextPattern.folded("\(event.resource) \(event.action)")
        if !what.allSatisfy({ TextPattern.find($0, in: kind) != nil }) { return false }
        if words.isEmpty, excluded.isEmpty { return true }
        let all = TextPattern.folded("\(event.message)\n\(event.resourceName)\n") + actor + kind
        return words.allSatisfy { TextPattern.find($0, in: all) != nil }
            && excluded.allSatisfy { TextPattern.find($0, in: all) == nil }
    }

    /// `15m`, `2h`, `3d` ago; `10:30` today; `2026-11-24` or `2026-11-24T10:30`, all UTC.
    private mutating func time(_ text: String, _ now: Timestamp) -> Timestamp? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400]
        if let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), number >= 0,
            number < 1_000_000
        {
            return now.adding(milliseconds: -number * unit * 1000)
        }
        let day = String(now.iso8601.prefix(10))
        for candidate in [text, text + "T00:00:00", text + ":00", "\(day)T\(text)", "\(day)T\(text):00"] {
            if let found = Timestamp(iso8601: candidate) { return found }
        }
        problem = "\"\(text)\" is no time: 15m, 2h, 3d, 10:30 or 2026-11-24"
        return nil
    }
}
