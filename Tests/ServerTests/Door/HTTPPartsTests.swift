import Core
import JSON
import NIOCore
import NIOHTTP1
import Server
import Testing

/// The parts of the HTTP door that need no connection.
@Suite struct HTTPPartsTests {
    // MARK: Forgery

    @Test(arguments: [
        (nil, false), ("text/plain", false), ("text/plain;charset=utf-8", false), ("TEXT/PLAIN", false),
        ("multipart/form-data; boundary=x", false), ("application/x-www-form-urlencoded", false),
        ("application/json", true), ("application/json; charset=utf-8", true), ("application/graphql", true),
        ("not a type", true), ("", true),
    ]) func `a request is safe whose content type a browser would have asked for`(type: String?, isSafe: Bool) {
        let headers = type.map { HTTPHeaders([("Content-Type", $0)]) } ?? [:]
        #expect(GraphQLOverHTTP.isSafeFromForgery(HTTPRequest(.POST, "/graphql", headers: headers)) == isSafe)
    }

    @Test(arguments: [
        ("x-apollo-operation-name", "Q", true), ("Apollo-Require-Preflight", "true", true),
        ("apollo-require-preflight", "", false), ("X-Other", "true", false),
    ]) func `a request is safe with a header that a browser would have asked for`(
        name: String, value: String, isSafe: Bool
    ) {
        let request = HTTPRequest(.GET, "/graphql", headers: [name: value])
        #expect(GraphQLOverHTTP.isSafeFromForgery(request) == isSafe)
    }

    // MARK: Requests

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER\t abc ", "abc"), ("abc", "abc"), (" abc ", "abc"),
        ("a b", "a b"), ("", nil), ("  ", nil), ("Bearer", nil), ("Bearer ", nil), ("Bearerabc", "Bearerabc"),
    ]) func `a token stands behind Bearer or alone`(header: String, token: String?) {
        #expect(HTTPRequest.token(header) == token)
    }

    @Test func `parameters are decoded`() {
        let request = HTTPRequest(
            .GET, "/graphql?query=%7B+a%20%7d&x&y=&z=1=2&bad=%zz&cut=%4&utf=%C3%A4&broken=%C3&%61=b")
        #expect(request.path == "/graphql")
        #expect(
            request.parameters.map { "\($0.name)=\($0.value)" } == [
                "query={ a }", "x=", "y=", "z=1=2", "bad=%zz", "cut=%4", "utf=ä", "a=b",
            ])
        #expect(HTTPRequest(.GET, "/a").parameters.isEmpty)
    }

    @Test func `an operation is read with its variables and name`() throws {
        let body = #"{"variables":{"id":7},"operationName":"A","query":"query A { a }","extensions":{"x":1}}"#
        let request = HTTPRequest(
            .POST, "/graphql", headers: ["Content-Type": "application/json"], body: ByteBuffer(string: body))
        let operation = try GraphQLOverHTTP.operation(in: request)
        #expect(operation == OperationRequest(query: "query A { a }", variables: ["id": 7], operationName: "A"))
    }

    @Test(arguments: [
        ("application/json; charset=latin1", nil, 415), ("application/json", "gzip", 415),
        ("application/json; charset=\"UTF-8\"", "identity", 200), ("application/graphql", nil, 400),
    ]) func `only JSON in UTF-8 is read`(type: String, encoding: String?, status: Int) {
        var headers: HTTPHeaders = ["Content-Type": type]
        if let encoding { headers.add(name: "Content-Encoding", value: encoding) }
        let body = ByteBuffer(string: #"{"query":"{ a }"}"#)
        do throws(GraphQLOverHTTP.Refusal) {
            _ = try GraphQLOverHTTP.operation(in: HTTPRequest(.POST, "/graphql", headers: headers, body: body))
            #expect(status == 200)
        } catch {
            #expect(Int(error.status.code) == status)
        }
    }

    // MARK: Addresses

    @Test(arguments: [
        ("10.0.0.9", "1.1.1.1", "10.0.0.9"), ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"), ("10.0.0.1", nil, "10.0.0.1"),
    ]) func `only a trusted proxy is believed where a client is`(peer: String, chain: String?, client: String) {
        var request = HTTPRequest(.GET, "/", headers: chain.map { ["X-Forwarded-For": $0] } ?? [:])
        request.address = peer
        #expect(TrustedProxies(["10.0.0.1", "10.0.0.2"]).client(of: request) == client)
    }

    // MARK: Responses

    private func value(_ name: String, in headers: [(name: String, value: String)]) -> String? {
        headers.first { $0.name == name }?.value
    }

    @Test func `all origins or the listed ones may read`() {
        let all = CORSPolicy("*")
        #expect(value("Access-Control-Allow-Origin", in: all.headers(for: nil)) == "*")
        let some = CORSPolicy("https://a.example, http://localhost:3000/")
        for origin in ["https://a.example", "http://localhost:3000"] {
            let headers = some.headers(for: origin)
            #expect(value("Access-Control-Allow-Origin", in: headers) == origin)
            #expect(value("Access-Control-Allow-Credentials", in: headers) == "true")
        }
        for origin in ["https://a.example.evil", "null", nil] {
            #expect(value("Access-Control-Allow-Origin", in: some.headers(for: origin)) == nil)
            #expect(value("Vary", in: some.headers(for: origin)) == "Origin")
        }
    }

    @Test(arguments: [
        (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_164_800_999, "Thu, 29 Feb 2024 00:00:00 GMT"),
    ]) func `a date is written as HTTP wants it`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).httpDate == text)
    }
}
