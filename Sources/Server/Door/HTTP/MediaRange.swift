/// A media type with its parameters, as `Content-Type` and `Accept` hold them.
///
/// Source: RFC 9110, 8.3.1 and 12.5.1.
struct MediaRange: Equatable {
    /// `type/subtype` in lower case.
    var name: String
    var parameters: [String: String] = [:]

    /// Nil for what is no media type.
    init?(_ text: some StringProtocol) {
        // What nearly every request says.
        if text == "application/json" {
            name = "application/json"
            return
        }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let name = parts[0].trimmed.lowercased()
        let halves = name.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isToken) }) else {
            return nil
        }
        self.name = name
        for part in parts.dropFirst() {
            guard let mark = part.firstIndex(of: "=") else { continue }
            var value = part[part.index(after: mark)...].trimmed
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
            parameters[part[..<mark].trimmed.lowercased()] = String(value)
        }
    }

    /// Source: RFC 9110, 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// How much a client likes it, 0 to 1.
    var quality: Double { parameters["q"].flatMap(Double.init) ?? 1 }
}

extension MediaRange {
    /// The one of `offered` that an `Accept` header likes best, the first of equal ones; nil when it accepts none.
    static func best(of offered: [String], for accept: String) -> String? {
        let ranges = accept.split(separator: ",").compactMap { MediaRange($0) }
        func quality(_ name: String) -> Double {
            let type = name.prefix { $0 != "/" }
            // What says more counts more.
            for pattern in [name, "\(type)/*", "*/*"] {
                if let range = ranges.first(where: { $0.name == pattern }) { return range.quality }
            }
            return 0
        }
        let best = offered.enumerated().max { (quality($0.element), -$0.offset) < (quality($1.element), -$1.offset) }
        return best.flatMap { quality($0.element) > 0 ? $0.element : nil }
    }
}

extension StringProtocol {
    /// Without the space and tabs at its ends.
    fileprivate var trimmed: Substring {
        var rest = Substring(self)
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
