import Core
import Logging
import NIOCore
import NIOHTTP1
import Server
import Synchronization
import Testing

/// Knows one good token, and one that it cannot check.
struct FakeTokens: TokenVerifier {
    func caller(of token: String) async -> Result<Caller, TokenRefusal> {
        switch token {
        case "good": .success(Caller(name: "alice", role: .user, userID: "1"))
        case "unknowable": .failure(.unavailable(reason: "no database"))
        default: .failure(.invalid)
        }
    }
}

/// Opens a door on a free port and closes it when `body` is done.
func withHTTPDoor(
    limits: HTTPLimits = HTTPLimits(), origins: String = "*",
    _ body: @escaping @Sendable (Int, FakeRunner) async throws -> Void
) async throws {
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let runner = FakeRunner()
    let routes = HTTPRoutes(runner: runner, tokens: FakeTokens(), cors: CORSPolicy(origins), log: quiet)
    let door = HTTPDoor(
        at: HTTPDoor.Address(host: "127.0.0.1", port: 0), routes: routes, limits: limits, clock: SystemClock(),
        log: quiet)
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

    @Test func `requests that come together are answered in their order`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let requests = (1...50).map { number in
                    let body = #"{"query":"\#(number)"}"#
                    return "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                }
                try await client.send(requests.joined())
                for number in 1...50 {
                    #expect(try await client.next()?.body.contains(#""query":"\#(number)""#) == true)
                }
            }
        }
    }
}
