import NIOHTTP1

/// Which web pages may read what bayd answers.
///
/// Source: <https://fetch.spec.whatwg.org/#http-cors-protocol>
package struct CORSPolicy: Equatable, Sendable {
    /// Nil: all of them.
    private let origins: Set<String>?

    /// Reads `ALLOWED_ORIGINS`: origins with commas between them; `*` for all.
    package init(_ list: String) {
        let names = list.split { $0 == "," || $0 == " " }.map { name in
            // An origin has no path; a slash at its end is a slip.
            name.hasSuffix("/") ? String(name.dropLast()) : String(name)
        }
        origins = names.contains("*") ? nil : Set(names)
    }

    package func allows(_ origin: String) -> Bool { origins?.contains(origin) ?? true }

    /// What every answer carries. Without the headers a browser keeps the answer from the page.
    package func headers(for origin: String?) -> [(name: String, value: String)] {
        guard origins != nil else { return Self.toAll }
        // Caches must not hand one page's permission to another.
        guard let origin, allows(origin) else { return [("Vary", "Origin")] }
        return [("Vary", "Origin"), ("Access-Control-Allow-Origin", origin)] + Self.always
    }

    private static let toAll = [("Access-Control-Allow-Origin", "*")] + always
    private static let always: [(name: String, value: String)] = [
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "Content-Length,Content-Range"),
    ]

    /// The answer to a browser that asks beforehand.
    package func preflight(for origin: String?) -> HTTPResponse {
        var response = HTTPResponse(.noContent, headers: headers(for: origin))
        response.headers += [
            ("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS"),
            ("Access-Control-Allow-Headers", "Content-Type,Authorization"),
            ("Access-Control-Max-Age", "3600"),
        ]
        return response
    }
}
