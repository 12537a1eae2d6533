package import Core
import JSON
package import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The door at `/socket.io/`: Socket.IO 5 on Engine.IO 4, over polling and WebSocket.
///
/// It speaks the protocol and carries what `SocketBackend` works out. It is part of the HTTP door, which hands it requests.
package final class SocketIODoor: Sendable {
    private struct State {
        var sessions: [String: SocketConnection] = [:]
        var addresses: [String: Int] = [:]
        var isClosed = false
    }

    let limits: SocketIOLimits
    let backend: any SocketBackend
    let registry: SocketRegistry
    let course: EventCourse
    let bursts = BurstShelf()
    let log: Logger
    private let tokens: any TokenVerifier
    private let clock: any WallClock
    private let state = Mutex(State())
    /// Connections that have something to hear. Each is in it once at most.
    private let talkers: AsyncStream<SocketConnection>
    private let talker: AsyncStream<SocketConnection>.Continuation
    /// Rings when the first session comes.
    private let bell = Bell()
    /// Accounts that something has happened to and that could not be looked at yet.
    let suspects = Mutex<Set<String>>([])

    package init(
        tokens: any TokenVerifier, backend: any SocketBackend, registry: SocketRegistry,
        limits: SocketIOLimits = SocketIOLimits(), clock: any WallClock, log: Logger
    ) {
        self.tokens = tokens
        self.backend = backend
        self.registry = registry
        course = EventCourse(at: backend.lastEvent)
        self.limits = limits
        self.clock = clock
        self.log = log
        (talkers, talker) = AsyncStream.makeStream()
    }

    /// 128 bits that nobody can guess: who knows a session's id can speak in it.
    static func newID() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Serves the sessions until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow() }
            group.addTask { await self.keepTime() }
            for await connection in talkers { group.addTask { await connection.serve() } }
            group.cancelAll()
        }
        close()
    }

    /// Ends every session: the server stops.
    package func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return Array(state.sessions.values)
        }
        for connection in all { connection.engine.close(.stopping) }
    }

    // MARK: Sessions

    private func connection(_ id: String) -> SocketConnection? { state.withLock { $0.sessions[id] } }

    private func makeSession(from address: String?, token: String?) -> EngineSession? {
        let engine = EngineSession(id: Self.newID(), address: address, token: token, limits: limits)
        let connection = SocketConnection(
            engine, tokens: tokens, backend: backend, registry: registry, course: course, limits: limits, clock: clock,
            log: log, door: self)
        let isIn = state.withLock { state in
            guard !state.isClosed, state.sessions.count < limits.sessions else { return false }
            let place = address ?? ""
            guard state.addresses[place, default: 0] < limits.sessionsPerAddress else { return false }
            state.addresses[place, default: 0] += 1
            state.sessions[engine.id] = connection
            registry.countSession(1)
            engine.serve(by: connection)
            return true
        }
        guard isIn else { return nil }
        bell.ring()
        return engine
    }

    /// Has somebody serve a connection to which something was said.
    func serve(_ connection: SocketConnection) { talker.yield(connection) }

    func ended(_ connection: SocketConnection) {
        registry.countSession(-1)
        state.withLock { state in
            let place = connection.engine.address ?? ""
            let left = state.addresses[place, default: 1] - 1
            state.addresses[place] = left > 0 ? left : nil
            if connection.engine.isForgotten(.now) { state.sessions[connection.engine.id] = nil }
        }
    }

    /// Looks at the times of all sessions, as long as there are any.
    private func keepTime() async {
        while !Task.isCancelled {
            let rings = bell.rings
            let all = state.withLock { Array($0.sessions.values) }
            if all.isEmpty {
                await bell.wait(beyond: rings)
                continue
            }
            let now = ContinuousClock.now
            for connection in all {
                connection.engine.tick(now)
                connection.tick(now)
                if connection.engine.isForgotten(now) {
                    state.withLock { $0.sessions[connection.engine.id] = nil }
                }
            }
            await checkSuspects()
            try? await Task.sleep(for: limits.tick)
        }
    }

    /// Looks at the tokens of those accounts that something has happened to: once at each, however many tabs have it.
    func checkSuspects() async {
        for user in suspects.withLock({ $0 }) {
            let byToken = Dictionary(grouping: registry.connections(of: user)) { $0.speaker?.token ?? "" }
            var isKnown = true
            for (token, connections) in byToken {
                switch await tokens.caller(of: token) {
                case .success: break
                case .failure(.unavailable): isKnown = false
                case .failure(let refusal): for connection in connections { connection.revoke(refusal) }
                }
            }
            if isKnown { suspects.withLock { _ = $0.remove(user) } }
        }
    }

    // MARK: Requests

    /// What the protocol says of a request that it cannot be.
    private enum Refusal: Int {
        case unknownTransport, unknownSession, badMethod, badRequest, forbidden, unsupportedVersion

        var response: HTTPResponse {
            let message =
                switch self {
                case .unknownTransport: "Transport unknown"
                case .unknownSession: "Session ID unknown"
                case .badMethod: "Bad handshake method"
                case .badRequest: "Bad request"
                case .forbidden: "Forbidden"
                case .unsupportedVersion: "Unsupported protocol version"
                }
            let body: JSONValue = ["code": .int(rawValue), "message": .string(message)]
            return HTTPResponse(self == .forbidden ? .forbidden : .badRequest, body: Array(body.text.utf8))
        }
    }

    /// The parameters that Engine.IO has.
    private struct Question {
        var transport: String?
        var session: String?
        var refusal: Refusal?

        init(_ request: HTTPRequest) {
            var version: String?
            for (name, value) in request.parameters {
                switch name {
                case "transport": transport = value
                case "sid": session = value
                case "EIO": version = value
                // Answers as scripts: for browsers that nobody has any more.
                case "j": refusal = .badRequest
                default: break
                }
            }
            if version != "4" { refusal = .unsupportedVersion }
            if transport != "polling", transport != "websocket" { refusal = .unknownTransport }
        }
    }

    /// Answers a request of polling.
    /// - Parameter address: where the client is.
    func answer(_ request: HTTPRequest, from address: String?) async -> HTTPResponse {
        let question = Question(request)
        if let refusal = question.refusal { return refusal.response }
        // A WebSocket that is not asked for in a WebSocket's way.
        guard question.transport == "polling" else { return Refusal.badRequest.response }
        guard let id = question.session else {
            guard request.method == .GET else { return Refusal.badMethod.response }
            guard let session = makeSession(from: address, token: request.token) else { return Self.full }
            return Self.text(session.open(upgrades: true).text)
        }
        guard let session = connection(id)?.engine else { return Refusal.unknownSession.response }
        switch request.method {
        case .GET:
            switch await session.poll() {
            case .body(let bytes): return Self.text(bytes)
            case .refused: return Refusal.badRequest.response
            case .ended: return Refusal.unknownSession.response
            }
        case .POST: return post(request, to: session)
        default: return Refusal.badRequest.response
        }
    }

    private func post(_ request: HTTPRequest, to session: EngineSession) -> HTTPResponse {
        guard request.body.readableBytes <= limits.payload else {
            return .error(.payloadTooLarge, "a message longer than \(limits.payload) bytes", code: "TOO_LARGE")
        }
        do throws(SocketProtocolError) {
            for packet in try EnginePacket.packets(payload: Array(request.body.readableBytesView)) {
                try session.receive(packet)
            }
        } catch {
            session.close(.badMessage(error.message))
            return Refusal.badRequest.response
        }
        return Self.text(Array("ok".utf8))
    }

    private static func text(_ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(.ok, type: MediaType.text, headers: [("Cache-Control", "no-store")], body: body)
    }

    private static var full: HTTPResponse {
        .error(
            .serviceUnavailable, "too many connections", code: "UNAVAILABLE", headers: [("Retry-After", "5")])
    }

    // MARK: WebSocket

    /// The session that a WebSocket is to carry.
    struct Admission: Sendable {
        var session: EngineSession
        /// It is polling already, and tries this one.
        var isProbe: Bool
    }

    /// Finds or makes the session of a request for a WebSocket.
    func admission(_ request: HTTPRequest, from address: String?) -> Result<Admission, HTTPRefusal> {
        let question = Question(request)
        if let refusal = question.refusal { return .failure(HTTPRefusal(refusal.response)) }
        guard question.transport == "websocket" else { return .failure(HTTPRefusal(Refusal.badRequest.response)) }
        if let id = question.session {
            guard let session = connection(id)?.engine, !session.isEnded else {
                return .failure(HTTPRefusal(Refusal.unknownSession.response))
            }
            return .success(Admission(session: session, isProbe: true))
        }
        guard let session = makeSession(from: address, token: request.token) else {
            return .failure(HTTPRefusal(Self.full))
        }
        return .success(Admission(session: session, isProbe: false))
    }

    /// The answer to a request that is not granted.
    struct HTTPRefusal: Error {
        var response: HTTPResponse
        init(_ response: HTTPResponse) { self.response = response }
    }
}
