import JSON
import NIOCore
package import NIOHTTP1

/// What a route answers: a status, headers and a whole body. `Content-Length`, `Connection` and `Date` are the
/// connection's business.
package struct HTTPResponse: Sendable {
    package var status: HTTPResponseStatus
    package var contentType: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Whether a newline follows the body: so nobody has to copy a long one to append it.
    package var endsLine: Bool
    /// Nothing more is said on this connection, for instance because the rest of the request is not wanted.
    package var closes = false

    package init(
        _ status: HTTPResponseStatus, type contentType: String = MediaType.json,
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], endsLine: Bool = false
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.endsLine = endsLine
    }

    package static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, type: MediaType.text, body: Array(text.utf8), endsLine: true)
    }

    /// An answer of GraphQL's form that holds one error.
    package static func error(
        _ status: HTTPResponseStatus, _ message: String, code: String = "BAD_REQUEST",
        headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        let error: JSONValue = ["message": .string(message), "extensions": ["code": .string(code)]]
        var writer = JSONWriter()
        writer.value(["errors": .array([error])])
        return HTTPResponse(status, headers: headers, body: writer.bytes, endsLine: true)
    }
}

package enum MediaType {
    package static let json = "application/json; charset=utf-8"
    package static let graphQL = "application/graphql-response+json; charset=utf-8"
    package static let text = "text/plain; charset=utf-8"
}

extension HTTPResponse {
    /// The answer to a request; to none where there was none that could be read, and after which nothing can come.
    func encoded(date: String, to pending: PendingRequest?) -> ByteBuffer {
        guard let pending else { return encoded(date: date, connection: "close", isHead: false) }
        return encoded(
            date: date, connection: pending.connection(above: self), isHead: pending.request.method == .HEAD)
    }

    /// The whole response as it goes over the wire, in one buffer.
    ///
    /// - Parameters:
    ///   - date: the present time in HTTP's form.
    ///   - keepAlive: nil where the protocol's version keeps connections anyway.
    ///   - isHead: whether the body is only announced.
    func encoded(date: String, connection: String?, isHead: Bool) -> ByteBuffer {
        let length = body.count + (endsLine ? 1 : 0)
        let extra = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        var buffer = ByteBufferAllocator().buffer(capacity: 256 + extra + (isHead ? 0 : length))
        buffer.writeString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeString(" ")
        buffer.writeString(status.reasonPhrase)
        // A response without a body has neither type nor, at 204, a length.
        if status.mayHaveResponseBody {
            if length > 0 {
                buffer.writeString("\r\nContent-Type: ")
                buffer.writeString(contentType)
            }
            buffer.writeString("\r\nContent-Length: ")
            buffer.writeString(String(length))
        }
        for header in headers {
            buffer.writeString("\r\n")
            buffer.writeString(header.name)
            buffer.writeString(": ")
            buffer.writeString(header.value)
        }
        if let connection {
            buffer.writeString("\r\nConnection: ")
            buffer.writeString(connection)
        }
        buffer.writeString("\r\nDate: ")
        buffer.writeString(date)
        buffer.writeString("\r\n\r\n")
        if !isHead, length > 0 {
            buffer.writeBytes(body)
            if endsLine { buffer.writeInteger(UInt8(ascii: "\n")) }
        }
        return buffer
    }
}
