import Core
import Glibc
import JSON
import Logging
import NIOCore
import Synchronization

enum ProcessOwner {
    static var userID: UInt32 { getuid() }
}

/// Why the server ends a connection. The codes are those of graphql-transport-ws.
enum CloseReason: Equatable, Sendable {
    case badMessage(String)
    case lineTooLong(limit: Int)
    case notInitialised
    case initTimeout
    case initTwice
    case tokensUnknown
    case duplicateID(String)
    case tooManyConnections

    var code: Int {
        switch self {
        case .badMessage, .lineTooLong: 4400
        case .notInitialised: 4401
        case .tokensUnknown: 4403
        case .initTimeout: 4408
        case .duplicateID: 4409
        case .initTwice: 4429
        case .tooManyConnections: 4503
        }
    }

    var message: String {
        switch self {
        case .badMessage(let reason): reason
        case .lineTooLong(let limit): "a message longer than \(limit) bytes"
        case .notInitialised: "connection_init has to come first"
        case .initTimeout: "connection_init did not come in time"
        case .initTwice: "connection_init came twice"
        case .tokensUnknown: "this server knows no tokens: connect without one"
        case .duplicateID(let id): "operation \"\(id.prefix(40))\" is under way already"
        case .tooManyConnections: "too many connections"
        }
    }
}

/// One connection of the local socket, from its first line to its last.
final class LocalSession: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    private struct State {
        var isInitialised = false
        /// Operations under way, each with what stops it.
        var operations: [String: Task<Void, Never>] = [:]
    }

    private let peer: PeerCredentials
    private let caller: Caller
    private let runner: any OperationRunner
    private let limits: LocalSocket.Limits
    private let outbound: Outbound
    private let log: Logger
    private let state = Mutex(State())

    init(
        peer: PeerCredentials, caller: Caller, runner: any OperationRunner, limits: LocalSocket.Limits,
        outbound: Outbound, log: Logger
    ) {
        self.peer = peer
        self.caller = caller
        self.runner = runner
        self.limits = limits
        self.outbound = outbound
        self.log = log
    }

    private enum End {
        /// The client went, or was shown out.
        case connection(CloseReason?)
        /// The client has introduced itself in time.
        case punctual
    }

    /// Serves the connection until either side ends it; operations that are still under way are cancelled then.
    func run(_ inbound: Inbound) async {
        await withTaskGroup(of: End.self) { group in
            group.addTask { .connection(await self.read(inbound)) }
            group.addTask {
                try? await Task.sleep(for: self.limits.initTime)
                return self.state.withLock { $0.isInitialised } ? .punctual : .connection(.initTimeout)
            }
            for await case .connection(let reason) in group {
                if let reason { await refuse(reason) }
                break
            }
            group.cancelAll()
        }
        for task in state.withLock({ Array($0.operations.values) }) { task.cancel() }
    }

    /// Reads until the connection has to end, and says why if the client is to blame.
    private func read(_ inbound: Inbound) async -> CloseReason? {
        var lines = LineBuffer(limit: limits.line)
        do {
            for try await buffer in inbound {
                lines.append(buffer.readableBytesView)
                while let line = try lines.next() {
                    if let reason = await handle(line) { return reason }
                }
            }
            return nil
        } catch is LineBuffer.TooLong {
            return .lineTooLong(limit: limits.line)
        } catch {
            log.debug("connection broke", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    /// Says why, and closes.
    func refuse(_ reason: CloseReason) async {
        log.info(
            "connection refused",
            metadata: ["caller": "\(caller.name)", "pid": "\(peer.processID)", "reason": "\(reason.message)"])
        try? await send(.closing(code: reason.code, reason: reason.message))
        outbound.finish()
    }

    private func send(_ message: ServerMessage) async throws {
        try await outbound.write(ByteBuffer(bytes: message.line))
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
            state.withLock { $0.operations.removeValue(forKey: id) }?.cancel()
            return nil
        }
    }

    private func initialise(_ payload: JSONObject) async -> CloseReason? {
        if payload["token"] != nil { return .tokensUnknown }
        let isFirst = state.withLock { state in
            defer { state.isInitialised = true }
            return !state.isInitialised
        }
        guard isFirst else { return .initTwice }
        try? await send(.connectionAck)
        return nil
    }

    private func begin(_ id: String, _ request: OperationRequest) async -> CloseReason? {
        enum Admission { case begun, duplicate, tooMany }
        let admission = state.withLock { state -> Admission in
            if state.operations[id] != nil { return .duplicate }
            if state.operations.count >= limits.operationsPerConnection { return .tooMany }
            // Owned by the session: stored here, cancelled by `complete` and at the end of the connection.
            state.operations[id] = Task { await self.operate(id, request) }
            return .begun
        }
        switch admission {
        case .begun: return nil
        case .duplicate: return .duplicateID(id)
        case .tooMany:
            let error = JSONValue.array([
                [
                    "message": .string("at most \(limits.operationsPerConnection) operations at once"),
                    "extensions": ["code": "TOO_MANY_OPERATIONS"],
                ]
            ])
            try? await send(.error(id: id, errors: Array(error.text.utf8)))
            return nil
        }
    }

    private func operate(_ id: String, _ request: OperationRequest) async {
        let end = await runner.run(request, for: caller) { [self] payload in
            try Task.checkCancellation()
            try await send(.next(id: id, payload: payload))
        }
        // Whoever takes the operation off the list answers for it: the client's `complete` wants no echo.
        let isOurs = !Task.isCancelled && state.withLock { $0.operations.removeValue(forKey: id) } != nil
        guard isOurs else { return }
        switch end {
        case .complete: try? await send(.complete(id: id))
        case .refused(let errors): try? await send(.error(id: id, errors: errors))
        }
    }
}
