import Core
import JSON

/// What the client tells the console.
package enum ClientEvent: Sendable {
    /// The server greeted us: operations may be started. Those of an earlier connection are gone.
    case connected
    /// There is no connection, or no longer. `pending` are the operations whose outcome nobody will tell.
    case disconnected(reason: String, isMissing: Bool, pending: [Int])
    case reply(Int, Reply)
    /// The operation failed and is over.
    case failed(Int, [OperationFailure])
    /// Nothing more comes.
    case completed(Int)
}

/// One end of a connection as a state machine: bytes and the time go in, events and bytes come out.
///
/// Times are milliseconds of a clock that never jumps. It owns no socket, so that its tests need none.
package struct Session {
    package enum Phase: Equatable, Sendable {
        /// Waits until `retryAt` before it tries again.
        case waiting(retryAt: Int64)
        /// The socket stands and the server has not greeted us yet.
        case greeting(deadline: Int64)
        case ready
    }

    /// First delay before a new try, doubled with each failure up to the last.
    static let firstDelay: Int64 = 100
    static let longestDelay: Int64 = 2000
    /// How long a server may be silent before it is asked whether it lives, and how long it may then take.
    static let silence: Int64 = 10_000
    static let patience: Int64 = 10_000
    /// Bytes that wait to be sent; more means that the server reads nothing.
    static let outgoingLimit = 4 << 20

    package private(set) var phase: Phase = .waiting(retryAt: 0)
    package private(set) var operations: [Int: Operation] = [:]
    package private(set) var outgoing: [UInt8] = []
    private(set) var sent = 0
    private var incoming = LineBuffer()
    private var delay = Session.firstDelay
    private var heardAt: Int64 = 0
    private var pingAt: Int64?
    private var nextID = 1
    /// What the server said before it closed.
    private var farewell: String?
    /// Whom to speak for; nil for who we are on this host.
    private let token: String?
    /// Whether the server closed because it does not accept the token.
    package private(set) var isTokenRefused = false

    package init(token: String? = nil) { self.token = token }

    package var isReady: Bool { phase == .ready }
    package var hasOutgoing: Bool { sent < outgoing.count }

    /// When `tick` has something to do.
    package var deadline: Int64? {
        switch phase {
        case .waiting(let retryAt): retryAt
        case .greeting(let deadline): deadline
        // Silence is normal where nothing happens: the server is asked only while an answer is due.
        case .ready: pingAt.map { $0 + Self.patience } ?? (isExpecting ? heardAt + Self.silence : nil)
        }
    }

    private var isExpecting: Bool { operations.values.contains { !$0.isSubscription } }

    // MARK: The connection

    package mutating func opened(at now: Int64) {
        incoming = LineBuffer()
        outgoing = []
        sent = 0
        farewell = nil
        phase = .greeting(deadline: now + Self.patience)
        heardAt = now
        pingAt = nil
        write(.connectionInit(payload: token.map { ["token": .string($0)] } ?? JSONObject()))
    }

    /// The connection ended, or could not be made.
    package mutating func closed(_ failure: SocketFailure, at now: Int64) -> ClientEvent {
        let pending = operations.keys.sorted()
        operations = [:]
        outgoing = []
        sent = 0
        incoming = LineBuffer()
        phase = .waiting(retryAt: now + delay)
        delay = min(delay * 2, Self.longestDelay)
        let reason = farewell ?? failure.reason
        farewell = nil
        return .disconnected(reason: reason, isMissing: failure.isMissing, pending: pending)
    }

    /// What is due at `now`: a reason to close the connection, or nil.
    package mutating func tick(at now: Int64) -> SocketFailure? {
        switch phase {
        case .waiting: return nil
        case .greeting(let deadline):
            return now >= deadline ? SocketFailure(reason: "the server accepted the connection and says nothing") : nil
        case .ready:
            if let pingAt {
                if now >= pingAt + Self.patience { return SocketFailure(reason: "the server does not answer any more") }
            } else if isExpecting, now >= heardAt + Self.silence {
                pingAt = now
                write(.ping)
            }
            return outgoing.count - sent > Self.outgoingLimit
                ? SocketFailure(reason: "the server does not read any more") : nil
        }
    }

    // MARK: Operations

    /// Starts an operation under a new id. Only while `isReady`.
    package mutating func start(_ operation: Operation) -> Int {
        let id = nextID
        nextID += 1
        operations[id] = operation
        write(.subscribe(id: String(id), operation.request))
        return id
    }

    package mutating func cancel(_ id: Int) {
        if operations.removeValue(forKey: id) != nil { write(.complete(id: String(id))) }
    }

    /// `count` more of the outgoing bytes are on their way.
    package mutating func wrote(_ count: Int) {
        sent += count
        if sent == outgoing.count {
            outgoing.removeAll(keepingCapacity: outgoing.capacity <= 1 << 16)
            sent = 0
        }
    }

    private mutating func write(_ message: ClientMessage) { outgoing.append(contentsOf: message.line) }

    // MARK: Reading

    /// Takes bytes of the server. Throws when the connection cannot go on.
    package mutating func receive(
        _ bytes: some Collection<UInt8>, at now: Int64
    ) throws(SocketFailure) -> [ClientEvent] {
        heardAt = now
        pingAt = nil
        incoming.append(bytes)
        var events: [ClientEvent] = []
        do {
            while let line = try incoming.next() {
                if line.isEmpty { continue }
                try handle(ServerMessage(line: line), &events)
            }
        } catch let error as ProtocolError {
            throw SocketFailure(reason: "the server sent what is no message: \(error.message)")
        } catch let error as SocketFailure {
            throw error
        } catch {
            throw SocketFailure(reason: "the server sent a line longer than \(LocalProtocol.maximumLine) bytes")
        }
        return events
    }

    private mutating func handle(_ message: ServerMessage, _ events: inout [ClientEvent]) throws {
        switch message {
        case .connectionAck:
            guard case .greeting = phase else { return }
            phase = .ready
            delay = Self.firstDelay
            events.append(.connected)
        case .ping: write(.pong)
        case .pong: break
        case .closing(let code, let reason):
            farewell = reason
            isTokenRefused = code == LocalProtocol.forbidden
        case .next(let id, let payload):
            // Results of a cancelled operation may still be on the way.
            guard let (id, operation) = find(id) else { return }
            switch operation.decode(payload) {
            case .success(let reply): events.append(.reply(id, reply))
            case .failure(let failures):
                if operation.isSubscription { cancel(id) } else { operations[id] = nil }
                events.append(.failed(id, failures.list))
            }
        case .error(let id, let errors):
            guard let (id, _) = find(id) else { return }
            operations[id] = nil
            events.append(.failed(id, OperationFailures(decoding: errors).list))
        case .complete(let id):
            guard let (id, _) = find(id) else { return }
            operations[id] = nil
            events.append(.completed(id))
        }
    }

    private func find(_ id: String) -> (Int, Operation)? {
        guard let id = Int(id), let operation = operations[id] else { return nil }
        return (id, operation)
    }
}
