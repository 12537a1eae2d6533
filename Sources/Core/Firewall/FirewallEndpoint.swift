/// One side of a packet as people write it: `10.0.3.7:50000`, `web1:443`, `:443`, `443`, `[2001:db8::1]:22`, `10.0.3.7`.
package struct FirewallEndpoint: Equatable, Sendable {
    /// An address or a name; nil where none is written.
    package var host: String?
    package var port: Int?

    package init(host: String? = nil, port: Int? = nil) {
        self.host = host
        self.port = port
    }

    /// Nil for what is none of these.
    package init?(_ text: String) {
        self.init()
        let text = text.filter { !$0.isWhitespace }
        if text.isEmpty { return }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return }
            guard rest.first == ":", let port = Self.port(rest.dropFirst()) else { return nil }
            self.port = port
        } else if IPAddress(text) != nil {
            host = text
        } else if let port = Self.port(text[...]) {
            self.port = port
        } else if let colon = text.lastIndex(of: ":") {
            // Behind the colon somebody may be about to write more.
            let rest = text[text.index(after: colon)...]
            port = Self.port(rest)
            guard port != nil || rest.isEmpty else { return nil }
            let name = text[..<colon]
            // An IPv6 address with a port wants brackets: else nobody knows where it ends.
            guard !name.contains(":") else { return nil }
            if !name.isEmpty { host = String(name) }
        } else {
            host = text
        }
    }

    private static func port(_ text: Substring) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
