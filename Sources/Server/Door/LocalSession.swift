import Core
import JSON
import Logging
import NIOCore
import Synchronization

/// One connection of the local socket, from its first line to its last.
final class LocalSession: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    private struct State {
        /// Whom the client speaks for, once it has introduced itself.
        var identity: Identity?
        var isInitialised: Bool { identity != nil }
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

    private let peer: PeerCredentials
    /// Who the client is without a token.
    private let caller: Caller
    private let tokens: any TokenVerifier
    private let runner: any OperationRunner
    private let limits: LocalSocket.Limits
    private let budget: Budget
    private let unfinished: Budget
    private let channel: any Channel
    private let outbound: Outbound
    private let log: Logger
    private let state = Mutex(State())
    /// Rings when an operation has ended, and when the server begins to stop.
    private let bell = Bell()

    init(
        peer: PeerCredentials, caller: Caller, tokens: any TokenVerifier, runner: any OperationRunner,
        limits: LocalSocket.Limits,
        budget: Budget, unfinished: Budget, channel: any Channel, outbound: Outbound, log: Logger
    ) {
        self.peer = peer
        self.caller = caller
        self.tokens = tokens
        self.runner = runner
        self.limits = limits
        self.budget = budget
        self.unfinished = unfinished
        self.channel = channel
        self.outbound = outbound
        self.log = log
    }

    private enum End {
        /// The client went, or is shown out.
        case connection(CloseReason?)
        /// The client has introduced itself in time.
        case punctual
    }

    /// Serves the connection until either side ends it. Operations that are still under way are cancelled then, and it
    /// returns when the last of them has ended.
    func run(_ inbound: Inbound) async {
        await withTaskGroup(of: End.self) { group in
            group.addTask { .connection(await self.read(inbound)) }
            group.addTask {
                try? await Task.sleep(for: self.limits.initTime)
                return self.state.withLock { $0.isInitialised } ? .punctual : .connection(.initTimeout)
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
        // The last line may still be on its way.
        try? await channel.closeFuture.get()
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

    /// Reads until the connection has to end, and says why if the client is to blame.
    private func read(_ inbound: Inbound) async -> CloseReason? {
        var lines = LineBuffer(limit: limits.line)
        // What is kept of an unfinished line beyond what everybody may have.
        var held = 0
        defer { unfinished.giveBack(held) }
        do {
            for try await buffer in inbound {
                lines.append(buffer.readableBytesView)
                while let line = try lines.next() {
                    if let reason = await handle(line) { return reason }
                }
                let excess = max(0, lines.count - limits.firstLine)
                if excess > 0, !state.withLock({ $0.isInitialised }) { return .lineTooLong(limit: limits.firstLine) }
                guard caller.role < .superAdmin else { continue }
                if excess > held {
                    guard unfinished.take(excess - held) else { return .tooMuchUnfinished }
                } else {
                    unfinished.giveBack(held - excess)
                }
                held = excess
            }
            return nil
        } catch is LineBuffer.TooLong {
            return .lineTooLong(limit: limits.line)
        } catch {
            log.debug("connection broke", metadata: ["reason": "\(error)"])
            channel.close(promise: nil)
            return nil
        }
    }

    /// Says why, and closes. Does not wait behind a client that does not read.
    func refuse(_ reason: CloseReason) async {
        log.info(
            "connection ended",
            metadata: ["caller": "\(caller.name)", "pid": "\(peer.processID)", "reason": "\(reason.message)"])
        try? await channel.triggerUserOutboundEvent(Farewell(reason)).get()
        try? await channel.closeFuture.get()
    }

    private func send(_ message: ServerMessage) async throws {
        let line = message.line
        let isTooMuch = state.withLock { state in
            state.waiting += line.count
            return state.waiting > limits.waitingBytes
        }
        defer { state.withLock { $0.waiting -= line.count } }
        if isTooMuch {
            channel.triggerUserOutboundEvent(Farewell(.slowReader), promise: nil)
            throw ChannelError.outputClosed
        }
        try await outbound.write(ByteBuffer(bytes: line))
    }

    // MARK: Messages

    /// Does what a line asks for. Returns why the connection has to end, if it has to.
    private func handle(_ line: [UInt8]) async -> CloseReason? {
        let message: ClientMessage
        do { message = try ClientMessage(line: line) } catch { return .badMessage(error.message) }
        switch message {
        case .connectionInit(let payload): return await initialise(payload)
        case .ping:
            try? await send(.pong)
            return nil
        case .pong: return nil
        case .subscribe(let id, let request):
            guard state.withLock({ $0.isInitialised }) else { return .notInitialised }
            return await begin(id, request)
        case .complete(let id):
            stop(id)
            return nil
        }
    }

    private func initialise(_ payload: JSONObject) async -> CloseReason? {
        if state.withLock({ $0.isInitialised }) { return .initTwice }
        var identity = Identity.known(caller)
        if let token = payload["token"] {
            identity = .bearer(token: token.string ?? "", tokens)
            do throws(TokenRefusal) { _ = try await identity.caller() } catch { return .tokenRefused(error) }
        }
        // Messages are handled one after the other, so nobody else has introduced themselves meanwhile.
        let known = identity
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
            guard state.tasks.count < limits.operationsPerConnection else {
                return .refused(
                    "at most \(limits.operationsPerConnection) operations at once", code: "TOO_MANY_OPERATIONS")
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
        let end = await run(id, request)
        guard isFinished(id) else { return }
        switch end {
        case .complete: try? await send(.complete(id: id))
        case .refused(let errors): try? await send(.error(id: id, errors: errors))
        }
    }

    private func run(_ id: String, _ request: OperationRequest) async -> OperationEnd {
        let caller: Caller
        do throws(TokenRefusal) {
            caller = try await state.withLock { $0.identity ?? .known(self.caller) }.caller()
        } catch {
            return error.operationEnd
        }
        return await runner.run(request, for: caller, from: "local:\(peer.userID)") { [self] payload in
            try Task.checkCancellation()
            guard payload.count + id.utf8.count < limits.line - 64 else {
                if isFinished(id) {
                    try await send(
                        Self.error(
                            id, "the result is longer than \(limits.line) bytes: ask for less", code: "TOO_LARGE"))
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
