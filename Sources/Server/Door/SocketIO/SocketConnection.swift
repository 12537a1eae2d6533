import Core
import JSON
import Logging
import Synchronization

/// Socket.IO in one session: the token, the welcome, rooms and acknowledgements.
///
/// It has a task only while there is something to hear: that of a client who listens and says nothing would be most of
/// what it costs.
final class SocketConnection: EngineListener {
    /// Whom it speaks for, once it has shown a token.
    final class Speaker: Sendable {
        let caller: Caller
        let user: String
        /// The name under which this user is told things.
        let namespace: String
        let token: String
        /// The last event that it does not hear: what happened before it came.
        let start = Atomic<EventRecord.ID>(0)

        init(caller: Caller, account: User, token: String) {
            self.caller = caller
            user = account.id.rawValue
            namespace = account.namespace
            self.token = token
        }

        func hears(_ event: EventRecord.ID) -> Bool { event > start.load(ordering: .relaxed) }
    }

    let engine: EngineSession
    private let tokens: any TokenVerifier
    private let backend: any SocketBackend
    private let registry: SocketRegistry
    private let course: EventCourse
    private let limits: SocketIOLimits
    private let clock: any WallClock
    private let log: Logger
    /// It has all connections.
    private weak let door: SocketIODoor?
    private let speaking = Mutex<Speaker?>(nil)

    init(
        _ engine: EngineSession, tokens: any TokenVerifier, backend: any SocketBackend, registry: SocketRegistry,
        course: EventCourse, limits: SocketIOLimits, clock: any WallClock, log: Logger, door: SocketIODoor
    ) {
        self.engine = engine
        self.tokens = tokens
        self.backend = backend
        self.registry = registry
        self.course = course
        self.limits = limits
        self.clock = clock
        self.log = log
        self.door = door
    }

    var speaker: Speaker? { speaking.withLock { $0 } }

    func hasWords() { door?.serve(self) }

    /// Hears what the client has said.
    func serve() async {
        while !Task.isCancelled, let message = engine.nextMessage() {
            do throws(SocketProtocolError) {
                guard case .text(let bytes) = message else {
                    throw SocketProtocolError("binary attachments are not taken")
                }
                try await hear(try SocketPacket(message: bytes))
            } catch {
                log.info(
                    "connection ended", metadata: ["client": "\(place)", "reason": "\(error.message)"])
                disconnect(.badMessage(error.message))
            }
        }
    }

    func hasEnded(_ reason: CloseReason) {
        // Nobody comes in once the session has ended.
        if let speaker { registry.remove(self, of: speaker.user) }
        if reason != .clientLeft {
            log.debug("a Socket.io session ended", metadata: ["client": "\(place)", "reason": "\(reason.message)"])
        }
        door?.ended(self)
    }

    private var place: String { engine.address ?? "unknown" }

    /// Says that the server ends the connection, and ends it.
    func disconnect(_ reason: CloseReason) {
        if speaker != nil { engine.send(SocketPacket(.disconnect)) }
        engine.close(reason)
    }

    private func hear(_ packet: SocketPacket) async throws(SocketProtocolError) {
        guard packet.namespace == "/" || packet.namespace.hasPrefix("/?") else {
            if packet.kind == .connect {
                engine.send(
                    SocketPacket(
                        .connectError, namespace: packet.namespace, payload: ["message": "Invalid namespace"]))
            }
            return
        }
        switch packet.kind {
        case .connect: try await connect(packet.payload?.object ?? JSONObject())
        case .disconnect: engine.close(.clientLeft)
        case .event:
            guard let speaker, case .array(let items)? = packet.payload else {
                throw SocketProtocolError("an event before CONNECT")
            }
            await answer(items, packet.id, to: speaker)
        // Nothing is asked of clients.
        case .ack: break
        case .connectError: throw SocketProtocolError("a packet that only the server sends")
        }
    }

    // MARK: Connecting

