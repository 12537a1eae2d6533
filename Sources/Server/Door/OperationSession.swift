import Core
import JSON
import Logging
import NIOCore
import Synchronization

/// What carries a session's messages: a line of a socket, or a frame of a WebSocket.
protocol SessionWire: Sendable {
    /// Sends an encoded message, with the newline that ends a line of it. Waits while the client is slow to read, and throws
    /// when it has gone.
    func send(_ message: [UInt8]) async throws
    /// Says why behind all that was sent, and closes. Does not wait for it.
    func close(_ reason: CloseReason)
    /// Returns when the connection has closed.
    func closed() async
}

/// Who is at the other end, and how a token is checked.
struct SessionIdentity: Sendable {
    /// Who it is without a token; nil for nobody.
    var standard: Caller?
    /// Came with the connection; a token in `connection_init` counts more.
    var token: String?
    var tokens: any TokenVerifier
    /// By which failed logins are counted.
    var address: String?
    /// For the log: where the client is.
    var place: String
}

/// A connection that speaks graphql-transport-ws, from its first message to its last, whatever carries them.
final class OperationSession: Sendable {
    struct Limits: Sendable {
        var operations = 128
        /// How long a client may take to introduce itself.
        var initTime = Duration.seconds(10)
        /// Bytes of a message to the client.
        var message = LocalProtocol.maximumLine
        /// How much of results may wait for the reader.
        var waitingBytes = 64 << 20
    }

    private struct State {
        /// Whom the client speaks for, once it has introduced itself.
        var identity: Identity?
        /// Nothing new is begun, because the server stops.
        var isDraining = false
        /// Operations that the client waits for, by its names for them.
        var operations: [String: Int] = [:]
        /// All that run, also those that were stopped and have not ended yet.
        var tasks: [Int: Task<Void, Never>] = [:]
        var nextTask = 0
        /// Bytes of results that wait for the reader.
        var waiting = 0
    }

    private let identity: SessionIdentity
    private let runner: any OperationRunner
    private let limits: Limits
    private let budget: Budget
    private let wire: any SessionWire
    private let log: Logger
    private let state = Mutex(State())
    /// Rings when an operation has ended, and when the server begins to stop.
    private let bell = Bell()

    init(
        _ identity: SessionIdentity, runner: any OperationRunner, limits: Limits, budget: Budget,
        wire: any SessionWire, log: Logger
    ) {
        self.identity = identity
        self.runner = runner
        self.limits = limits
        self.budget = budget
        self.wire = wire
        self.log = log
    }

    var isInitialised: Bool { state.withLock { $0.identity != nil } }

    private enum End {
        /// The client went, or is shown out.
        case connection(CloseReason?)
        /// The client has introduced itself in time.
        case punctual
    }

    /// Serves the connection until either side ends it. Operations that are still under way are cancelled then, and it
    /// returns when the last of them has ended.
    ///
    /// - Parameter read: hands each message to `handle` until the client has gone or has to be shown out.
    func run(_ read: @escaping @Sendable () async -> CloseReason?) async {
        await withTaskGroup(of: End.self) { group in
            group.addTask { .connection(await read()) }
            group.addTask {
                try? await Task.sleep(for: self.limits.initTime)
                return self.isInitialised ? .punctual : .connection(.initTimeout)
            }
            group.addTask { .connection(await self.drained()) }
            for await case .connection(let reason) in group {
                if let reason { await refuse(reason) }
                break
            }
            group.cancelAll()
        }
        let left = state.withLock { state in
            state.isDraining = true
            return Array(state.tasks.values)
        }
        for task in left { task.cancel() }
        if Task.isCancelled { await refuse(.stopping) }
        for task in left { await task.value }
        // The last message may still be on its way.
        await wire.closed()
    }

    /// Begins nothing new, lets what is under way come to its end for a while, and then closes.
    func drain() {
        state.withLock { $0.isDraining = true }
        bell.ring()
    }

    private func drained() async -> CloseReason? {
        while !Task.isCancelled {
            let rings = bell.rings
            let isDone = state.withLock { $0.isDraining && $0.tasks.isEmpty }
            if isDone { return .stopping }
            await bell.wait(beyond: rings)
        }
        return nil
    }

    /// Says why, and closes. Does not wait behind a client that does not read.
    func refuse(_ reason: CloseReason) async {
        if reason != .clientLeft {
            log.info("connection ended", metadata: ["client": "\(identity.place)", "reason": "\(reason.message)"])
        }
        wire.close(reason)
        await wire.closed()
    }

    private func send(_ message: ServerMessage) async throws {
        let bytes = message.line
        let isTooMuch = state.withLock { state in
            state.waiting += bytes.count
            return state.waiting > limits.waitingBytes
        }
        defer { state.withLock { $0.waiting -= bytes.count } }
        if isTooMuch {
            wire.close(.slowReader)
            throw ChannelError.outputClosed
        }
        try await wire.send(bytes)
    }

    // MARK: Messages

