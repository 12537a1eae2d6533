import Core
import Logging
import NIOCore
import NIOHTTP1
import Server
import Synchronization
import Testing

let moment = Timestamp(milliseconds: 1_700_000_000_000)

/// A door on a free port.
func httpDoor(
    _ runner: FakeRunner, limits: HTTPLimits = HTTPLimits(), origins: String = "*",
    links: LinkBoard = LinkBoard(at: moment)
) -> HTTPDoor {
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let status = ServerStatus(links: links, index: FleetIndex(), hub: EventHub(), version: "1.2", startedAt: moment)
    let routes = HTTPRoutes(
        runner: runner, tokens: FakeTokens(), status: status, cors: CORSPolicy(origins), log: quiet)
    return HTTPDoor(
        at: HTTPDoor.Address(host: "127.0.0.1", port: 0), routes: routes, limits: limits, clock: SystemClock(),
        log: quiet)
}

/// Opens a door on a free port and closes it when `body` is done.
func withHTTPDoor(
    limits: HTTPLimits = HTTPLimits(), origins: String = "*", links: LinkBoard = LinkBoard(at: moment),
    _ body: @escaping @Sendable (Int, FakeRunner) async throws -> Void
) async throws {
    let runner = FakeRunner()
    let door = httpDoor(runner, limits: limits, origins: origins, links: links)
    let (opened, continuation) = AsyncStream<Void>.makeStream()
    let serving = Task { try await door.run { continuation.finish() } }
    for await _ in opened {}
    let port = try #require(door.url.split(separator: ":").last.flatMap { Int($0) })
    do {
        try await body(port, runner)
    } catch {
        serving.cancel()
        throw error
    }
    serving.cancel()
    _ = await serving.result
}

