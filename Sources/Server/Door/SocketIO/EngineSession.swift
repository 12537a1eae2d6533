import Core
import NIOCore
import Synchronization

/// Serves a session: is told when there is something to do, so that a client who only listens costs no task.
protocol EngineListener: AnyObject, Sendable {
    /// The client has said something. Told once, until all of it was taken.
    func hasWords()
    /// Nothing that the client said matters any more.
    func hasEnded(_ reason: CloseReason)
}

/// One client's session of Engine.IO: what it is sent and what it says, whatever carries them at the moment.
///
/// What is to be sent waits here, bounded, until a poll or the WebSocket takes it. So a client that reads slowly costs a
/// short queue of packets that it shares with the others, and one that does not read at all is cut off.
final class EngineSession: Sendable {
    /// What the client said.
    enum Incoming: Sendable {
        case text([UInt8])
        case binary
    }

    /// What becomes of a poll.
    enum Poll: Sendable {
        case body([UInt8])
        /// Another poll waits already, or the client has gone on to its WebSocket.
        case refused
        case ended
    }

    private typealias Waiting = CheckedContinuation<Poll, Never>

    private struct State {
        var queue = OutgoingQueue()
        /// What the client said and nobody has heard yet.
        var inbox: [Incoming] = []
        /// Somebody is on the way to hear it.
        var isHeard = false
        /// Who serves the session, as long as there is something to serve: it knows the session as well.
        var listener: (any EngineListener)?
        /// The WebSocket that carries the session, as long as it is open: it knows the session, and one has to let go of the
        /// other.
        var wire: EngineWire?
        /// Whether the client has gone on from polling, or never polled.
        var isOnWire = false
        /// A WebSocket that the client tries while it polls.
        var probe: EngineWire?
        var poll: Waiting?
        /// Somebody is on the way to take what waits.
        var isKicked = false
        var pingAt: ContinuousClock.Instant
        var pongBy: ContinuousClock.Instant?
        var endedAt: ContinuousClock.Instant?
        var end: CloseReason?
    }

    let id: String
    /// Where the client is, as far as the door knows.
    let address: String?
    /// The token that came with the request, for clients that cannot send it later.
    let token: String?
    let openedAt = ContinuousClock.now
    private let limits: SocketIOLimits
    private let state: Mutex<State>

    init(id: String, address: String?, token: String?, limits: SocketIOLimits) {
        self.id = id
        self.address = address
        self.token = token
        self.limits = limits
        state = Mutex(State(pingAt: .now + limits.pingInterval))
    }

