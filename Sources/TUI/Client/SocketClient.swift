import Core

/// The console's connection to bayd: drives a `Session` over a socket whenever the loop says that it is ready.
///
/// Whoever owns the loop polls `descriptor`, calls `service()` when it is ready or `timeout` is over, and gets what happened.
package final class SocketClient {
    /// Bytes read in one go before keys get their turn again.
    private static let chunk = 128 << 10

    package let path: String
    package private(set) var session: Session
    private var socket: UnixSocket?
    /// What happened before anybody asked.
    private var early: [ClientEvent] = []

    /// - Parameter token: whom to speak for; nil for who we are on this host.
    package init(path: String, token: String? = nil) {
        self.path = path
        session = Session(token: token)
    }

    /// A client on a connection that stands already, for tests.
    init(connected socket: UnixSocket, at now: Int64) {
        path = ""
        session = Session()
        self.socket = socket
        session.opened(at: now)
    }

    /// What to poll, or nil while there is no connection.
    package var descriptor: Int32? { socket?.descriptor }
    package var wantsWrite: Bool { session.hasOutgoing }

    /// Milliseconds until `service()` has something to do without the descriptor being ready.
    package func timeout(at now: Int64 = SystemClock.steady) -> Int? {
        session.deadline.map { Int(max(0, $0 - now)) }
    }

    package func start(_ operation: Operation) -> Int { session.start(operation) }
    package func cancel(_ id: Int) { session.cancel(id) }

    /// Begins to connect, so that the server greets us while other things are done; the first `service()` tells of it.
    package func connect() { early = service() }

    /// Connects, writes, reads and looks at the time, as far as each is possible now.
    package func service(at now: Int64 = SystemClock.steady) -> [ClientEvent] {
        var events = early
        early = []
        if socket == nil {
            guard !path.isEmpty, case .waiting(let retryAt) = session.phase, now >= retryAt else { return events }
            switch UnixSocket.connect(to: path) {
            case .success(let connected):
                socket = connected
                session.opened(at: now)
            case .failure(let failure): return events + [session.closed(failure, at: now)]
            }
        }
        do throws(SocketFailure) {
            try flush()
            try read(&events, at: now)
            if let failure = session.tick(at: now) { throw failure }
            try flush()
        } catch {
            socket = nil
            events.append(session.closed(error, at: now))
        }
        return events
    }

    /// Sends what `start` and `cancel` left to send; what the socket does not take waits for the next `service()`.
    package func flushQuietly() { try? flush() }  // The next `service()` meets the same error and handles it.

    private func flush() throws(SocketFailure) {
        guard let socket else { return }
        while session.hasOutgoing {
            switch socket.write(session.outgoing, from: session.sent) {
            case .bytes(let count): session.wrote(count)
            case .wouldBlock: return
            case .closed(let reason): throw SocketFailure(reason: reason)
            }
        }
    }

    private func read(_ events: inout [ClientEvent], at now: Int64) throws(SocketFailure) {
        guard let socket else { return }
        var bytes: [UInt8] = []
        var ending: SocketFailure?
        reading: while bytes.count < Self.chunk {
            switch socket.read(into: &bytes, limit: 64 << 10) {
            case .bytes(let count): if count < 64 << 10 { break reading }
            case .wouldBlock: break reading
            case .closed(let reason):
                ending = SocketFailure(reason: reason)
                break reading
            }
        }
        if !bytes.isEmpty { events += try session.receive(bytes, at: now) }
        if let ending { throw ending }
    }
}

extension SocketClient {
    /// Where bayd listens unless somebody says otherwise: `BAY_SOCKET`, else where root or the user has run-time files.
    package static func standardPath(environment: (String) -> String?, userID: UInt32) -> String {
        if let path = environment("BAY_SOCKET"), !path.isEmpty { return path }
        if userID == 0 { return "/run/bay/bay.sock" }
        if let directory = environment("XDG_RUNTIME_DIR"), !directory.isEmpty { return directory + "/bay/bay.sock" }
        return "/run/user/\(userID)/bay/bay.sock"
    }
}
