package import NIOCore
package import NIOHTTP1

/// A request with its whole body, as the routes see it.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The part of the target before the `?`, as it came.
    package var path: String
    /// The part behind the `?`, still encoded; nil without one.
    package var query: String?
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    /// Where the client is; nil where that is not known.
    package var address: String?

    package init(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()
    ) {
        self.method = method
        self.headers = headers
        self.body = body
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.index(after: mark)...])
        } else {
            path = target
        }
    }

    /// The value of a header that may stand once. Nil where it is missing.
    package func header(_ name: String) -> String? { headers.first(name: name) }
}

extension HTTPRequest {
    /// The parameters of the query in their order, decoded. What is no UTF-8 after decoding is left out.
    ///
    /// Source: <https://url.spec.whatwg.org/#urlencoded-parsing>
    package var parameters: [(name: String, value: String)] {
        guard let query else { return [] }
        return query.utf8.split(separator: UInt8(ascii: "&")).compactMap { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let rest = end == pair.endIndex ? pair[end...] : pair[pair.index(after: end)...]
            guard let name = Self.decoded(pair[..<end]), let value = Self.decoded(rest) else { return nil }
            return (name, value)
        }
    }

    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let code = rest.prefix(2)
                if code.count == 2, code.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let value = UInt8(Substring(code), radix: 16)
                {
                    bytes.append(value)
                    rest.removeFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension HTTPRequest {
    /// The token that the client shows: behind `Bearer`, or the bare header. Nil for none and for an empty header, which
    /// front ends send before anybody has signed in.
    package var token: String? { header("Authorization").flatMap(Self.token) }

    package static func token(_ header: String) -> String? {
        let text = header.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        let scheme = text.prefix { $0 != 0x20 && $0 != 0x09 }
        let isBearer = scheme.count == 6 && Substring(scheme).lowercased() == "bearer"
        let rest = isBearer ? text.dropFirst(scheme.count).drop { $0 == 0x20 || $0 == 0x09 } : text
        let end = rest.lastIndex { $0 != 0x20 && $0 != 0x09 }
        return end.map { String(Substring(rest[...$0])) }
    }
}