    /// Does what a message asks for. Returns why the connection has to end, if it has to.
    func handle(_ bytes: [UInt8]) async -> CloseReason? {
        let message: ClientMessage
        do { message = try ClientMessage(line: bytes) } catch { return .badMessage(error.message) }
        switch message {
        case .connectionInit(let payload): return await initialise(payload)
        case .ping:
            try? await send(.pong)
            return nil
        case .pong: return nil
        case .subscribe(let id, let request):
            guard isInitialised else { return .notInitialised }
            return await begin(id, request)
        case .complete(let id):
            stop(id)
            return nil
        }
    }

    private func initialise(_ payload: JSONObject) async -> CloseReason? {
        if isInitialised { return .initTwice }
        var speaker = Identity.known(identity.standard)
        switch payload.token {
        case .none: if let token = identity.token { speaker = .bearer(token: token, identity.tokens) }
        // Front ends send an empty one before anybody has signed in. Who is somebody without it means something else.
        case .empty: if identity.standard != nil { return .tokenRefused(.invalid) }
        case .some(let token): speaker = .bearer(token: token, identity.tokens)
        }
        do throws(TokenRefusal) { _ = try await speaker.caller() } catch { return .tokenRefused(error) }
        // Messages are handled one after the other, so nobody else has introduced themselves meanwhile.
        let known = speaker
        state.withLock { $0.identity = known }
        try? await send(.connectionAck)
        return nil
    }

    // MARK: Operations

    private func begin(_ id: String, _ request: OperationRequest) async -> CloseReason? {
        enum Admission {
            case begun, duplicate
            case refused(String, code: String)
        }
        let admission = state.withLock { state -> Admission in
            if state.operations[id] != nil { return .duplicate }
            if state.isDraining { return .refused("bayd is stopping", code: "UNAVAILABLE") }
            // Those that were stopped and go on count too: else stopping would be a way around the limit.
            guard state.tasks.count < limits.operations else {
                return .refused("at most \(limits.operations) operations at once", code: "TOO_MANY_OPERATIONS")
            }
            guard budget.take() else {
                return .refused("the server has too many operations under way", code: "TOO_MANY_OPERATIONS")
            }
            state.nextTask += 1
            let number = state.nextTask
            state.operations[id] = number
            // Owned by the session: kept here until it ends, cancelled by `complete` and at the end of the connection.
            state.tasks[number] = Task { await self.operate(id, number, request) }
            return .begun
        }
        switch admission {
        case .begun: return nil
        case .duplicate: return .duplicateID(id)
        case .refused(let message, let code):
            try? await send(Self.error(id, message, code: code))
            return nil
        }
    }

    private static func error(_ id: String, _ message: String, code: String) -> ServerMessage {
        let errors = JSONValue.array([["message": .string(message), "extensions": ["code": .string(code)]]])
        return .error(id: id, errors: Array(errors.text.utf8))
    }

    /// Stops an operation as its client wishes. The id is free again at once, though the operation may take a while to end.
    private func stop(_ id: String) {
        state.withLock { state in state.operations.removeValue(forKey: id).flatMap { state.tasks[$0] } }?.cancel()
    }

    private func operate(_ id: String, _ number: Int, _ request: OperationRequest) async {
        defer {
            state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            budget.giveBack()
            bell.ring()
        }
        let end = await run(request, as: id)
        guard isFinished(id) else { return }
        switch end {
        case .complete: try? await send(.complete(id: id))
        case .refused(let errors): try? await send(.error(id: id, errors: errors))
        }
    }

    private func run(_ request: OperationRequest, as id: String) async -> OperationEnd {
        let caller: Caller?
        do throws(TokenRefusal) {
            // A token is looked at anew for each operation: it may have been revoked since.
            caller = try await state.withLock { $0.identity ?? .known(nil) }.caller()
        } catch {
            return error.operationEnd
        }
        return await runner.run(request, for: caller, from: identity.address) { [self] payload in
            try Task.checkCancellation()
            guard payload.count + id.utf8.count < limits.message - 64 else {
                if isFinished(id) {
                    try await send(
                        Self.error(
                            id, "the result is longer than \(limits.message) bytes: ask for less", code: "TOO_LARGE"))
                }
                throw CancellationError()
            }
            try await send(.next(id: id, payload: payload))
        }
    }

    /// Takes the operation off the list. Whoever does so answers for it: the client's `complete` wants no echo.
    private func isFinished(_ id: String) -> Bool {
        !Task.isCancelled && state.withLock { $0.operations.removeValue(forKey: id) } != nil
    }
}

extension JSONObject {
    fileprivate enum Token {
        case none
        case empty
        case some(String)
    }

    /// The token of a `connection_init`, under the names that clients give it.
    fileprivate var token: Token {
        for name in ["token", "Authorization", "authorization"] {
            guard let value = self[name] else { continue }
            // What is no text cannot be good.
            guard let text = value.string else { return .some("") }
            return HTTPRequest.token(text).map { .some($0) } ?? .empty
        }
        return .none
    }
}

/// What all connections share: so many operations, or so many bytes.
final class Budget: Sendable {
    private let left: Mutex<Int>

    init(_ limit: Int) { left = Mutex(limit) }

    func take(_ amount: Int = 1) -> Bool {
        left.withLock { left in
            guard left >= amount else { return false }
            left -= amount
            return true
        }
    }

    func giveBack(_ amount: Int = 1) { left.withLock { $0 += amount } }
}