    private func connect(_ auth: JSONObject) async throws(SocketProtocolError) {
        guard speaker == nil else { throw SocketProtocolError("CONNECT came twice") }
        let shown = auth["token"] == nil || auth["token"] == .null ? nil : auth["token"]?.string ?? ""
        guard let token = shown.map({ HTTPRequest.token($0) ?? "" }) ?? engine.token, !token.isEmpty else {
            return refuse("Unauthorized")
        }
        let caller: Caller
        switch await tokens.caller(of: token) {
        case .success(let known): caller = known
        case .failure(.unavailable(let reason)):
            log.warning("a token cannot be checked", metadata: ["reason": "\(reason)"])
            return refuse("accounts cannot be looked up now: try again later")
        case .failure(let refusal):
            log.debug("a token was refused", metadata: ["status": "\(refusal.status)", "client": "\(place)"])
            return refuse("Unauthorized")
        }
        let account: User?
        do { account = try await backend.account(of: caller) } catch {
            log.warning("an account cannot be looked up", metadata: ["reason": "\(error)"])
            return refuse("accounts cannot be looked up now: try again later")
        }
        guard let account, !account.isDeleted else { return refuse("Unauthorized") }
        let last: EventRecord.ID?
        do { last = try await lastHeard(auth["lastEventId"]) } catch {
            log.warning("events cannot be looked up", metadata: ["reason": "\(error)"])
            return refuse("events cannot be looked up now: try again later")
        }
        let speaker = Speaker(caller: caller, account: account, token: token)
        speaking.withLock { $0 = speaker }
        do { try await comeIn(account, speaker, after: last) } catch {
            log.info("a connection cannot take up where it was", metadata: ["reason": "\(error)"])
            disconnect(.unavailable)
        }
    }

    private func refuse(_ message: String) {
        engine.send(SocketPacket(.connectError, payload: ["message": .string(message)]))
    }

    // MARK: The first event

    /// The last event that a client says it has heard; nil where what it missed cannot be told.
    private func lastHeard(_ word: JSONValue?) async throws -> EventRecord.ID? {
        guard let word, let id = word.string.flatMap({ EventRecord.ID($0) }) ?? word.int.map({ EventRecord.ID($0) }),
            id >= 0
        else { return nil }
        return try await backend.reachesBack(to: id, limit: limits.missed) ? id : nil
    }

    /// Welcomes a client, tells it what it missed behind the event that it heard last, and lets it in. Whoever has heard the
    /// welcome misses nothing that comes behind the event which it names, and hears nothing twice.
    private func comeIn(_ account: User, _ speaker: Speaker, after last: EventRecord.ID?) async throws {
        var heard = last
        var isSuspect = false
        if let last { for packet in welcome(account, last, isResumed: true) { engine.send(packet) } }
        while !enter(account, speaker, after: heard) {
            guard let at = heard, let events = try await backend.events(after: at, limit: limits.batch) else { return }
            try await tell(events, speaker)
            isSuspect = isSuspect || events.contains { $0.resource == "user" && $0.resourceID == speaker.user }
            heard = events.last?.id ?? at
        }
        // What happened to the account meanwhile the door has seen already, when it was not yet to be seen there.
        if isSuspect, case .failure(let refusal) = await tokens.caller(of: speaker.token) { revoke(refusal) }
    }

    /// Lets the client in, unless events behind the one that it has heard have been told meanwhile.
    private func enter(_ account: User, _ speaker: Speaker, after last: EventRecord.ID?) -> Bool {
        var (isIn, hasRoom) = (true, true)
        engine.welcome {
            var words: [OutgoingPacket] = []
            isIn = course.enter(after: last) { start in
                speaker.start.store(start, ordering: .relaxed)
                hasRoom = registry.add(self, of: speaker.user, limit: limits.sessionsPerUser)
                if last == nil { words = welcome(account, start, isResumed: false) }
            }
            return words
        }
        if !hasRoom { disconnect(.tooManyConnections) }
        return isIn
    }