@Suite struct HTTPDoorTests {
    @Test func `a query is answered with one line of JSON`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(#"{"query":"echo"}"#)
                #expect(response.status == 200)
                #expect(response["Content-Type"] == "application/json; charset=utf-8")
                #expect(response.body == #"{"data":{"query":"echo","caller":"nobody"}}"# + "\n")
                #expect(response["Connection"] == nil)
                #expect(response["Date"]?.hasSuffix(" GMT") == true)
            }
        }
    }

    /// Those that are answered at once, and among them those that are not.
    @Test(arguments: [1, 2, 7]) func `requests that come together are answered in their order`(known: Int) async throws
    {
        @Sendable func query(_ number: Int) -> String { number % known == 0 ? "known \(number)" : "\(number)" }
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let requests = (1...50).map { number in
                    let body = #"{"query":"\#(query(number))"}"#
                    return "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                }
                try await client.send(requests.joined())
                for number in 1...50 {
                    #expect(try await client.next()?.body.contains(#""query":"\#(query(number))""#) == true)
                }
            }
        }
    }

    @Test(arguments: [
        (#"{"query":"refuse"}"#, 400, "\"no\""), (#"[{"query":"echo"}]"#, 400, "Operation batching disabled."),
        ("{}", 400, "POST body missing"), ("", 400, "POST body missing"), ("7", 400, "POST body missing"),
        ("{", 400, "not JSON"), (#"{"query":""}"#, 400, "non-empty `query`"), (#"{"query":7}"#, 400, "must be strings"),
        (#"{"query":"echo","variables":"{}"}"#, 400, "recursively JSON-encoded"),
        (#"{"query":"echo","variables":[]}"#, 400, "must be an object"),
        (#"{"query":"echo","variables":null,"operationName":null,"extensions":{}}"#, 200, "echo"),
        (#"{"query":"subscription"}"#, 400, "WebSocket"),
        (
            #"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#, 200, "PERSISTED_QUERY_NOT_FOUND"
        ),
        (#"{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"00"}}}"#, 400, "query version"),
        (#"{"query":"echo","extensions":{"persistedQuery":{"version":1}}}"#, 400, "query version"),
        (#"{"query":"echo","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#, 400, "sha does not"),
        (#"{"query":"echo","extensions":{"persistedQuery":null}}"#, 200, "echo"),
    ]) func `a POST is answered as Apollo Server does`(body: String, status: Int, words: String) async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(body)
                #expect(response.status == status)
                #expect(response.body.contains(words), "\(response.body)")
                #expect(response.body.hasSuffix("}\n"))
                // The connection goes on.
                #expect(try await client.post(#"{"query":"echo"}"#).status == 200)
            }
        }
    }

    @Test func `a document that was sent once can be asked for by its digest`() async throws {
        // That of "echo".
        let digest = "092c79e8f80e559e404bcf660c48f3522b67aba9ff1484b0367e1a4ddef7431d"
        let extensions = #""extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(digest)"}}"#
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                #expect(try await client.post("{\(extensions)}").body.contains("PERSISTED_QUERY_NOT_FOUND"))
                #expect(try await client.post(#"{"query":"echo",\#(extensions)}"#).status == 200)
                let answer = try await client.post("{\(extensions)}")
                #expect(answer.status == 200 && answer.body.contains(#""query":"echo""#))
                let link =
                    "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22\(digest)%22%7D%7D"
                #expect(try await client.ask("GET", link, headers: asked).body == answer.body)
            }
        }
    }

    @Test func `documents that are asked for by their digests have a limit`() {
        let kept = PersistedQueries(capacity: 2, bytes: 100, length: 40)
        let long = String(repeating: "x", count: 41)
        let digests = [
            "a": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
            "b": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
            "c": "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6",
        ]
        for text in ["a", "b"] { #expect(kept.keep(text, as: digests[text] ?? "")) }
        #expect(kept.text(of: digests["a"] ?? "") == "a")
        #expect(kept.keep("c", as: digests["c"] ?? ""))
        // The one that was asked for least recently had to go.
        #expect(kept.text(of: digests["b"] ?? "") == nil && kept.text(of: digests["a"] ?? "") == "a")
        #expect(!kept.keep("d", as: "0000") && kept.keep(long, as: "0000") && kept.size == (2, 2))
    }

    private let asked = ["Apollo-Require-Preflight: 1"]

    @Test func `a query can be in the address and a mutation cannot`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let query = try await client.ask("GET", "/graphql?query=a%20b+c&variables=%7B%7D", headers: asked)
                #expect(query.status == 200 && query.body.contains(#""query":"a b c""#))
                let mutation = try await client.ask("GET", "/graphql?query=mutation", headers: asked)
                #expect(mutation.status == 405 && mutation["Allow"] == "POST")
                let other = try await client.ask("DELETE", "/graphql?query=echo", headers: asked)
                #expect(other.status == 405 && other["Allow"] == "GET, POST")
                let forged = try await client.ask("GET", "/graphql?query=echo")
                #expect(forged.status == 400 && forged.body.contains("Cross-Site Request Forgery"))
                #expect(try await client.ask("GET", "/graphql?query=a&query=b", headers: asked).status == 400)
                #expect(try await client.ask("GET", "/graphql?query=a&variables=7", headers: asked).status == 400)
                #expect(try await client.ask("GET", "/else").status == 404)
            }
        }
    }

    @Test(arguments: [
        ("Authorization: Bearer good", "ada@example.org"), ("authorization: bearer  good ", "ada@example.org"),
        ("Authorization: good", "ada@example.org"), ("Authorization:", "nobody"), ("Authorization: Bearer", "nobody"),
        ("Authorization: Bearer bad", "nobody"),
    ]) func `the caller is whom the token stands for, else nobody`(header: String, name: String) async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(#"{"query":"who"}"#, headers: [header])
                #expect(response.status == 200 && response.body.contains(#""caller":"\#(name)""#))
            }
        }
    }

    @Test func `a token that cannot be checked makes nobody a stranger`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(#"{"query":"who"}"#, headers: ["Authorization: down"])
                #expect(response.status == 503 && response["Retry-After"] != nil)
                #expect(response.body.contains("UNAVAILABLE"))
            }
        }
    }

    @Test func `answers say which pages may read them`() async throws {
        try await withHTTPDoor(origins: "https://a.example") { port, _ in
            try await HTTPClient.with(port) { client in
                let friend = try await client.post(#"{"query":"echo"}"#, headers: ["Origin: https://a.example"])
                #expect(friend["Access-Control-Allow-Origin"] == "https://a.example")
                let stranger = try await client.post(#"{"query":"echo"}"#, headers: ["Origin: https://b.example"])
                #expect(stranger["Access-Control-Allow-Origin"] == nil && stranger["Vary"] == "Origin")
                let asked = try await client.ask("OPTIONS", "/graphql", headers: ["Origin: https://a.example"])
                #expect(asked.status == 204 && asked["Content-Length"] == nil)
                #expect(asked["Access-Control-Allow-Headers"] == "Content-Type,Authorization")
            }
        }
    }

    @Test(arguments: [
        ("application/graphql-response+json", 200, "application/graphql-response+json; charset=utf-8"),
        ("application/graphql-response+json;q=0.5, application/json", 200, "application/json; charset=utf-8"),
        ("text/html, */*;q=0.1", 200, "application/json; charset=utf-8"),
        ("text/html", 406, "application/json; charset=utf-8"),
    ]) func `the answer has the type that the client wants`(accept: String, status: Int, type: String) async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(#"{"query":"echo"}"#, headers: ["Accept: \(accept)"])
                #expect(response.status == status && response["Content-Type"] == type)
            }
        }
    }

    @Test func `health is good when everything can be reached`() async throws {
        let links = LinkBoard(at: moment)
        try await withHTTPDoor(links: links) { port, _ in
            try await HTTPClient.with(port) { client in
                for link in LinkState.Link.allCases { links.set(link, .up, at: moment) }
                let good = try await client.ask("GET", "/health")
                #expect(good.status == 200)
                #expect(
                    good.body == """
                        {"status":"ok","version":"1.2",\
                        "hypervisor":{"state":"up","since":"2023-11-14T22:13:20.000Z"},\
                        "events":{"state":"up","since":"2023-11-14T22:13:20.000Z"},\
                        "database":{"state":"up","since":"2023-11-14T22:13:20.000Z"}}

                        """)
                let plain = try await client.ask("GET", "/health", headers: ["Accept: text/plain"])
                #expect(plain.status == 200 && plain.body == "OK\n")

                links.set(.database, .down, reason: "secret.example refuses", at: moment)
                let bad = try await client.ask("GET", "/health")
                #expect(bad.status == 503 && bad.body.contains(#""database":{"state":"down""#))
                #expect(!bad.body.contains("secret"))
                let word = try await client.ask("GET", "/health", headers: ["Accept: text/plain"])
                #expect(word.status == 503 && word.body == "database down\n")
                let head = try await client.ask("HEAD", "/health")
                #expect(head.status == 503 && head["Content-Length"] == "\(bad.body.utf8.count)")
                #expect(try await client.ask("GET", "/health/live").body == "OK\n")
                #expect(try await client.ask("POST", "/health", body: "{}")["Allow"] == "GET, HEAD")
            }
        }
    }

    @Test func `metrics count what was answered`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                for query in ["echo", "echo", "refuse"] { _ = try await client.post(#"{"query":"\#(query)"}"#) }
                let page = try await client.ask("GET", "/metrics")
                #expect(page.status == 200 && page["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                for line in [
                    #"bay_http_requests_total{route="graphql",status="2xx"} 2"#,
                    #"bay_http_requests_total{route="graphql",status="4xx"} 1"#,
                    #"bay_http_request_duration_seconds_bucket{route="graphql",le="+Inf"} 3"#,
                    #"bay_link_up{link="database"} 0"#, "bay_http_connections 1", "bay_http_websockets 0",
                    #"bay_machines{status="running",managed="true"} 0"#, "# TYPE bay_http_connections gauge",
                ] { #expect(page.body.contains(line + "\n"), "\(line)") }
            }
        }
    }
}
