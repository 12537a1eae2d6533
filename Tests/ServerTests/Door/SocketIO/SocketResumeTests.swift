import Core
import JSON
import Server
import Synchronization
import Testing

/// Clients that come back and take up where they were.
@Suite struct SocketResumeTests {
    /// Comes in as somebody who has heard up to an event, and reads the welcome.
    private func comeBack(
        _ world: SocketWorld, after last: String, token: String = "good",
        _ body: @escaping @Sendable (HTTPClient, JSONValue) async throws -> Void
    ) async throws {
        try await world.client { client in
            try await client.openEngine()
            try await client.send(message: #"40{"token":"\#(token)","lastEventId":\#(last)}"#)
            #expect(try await client.text()?.hasPrefix(#"40{"sid":""#) == true)
            let event = try #require(try await client.text())
            #expect(event.hasPrefix(#"42["connected",{"#))
            let welcome = try JSONValue(parsing: String(event.dropFirst(2))).array?[1]
            try await body(client, try #require(welcome))
        }
    }

    private func number(_ client: HTTPClient) async throws -> Int? {
        guard let text = try await client.text(), text.hasPrefix("42") else { return nil }
        return try JSONValue(parsing: String(text.dropFirst(2))).array?[1]["data"]?["number"]?.int
    }

    private func expect(_ client: HTTPClient, hears ids: ClosedRange<Int>) async throws {
        for id in ids {
            let heard = try await number(client)
            #expect(heard == id)
        }
    }

    @Test(arguments: ["2", "\"2\""]) func `who comes back hears what it missed, and then what happens`(
        last: String
    ) async throws {
        try await SocketWorld.with { world in
            for id in 1...5 { world.backend.happen(Int64(id)) }
            try await comeBack(world, after: last) { client, welcome in
                #expect(welcome["resumed"] == true && welcome["lastEventId"] == "2")
                try await expect(client, hears: 3...5)
                world.backend.happen(6)
                try await expect(client, hears: 6...6)
            }
        }
    }

    @Test(arguments: ["1", "9", "-1", "null", "\"soon\"", "{}"])
    func `who missed what is not there any more is told so, and hears what happens from then on`(
        last: String
    ) async throws {
        try await SocketWorld.with { world in
            world.backend.oldest.withLock { $0 = 3 }
            for id in 1...5 { world.backend.happen(Int64(id)) }
            // Somebody is there already, so that the door has told them all.
            try await world.tab { other in
                world.backend.happen(6)
                _ = try await other.text()
                try await comeBack(world, after: last) { client, welcome in
                    #expect(welcome["resumed"] == false && welcome["lastEventId"] == "6")
                    world.backend.happen(7)
                    try await expect(client, hears: 7...7)
                }
            }
        }
    }

    @Test func `who missed too much is not told all of it`() async throws {
        var limits = SocketWorld.patient
        limits.missed = 4
        try await SocketWorld.with(limits: limits) { world in
            for id in 1...5 { world.backend.happen(Int64(id)) }
            try await comeBack(world, after: "0") { _, welcome in #expect(welcome["resumed"] == false) }
            try await comeBack(world, after: "1") { _, welcome in #expect(welcome["resumed"] == true) }
        }
    }

    /// Comes and goes all the time while things happen.
    @Test func `nothing is missed and nothing comes twice, whenever somebody goes and comes back`() async throws {
        let count = 3000
        let paces = [13, 40, 101]
        let progress = Progress(paces.count)
        try await SocketWorld.with { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for id in 1...count {
                        world.backend.happen(Int64(id))
                        // Nobody is ever further behind than can be made up for.
                        if id.isMultiple(of: 100) {
                            try await world.eventually("all keep up") { progress.slowest >= id - 100 }
                        }
                    }
                }
                for (reader, pace) in paces.enumerated() {
                    group.addTask {
                        while progress.last(of: reader) < count {
                            try await comeBack(world, after: "\(progress.last(of: reader))") { client, welcome in
                                #expect(welcome["resumed"] == true)
                                for _ in 0..<pace where progress.last(of: reader) < count {
                                    progress.note(try #require(try await number(client)), by: reader)
                                }
                            }
                        }
                        #expect(progress.all(of: reader) == Array(1...count), "\(pace) at a time")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Runs `body` when all of this has been told to somebody else.
    private func told(
        _ world: SocketWorld, _ happen: @escaping @Sendable (Int) -> Void,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await world.tab { other in
            for id in 1...3 {
                happen(id)
                try await expect(other, hears: id...id)
            }
            try await body()
        }
    }

    @Test func `who cannot be told what it missed comes again`() async throws {
        try await SocketWorld.with { world in
            try await told(world) {
                world.backend.happen(Int64($0))
            } _: {
                world.backend.failures.withLock { $0 = 1 }
                try await comeBack(world, after: "1") { client, _ in
                    let text = try await client.text()
                    #expect(text == "41")
                    #expect(try await client.closeCode() == 1013)
                }
                try await comeBack(world, after: "1") { client, _ in try await expect(client, hears: 2...3) }
            }
        }
    }

    @Test func `what happened to the account meanwhile counts`() async throws {
        try await SocketWorld.with { world in
            try await told(world) {
                world.backend.happen(Int64($0), resource: $0 == 3 ? "user" : "machine", of: "ada")
            } _: {
                // Good when it is shown, and not any more when it has been heard that something happened to the account.
                try await comeBack(world, after: "2", token: "once") { client, _ in
                    try await expect(client, hears: 3...3)
                    #expect(try await client.text() == "41")
                    #expect(try await client.closeCode() == 4403)
                }
            }
        }
    }
}

/// What each of several readers has heard.
private final class Progress: Sendable {
    private let heard: Mutex<[[Int]]>
    init(_ readers: Int) { heard = Mutex(Array(repeating: [], count: readers)) }
    func note(_ id: Int, by reader: Int) { heard.withLock { $0[reader].append(id) } }
    func all(of reader: Int) -> [Int] { heard.withLock { $0[reader] } }
    func last(of reader: Int) -> Int { heard.withLock { $0[reader].last ?? 0 } }
    var slowest: Int { heard.withLock { $0.map { $0.last ?? 0 }.min() ?? 0 } }
}