    private func tell(_ events: [EventRecord], _ speaker: Speaker) async throws {
        for announcement in try await backend.announcements(of: events, to: [speaker.user]) {
            for notice in announcement.notices where notice.users.contains(speaker.user) {
                var writer = JSONWriter()
                writer.value(notice.data)
                let envelope = SocketEnvelope.success(
                    data: writer.bytes, at: announcement.at, event: announcement.event)
                engine.send(OutgoingPacket(event: "\(speaker.namespace):\(notice.name)", encoded: envelope))
            }
        }
    }

    private func welcome(_ user: User, _ last: EventRecord.ID, isResumed: Bool) -> [OutgoingPacket] {
        [
            OutgoingPacket(SocketPacket(.connect, payload: ["sid": .string(SocketIODoor.newID())])),
            OutgoingPacket(event: "connected", welcome(user, last, isResumed: isResumed)),
        ]
    }

    private func welcome(_ user: User, _ last: EventRecord.ID, isResumed: Bool) -> JSONValue {
        [
            "message": .string("connected as \(user.email)"),
            "namespace": .string(user.namespace),
            "user": [
                "id": .string(user.id.rawValue), "email": .string(user.email), "firstName": .string(user.firstName),
                "lastName": .string(user.lastName), "role": .string(user.role.rawValue),
            ],
            "timestamp": .string(clock.now.iso8601),
            // Events behind this one follow. One that was away and is not resumed loads the state anew.
            "lastEventId": .string(String(last)),
            "resumed": .bool(isResumed),
        ]
    }

    /// The token is no longer good.
    func revoke(_ refusal: TokenRefusal) {
        log.info("connection ended", metadata: ["client": "\(place)", "reason": "\(refusal.status)"])
        disconnect(.tokenRefused(refusal))
    }

    /// Ends what has lasted too long: a client without a token, a token that is no longer good.
    func tick(_ now: ContinuousClock.Instant) {
        guard let speaker else {
            if now - engine.openedAt > limits.connectTime { engine.close(.notConnected) }
            return
        }
        if let session = speaker.caller.session, session.expiresAt <= clock.now {
            revoke(.expired)
        }
    }

    // MARK: Rooms

    private enum Request {
        case join, leave

        /// The names that clients know for it.
        init?(name: String) {
            switch name {
            case "join", "subscribe", "health:subscribe": self = .join
            case "leave", "unsubscribe", "health:unsubscribe": self = .leave
            default: return nil
            }
        }
    }

    private func answer(_ items: [JSONValue], _ id: Int?, to speaker: Speaker) async {
        let reply = await reply(items, to: speaker)
        guard let id else { return }
        engine.send(SocketPacket(.ack, id: id, payload: [reply]))
    }

    private func reply(_ items: [JSONValue], to speaker: Speaker) async -> JSONValue {
        func failure(_ error: String) -> JSONValue { ["ok": false, "error": .string(error)] }
        guard let request = items.first?.string.flatMap(Request.init(name:)) else {
            return failure("this server knows the events join and leave")
        }
        guard let room = items.dropFirst().first.flatMap(Self.room) else {
            return failure("a room is vm:ID, department:ID or user:ID")
        }
        let done: JSONValue = ["ok": true, "error": nil, "room": .string(room.name)]
        guard case .join = request else {
            // What is told by an account's own name goes on as long as the connection does.
            if room.kind != .user { registry.leave(room, self) }
            return done
        }
        do {
            guard try await backend.mayJoin(room, speaker.caller) else { return failure("there is no such room") }
        } catch {
            log.warning("a room cannot be looked up", metadata: ["reason": "\(error)"])
            return failure("rooms cannot be looked up now: try again later")
        }
        guard registry.join(room, self, limit: limits.rooms) else {
            return failure("at most \(limits.rooms) rooms at once")
        }
        return done
    }

    /// The room that a request means: by name, or by the thing that it is about.
    private static func room(_ argument: JSONValue) -> SocketRoom? {
        if let name = argument.string { return SocketRoom(name: name) }
        if let name = argument["room"]?.string { return SocketRoom(name: name) }
        if let id = (argument["vmId"] ?? argument["machineId"])?.string { return SocketRoom(name: "vm:\(id)") }
        return argument["departmentId"]?.string.flatMap { SocketRoom(name: "department:\($0)") }
    }
}
