import Foundation
import JSON
import Logging
import NIOCore
import Server
import ServiceLifecycle
import Synchronization
import Testing

/// What the connection itself decides, over a real socket.
@Suite struct HTTPConnectionTests {
    private let query = #"{"query":"echo"}"#

    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    /// Whether the server has closed. It may have done so before it read the last of what was sent.
    private func isEnded(_ client: HTTPClient) async throws -> Bool {
        do { return try await client.next() == nil } catch let error as IOError {
            return error.errnoCode == ECONNRESET
        }
    }

    @Test func `a connection is kept as long as the client wants`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                for _ in 1...3 {
                    let response = try await client.post(query)
                    #expect(response.status == 200)
                }
                let last = try await client.post(query, headers: ["Connection: close"])
                #expect(last.status == 200 && last["Connection"] == "close")
                #expect(try await isEnded(client))
            }
            try await HTTPClient.with(port) { client in
                let request = "POST /graphql HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 16\r\n"
                try await client.send(request + "Connection: keep-alive\r\n\r\n" + query)
                #expect(try await client.next()?["Connection"] == "keep-alive")
                try await client.send(request + "\r\n" + query)
                #expect(try await client.next()?["Connection"] == "close")
                #expect(try await isEnded(client))
            }
        }
    }

    @Test(arguments: ["echo", "known"])
    func `what was asked before the client closed its side is answered`(query: String) async throws {
        let body = #"{"query":"\#(query)"}"#
        try await withHTTPDoor { port, _ in
            for _ in 1...20 {
                try await HTTPClient.with(port) { client in
                    try await client.send("POST", "/graphql", body: body)
                    try await client.send("POST", "/graphql", body: body)
                    client.outbound.finish()
                    #expect(try await client.next()?.status == 200)
                    #expect(try await client.next()?.status == 200)
                    #expect(try await isEnded(client))
                }
            }
        }
    }

    @Test func `a client that has closed its side is sent the whole of a long answer`() async throws {
        let body = #"{"query":"known long"}"#
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send("POST", "/graphql", body: body)
                client.outbound.finish()
                let answer = try await client.next()
                #expect(answer?.body.utf8.count == 24 << 20 + 32)
                #expect(try await isEnded(client))
            }
        }
    }

    @Test func `an answer that is given at once is the last one where the client wants it`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let last = try await client.post(#"{"query":"known"}"#, headers: ["Connection: close"])
                #expect(last.status == 200 && last["Connection"] == "close")
                #expect(try await isEnded(client))
            }
        }
    }

    @Test func `a long body is refused before it is sent`() async throws {
        try await withHTTPDoor(limits: limits { $0.body = 1000 }) { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send("POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n")
                let response = try await client.next()
                #expect(response?.status == 413 && response?["Connection"] == "close")
            }
        }
    }

    @Test func `a sender of 20 MB can read why nobody wants them`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send("POST /graphql HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "100000\r\n" + String(repeating: " ", count: 1 << 20) + "\r\n"
                // The door stops reading at some point; whether all of it goes out does not matter.
                let sending = Task { for _ in 1...20 { try await client.send(chunk) } }
                #expect(try await client.next()?.status == 413)
                _ = await sending.result
            }
        }
    }

    @Test func `what bodies take of the common memory is given back`() async throws {
        let limits = limits {
            $0.bodies = 50_000
            $0.smallBody = 1000
        }
        try await withHTTPDoor(limits: limits) { port, _ in
            for (length, status) in [(40_000, 200), (40_000, 200), (60_000, 503), (40_000, 200)] {
                try await HTTPClient.with(port) { client in
                    let response = try await client.post(query + String(repeating: " ", count: length))
                    #expect(response.status == status)
                }
            }
        }
    }

    @Test func `a body that does not end is given up`() async throws {
        try await withHTTPDoor(limits: limits { $0.receiving = .milliseconds(50) }) { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send("POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
                #expect(try await client.next()?.status == 408)
                #expect(try await isEnded(client))
            }
        }
    }

    @Test(arguments: ["", "POST /graphql HT"]) func `a head that does not come is given up`(start: String) async throws
    {
        try await withHTTPDoor(limits: limits { $0.idle = .milliseconds(50) }) { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send(start)
                #expect(try await isEnded(client))
            }
        }
    }

    /// Connects with little time for idle connections, and with more where the machine is too busy for that: `body` answers
    /// whether it came to the point.
    private func withLittleTime(
        _ body: @escaping @Sendable (HTTPClient, Int, FakeRunner) async throws -> Bool
    ) async throws {
        for time in [200, 2000, 20_000] {
            let came = Mutex(false)
            try await withHTTPDoor(limits: limits { $0.idle = .milliseconds(Int64(time)) }) { port, runner in
                try await HTTPClient.with(port) { client in
                    // One that was closed before it asked did not come to the point either.
                    let isDone = (try? await body(client, port, runner)) ?? false
                    came.withLock { $0 = isDone }
                }
            }
            if came.withLock({ $0 }) { return }
        }
        Issue.record("the machine is too busy")
    }

    @Test func `a kept connection has its time too`() async throws {
        try await withLittleTime { client, _, _ in
            try await client.send("POST", "/graphql", body: query)
            guard try await client.next()?.status == 200 else { return false }
            let ended = try await isEnded(client)
            #expect(ended)
            return true
        }
    }

    @Test func `an answer that takes long is no idle connection`() async throws {
        try await withLittleTime { client, port, runner in
            try await client.send("POST", "/graphql", body: #"{"query":"hold"}"#)
            let deadline = ContinuousClock.now + .seconds(10)
            while runner.started.load(ordering: .relaxed) == 0 {
                if ContinuousClock.now > deadline { return false }
                try await Task.sleep(for: .milliseconds(2))
            }
            // Somebody who only sits there is gone by and by; who waits for an answer is not.
            try await HTTPClient.with(port) { idle in
                let ended = try await isEnded(idle)
                #expect(ended)
            }
            runner.release()
            let status = try await client.next()?.status
            #expect(status == 200)
            return true
        }
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 400),
        ("POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 70_000) + "\r\n\r\n", 431),
        ("POST /graphql HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\nContent-Length: 5\r\n\r\n", 417),
    ]) func `what is not HTTP ends the connection with a word`(text: String, status: Int) async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send(text)
                let response = try await client.next()
                #expect(response?.status == status && response?["Connection"] == "close")
                #expect(try await isEnded(client))
            }
        }
    }

    @Test func `a client that asks first may go on`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                try await client.send(
                    "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                        + "Content-Length: 16\r\n\r\n")
                #expect(try await client.next()?.status == 100)
                try await client.send(query)
                #expect(try await client.next()?.status == 200)
            }
        }
    }

    @Test func `an unknown protocol is not changed to`() async throws {
        try await withHTTPDoor { port, _ in
            try await HTTPClient.with(port) { client in
                let response = try await client.post(query, headers: ["Connection: Upgrade", "Upgrade: h2c"])
                #expect(response.status == 200 && response["Connection"] == "close")
            }
        }
    }

    @Test func `the longest idle connection makes room for a new one`() async throws {
        try await withHTTPDoor(limits: limits { $0.connections = 2 }) { port, _ in
            try await HTTPClient.with(port) { idle in
                let first = try await idle.post(query).status
                #expect(first == 200)
                try await HTTPClient.with(port) { second in
                    let first = try await second.post(query).status
                    #expect(first == 200)
                    try await HTTPClient.with(port) { third in
                        let first = try await third.post(query).status
                        #expect(first == 200)
                        #expect(try await second.post(query).status == 200)
                    }
                }
                #expect(try await isEnded(idle))
            }
        }
    }

    @Test func `where all are at work a new connection hears it`() async throws {
        try await withHTTPDoor(limits: limits { $0.connections = 1 }) { port, runner in
            try await HTTPClient.with(port) { busy in
                try await busy.send("POST", "/graphql", body: #"{"query":"wait"}"#)
                while runner.started.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(2)) }
                try await HTTPClient.with(port) { other in
                    let status = try await other.next()?.status
                    #expect(status == 503)
                }
            }
        }
    }

    @Test func `a client that leaves has its operation cancelled`() async throws {
        try await withHTTPDoor(limits: limits { $0.lingering = .milliseconds(20) }) { port, runner in
            try await HTTPClient.with(port) { client in
                try await client.send("POST", "/graphql", body: #"{"query":"wait"}"#)
                while runner.started.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
            while runner.cancelled.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    @Test func `a stop lets requests end, tells WebSockets and closes the rest`() async throws {
        let runner = FakeRunner()
        let door = httpDoor(runner)
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        let group = ServiceGroup(
            services: [DoorService(door: door) { continuation.finish() }],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task { try await group.run() }
        for await _ in opened {}
        let port = try #require(door.url.split(separator: ":").last.flatMap { Int($0) })
        try await HTTPClient.with(port) { busy in
            try await HTTPClient.with(port) { socket in
                try await HTTPClient.with(port) { idle in
                    _ = try await idle.post(query)
                    try await socket.upgrade()
                    try await busy.send("POST", "/graphql", body: #"{"query":"hold"}"#)
                    while runner.started.load(ordering: .relaxed) < 2 { try await Task.sleep(for: .milliseconds(2)) }
                    await group.triggerGracefulShutdown()
                    #expect(try await isEnded(idle))
                    #expect(try await socket.closeCode() == 1001)
                    runner.release()
                    #expect(try await busy.next()?.status == 200)
                    #expect(try await isEnded(busy))
                }
            }
        }
        try await serving.value
    }
}

private struct DoorService: Service {
    let door: HTTPDoor
    let isOpen: @Sendable () -> Void
    func run() async throws { try await door.run { isOpen() } }
}
