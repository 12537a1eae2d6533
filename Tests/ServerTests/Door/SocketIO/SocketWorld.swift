import Core
import JSON
import Logging
import Server
import Synchronization
import Testing

/// The features behind a door under test: everybody hears of events as `vms:update`, and rooms are open to those whom the test names.
final class FakeBackend: SocketBackend {
    let hub = EventHub()
    /// Rooms that may be joined.
    let open = Mutex<Set<String>>(["vm:1", "department:1"])
    /// How often facts could not be had before they could.
    let failures = Mutex(0)
    /// How far back events are kept.
    let oldest = Mutex<EventRecord.ID>(0)
    let announce: @Sendable (EventRecord, Set<String>) -> Announcement

    struct Failure: Error {}

    init(announce: @escaping @Sendable (EventRecord, Set<String>) -> Announcement) { self.announce = announce }

    var lastEvent: EventRecord.ID { hub.last }

    func events(after id: EventRecord.ID, limit: Int) async throws -> [EventRecord]? {
        if case .events(let events) = await hub.next(after: id, limit: limit) { events } else { nil }
    }

    func reachesBack(to id: EventRecord.ID, limit: Int) async throws -> Bool {
        id >= oldest.withLock { $0 } && id <= hub.last && hub.last - id <= limit
    }

    func announcements(of events: [EventRecord], to users: Set<String>) async throws -> [Announcement] {
        let fails = failures.withLock { count in
            defer { count -= count > 0 ? 1 : 0 }
            return count > 0
        }
        if fails { throw Failure() }
        return events.map { announce($0, users) }
    }

    func account(of caller: Caller) async throws -> User? {
        guard let id = caller.userID else { return nil }
        return User(id: User.ID(id), email: caller.name, firstName: "Ada", lastName: "L", role: caller.role)
    }

    func mayJoin(_ room: SocketRoom, _ caller: Caller) async throws -> Bool {
        open.withLock { $0.contains(room.name) }
    }

    /// Makes something happen.
    func happen(_ id: EventRecord.ID, resource: String = "machine", of thing: String = "1") {
        hub.publish([
            EventRecord(
                id: id, at: moment, resource: resource, action: "update", resourceID: thing, resourceName: "web",
                actor: "test", message: "", data: ["number": .int(Int(id))])
        ])
    }
}

/// A Socket.io door on a free port.
struct SocketWorld: Sendable {
    let port: Int
    let backend: FakeBackend
    let registry: SocketRegistry

    /// Limits that no busy machine runs into: how long things take is a test's subject only where it says so.
    static var patient: SocketIOLimits {
        var limits = SocketIOLimits()
        limits.connectTime = .seconds(600)
        limits.pingInterval = .seconds(600)
        return limits
    }

    static func with(
        limits: SocketIOLimits = Self.patient, origins: String = "*",
        announce: @escaping @Sendable (EventRecord, Set<String>) -> Announcement = SocketWorld.toAll,
        _ body: @escaping @Sendable (SocketWorld) async throws -> Void
    ) async throws {
        var limits = limits
        limits.tick = .milliseconds(5)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let backend = FakeBackend(announce: announce)
        let registry = SocketRegistry()
        let socketIO = SocketIODoor(
            tokens: FakeTokens(), backend: backend, registry: registry, limits: limits, clock: SystemClock(),
            log: quiet)
        let status = ServerStatus(
            links: LinkBoard(at: moment), index: FleetIndex(), hub: backend.hub, version: "1", startedAt: moment)
        let routes = HTTPRoutes(
            runner: FakeRunner(), tokens: FakeTokens(), status: status, cors: CORSPolicy(origins), socketIO: socketIO,
            log: quiet)
        let door = HTTPDoor(
            at: HTTPDoor.Address(host: "127.0.0.1", port: 0), routes: routes, clock: SystemClock(), log: quiet)
        let (opened, continuation) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await socketIO.run() }
            group.addTask { try? await door.run { continuation.finish() } }
            defer { group.cancelAll() }
            for await _ in opened {}
            let port = try #require(door.url.split(separator: ":").last.flatMap { Int($0) })
            try await body(SocketWorld(port: port, backend: backend, registry: registry))
        }
    }

    @Sendable static func toAll(_ event: EventRecord, _ users: Set<String>) -> Announcement {
        var announcement = Announcement(event)
        announcement.notices = [.init("vms:update", event.data, to: users)]
        return announcement
    }

    /// Runs `body` with a client of its own connection.
    func client(_ body: @Sendable (HTTPClient) async throws -> Void) async throws {
        try await HTTPClient.with(port, body)
    }

    /// Opens a WebSocket and connects as Ada.
    func tab(_ token: String = "good", _ body: @Sendable (HTTPClient) async throws -> Void) async throws {
        try await client { client in
            try await client.openEngine()
            try await client.send(message: #"40{"token":"\#(token)"}"#)
            #expect(try await client.text()?.hasPrefix(#"40{"sid":""#) == true)
            #expect(try await client.text()?.hasPrefix(#"42["connected",{"#) == true)
            try await body(client)
        }
    }

    func eventually(_ what: String, _ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !condition() {
            try #require(ContinuousClock.now < deadline, "not in time: \(what)")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension HTTPClient {
    static let engine = "/socket.io/?EIO=4&transport="

    /// Opens a session over a WebSocket; its first packet is read.
    func openEngine() async throws {
        let answer = try await ask("GET", Self.engine + "websocket", headers: Self.upgradeHeaders)
        try #require(answer.status == 101)
        #expect(answer["Sec-WebSocket-Protocol"] == nil)
        #expect(try await text()?.hasPrefix(#"0{"sid":""#) == true)
    }

    /// The next text frame; nil at a close frame or the end.
    func text() async throws -> String? {
        while let frame = try await frame(), frame.opcode != 8 {
            if frame.opcode == 1 { return String(decoding: frame.payload, as: UTF8.self) }
        }
        return nil
    }

    // MARK: Polling

    /// Opens a session over polling. Returns its id.
    func openPolling() async throws -> String {
        let answer = try await ask("GET", Self.engine + "polling")
        try #require(answer.status == 200 && answer.body.hasPrefix("0"), "\(answer.body)")
        return try #require(try JSONValue(parsing: String(answer.body.dropFirst()))["sid"]?.string)
    }

    func poll(_ session: String) async throws -> Response {
        try await ask("GET", Self.engine + "polling&sid=\(session)")
    }

    /// Polls until the connection is told of. A session that has ended is told nothing more.
    func pollUntilConnected(_ session: String) async throws {
        while true {
            let answer = try await poll(session)
            try #require(answer.status == 200, "\(answer.body)")
            if answer.body.contains("connected") { return }
        }
    }

    func post(_ session: String, _ body: String) async throws -> Response {
        try await ask("POST", Self.engine + "polling&sid=\(session)", body: body)
    }
}