    /// The first packet of the session.
    func open(upgrades: Bool) -> EnginePacket {
        .open(
            Array(
                #"{"sid":"\#(id)","upgrades":[\#(upgrades ? "\"websocket\"" : "")],"#.utf8)
                + Array(
                    #""pingInterval":\#(limits.pingInterval.milliseconds),"#.utf8)
                + Array(
                    #""pingTimeout":\#(limits.pingTimeout.milliseconds),"maxPayload":\#(limits.payload)}"#.utf8))
    }

    /// Names who serves the session: before the client can know of it.
    func serve(by listener: any EngineListener) { state.withLock { $0.listener = listener } }

    var isEnded: Bool { state.withLock { $0.end != nil } }
    var end: CloseReason? { state.withLock { $0.end } }

    // MARK: Sending

    /// Who has to be told that something waits.
    private enum Reader {
        case nobody
        case poll(Waiting, [UInt8])
        case wire(EngineWire)
        /// More waits than may.
        case tooMuch
    }

    /// Queues a packet. Returns the WebSocket that has to be told, if it is one that does not know yet.
    func enqueue(_ packet: OutgoingPacket) -> EngineWire? {
        tell(
            state.withLock { state in
                guard state.end == nil else { return .nobody }
                guard state.queue.count < limits.queuedPackets, state.queue.bytes + packet.count <= limits.queuedBytes
                else { return .tooMuch }
                state.queue.append(packet)
                return reader(&state)
            })
    }

    /// Lets the connection in and queues the packets that come first at the same moment: what is told from then on comes
    /// behind them. Not told to join when the session has ended.
    func welcome(join: () -> [OutgoingPacket]) {
        let wire = tell(
            state.withLock { state in
                guard state.end == nil else { return .nobody }
                for packet in join() { state.queue.append(packet) }
                return reader(&state)
            })
        wire?.kick()
    }

    private func reader(_ state: inout State) -> Reader {
        if let poll = state.poll {
            state.poll = nil
            return .poll(poll, state.queue.takeBody(limit: limits.payload))
        }
        guard let wire = state.wire, !state.isKicked else { return .nobody }
        state.isKicked = true
        return .wire(wire)
    }

    private func tell(_ reader: Reader) -> EngineWire? {
        switch reader {
        case .nobody: break
        case .poll(let poll, let body): poll.resume(returning: .body(body))
        case .wire(let wire): return wire
        case .tooMuch: close(.slowReader)
        }
        return nil
    }

    func send(_ packet: OutgoingPacket) { enqueue(packet)?.kick() }
    func send(_ packet: SocketPacket) { send(OutgoingPacket(packet)) }

    /// Adds what the WebSocket writes next to `packets`. False: that is all, and it is told again when there is more.
    func take(_ limit: Int, into packets: inout [OutgoingPacket]) -> Bool {
        state.withLock { state in
            state.queue.take(limit, into: &packets)
            state.isKicked = state.queue.count > 0
            return state.isKicked
        }
    }

    // MARK: Polling

    /// Waits until there is something for the client.
    func poll() async -> Poll {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Poll? in
                    guard !state.isOnWire, state.poll == nil else { return .refused }
                    if state.queue.count > 0 || state.end != nil {
                        let isEnded = state.end != nil
                        guard state.queue.count > 0 else { return .ended }
                        var body = state.queue.takeBody(limit: limits.payload)
                        if isEnded, state.queue.count == 0 { body.appendPacket(.close) }
                        return .body(body)
                    }
                    if Task.isCancelled { return .ended }
                    state.poll = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let poll = state.withLock { state in
                defer { state.poll = nil }
                return state.poll
            }
            poll?.resume(returning: .ended)
        }
    }

    // MARK: Receiving

    /// What came over a poll's counterpart or over the WebSocket that is in use.
    func receive(_ packet: EnginePacket) throws(SocketProtocolError) {
        switch packet {
        case .message(let data): take(.text(data))
        case .binary: take(.binary)
        case .pong:
            state.withLock { state in
                state.pongBy = nil
                state.pingAt = .now + limits.pingInterval
            }
        case .close: close(.clientLeft)
        case .noop: break
        case .open, .ping, .upgrade: throw SocketProtocolError("a packet that only the server sends, or not now")
        }
    }

    private func take(_ message: Incoming) {
        let (listener, isTooMuch) = state.withLock { state -> ((any EngineListener)?, Bool) in
            guard state.end == nil else { return (nil, false) }
            guard state.inbox.count < limits.inbox else { return (nil, true) }
            state.inbox.append(message)
            defer { state.isHeard = true }
            return (state.isHeard ? nil : state.listener, false)
        }
        listener?.hasWords()
        if isTooMuch { close(.badMessage("more messages at once than can be heard")) }
    }

    /// What the client said next. Nil: the listener is told again when there is more.
    func nextMessage() -> Incoming? {
        state.withLock { state in
            if state.inbox.isEmpty {
                // Most clients say a word or two and then only listen.
                state.inbox = []
                state.isHeard = false
                return nil
            }
            return state.inbox.removeFirst()
        }
    }

    // MARK: WebSocket

    /// The session begins on this WebSocket, unless it ended while the WebSocket was being set up.
    func begin(on wire: EngineWire) {
        let end = state.withLock { state in
            state.wire = wire
            state.isOnWire = true
            state.isKicked = true
            return state.end
        }
        if let end { wire.end(end) } else { wire.kick() }
    }

    /// The client tries a WebSocket. False where it tries one already, or has gone on to one.
    func probe(_ wire: EngineWire) -> Bool {
        state.withLock { state in
            guard state.end == nil, !state.isOnWire, state.probe == nil else { return false }
            state.probe = wire
            return true
        }
    }

    /// Ends the poll that waits, so that the client can leave polling.
    func flushPoll() {
        let poll = state.withLock { state in
            defer { state.poll = nil }
            return state.poll
        }
        poll?.resume(returning: .body(EnginePacket.noop.text))
    }

    /// The client goes on over the WebSocket that it has tried.
    func upgrade(to wire: EngineWire) -> Bool {
        flushPoll()
        let isDone = state.withLock { state in
            guard state.end == nil, !state.isOnWire, state.probe === wire else { return false }
            state.probe = nil
            state.wire = wire
            state.isOnWire = true
            state.isKicked = true
            return true
        }
        if isDone { wire.kick() }
        return isDone
    }

    /// A WebSocket has closed. While it was only tried, polling goes on.
    func lost(_ wire: EngineWire) {
        let isOver = state.withLock { state in
            if state.probe === wire { state.probe = nil }
            guard state.wire === wire else { return false }
            state.wire = nil
            return true
        }
        if isOver { close(.clientLeft) }
    }

    // MARK: Time and end

    /// Asks whether the client is there when it is time to, and gives up on one that did not say so.
    func tick(_ now: ContinuousClock.Instant) {
        let (asks, isSilent) = state.withLock { state -> (Bool, Bool) in
            guard state.end == nil else { return (false, false) }
            if let pongBy = state.pongBy { return (false, now >= pongBy) }
            guard now >= state.pingAt else { return (false, false) }
            state.pongBy = now + limits.pingTimeout
            return (true, false)
        }
        if asks { send(OutgoingPacket(.ping([]))) }
        if isSilent { close(.notHeardOf) }
    }

    /// Whether nothing of the session is needed any more.
    func isForgotten(_ now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let endedAt = state.endedAt else { return false }
            return state.isOnWire || state.queue.count == 0 || now >= endedAt + limits.lingering
        }
    }

    /// Ends the session. What waits for the client is still sent, if it takes it at once.
    func close(_ reason: CloseReason) {
        let (wires, poll, listener) = state.withLock { state -> ([EngineWire], Waiting?, (any EngineListener)?) in
            guard state.end == nil else { return ([], nil, nil) }
            state.end = reason
            state.endedAt = .now
            state.inbox = []
            if reason == .slowReader { state.queue.dropAll() }
            defer { (state.poll, state.listener) = (nil, nil) }
            return ([state.wire, state.probe].compactMap { $0 }, state.poll, state.listener)
        }
        for wire in wires { wire.end(reason) }
        poll?.resume(returning: .body(EnginePacket.close.text))
        listener?.hasEnded(reason)
    }
}

extension [UInt8] {
    fileprivate mutating func appendPacket(_ packet: EnginePacket) {
        if !isEmpty { append(EnginePacket.separator) }
        self += packet.text
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
