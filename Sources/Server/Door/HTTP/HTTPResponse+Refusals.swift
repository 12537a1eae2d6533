import NIOHTTP1

// Why a connection takes no more.

extension HTTPResponse {
    static func tooLarge(_ limit: Int) -> HTTPResponse {
        .error(.payloadTooLarge, "a request longer than \(limit) bytes", code: "TOO_LARGE")
    }

    static var tooMuch: HTTPResponse {
        .error(
            .serviceUnavailable, "too many long requests are on their way: try again later", code: "UNAVAILABLE",
            headers: [("Retry-After", "1")])
    }

    static func unreadable(_ error: HTTPParserError) -> HTTPResponse {
        error == .headerOverflow
            ? .error(.requestHeaderFieldsTooLarge, "the request's headers are too long", code: "TOO_LARGE")
            : .error(.badRequest, "this is not HTTP")
    }
}
