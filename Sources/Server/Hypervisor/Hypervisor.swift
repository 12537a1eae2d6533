import CLibvirt
package import Core
package import Logging
import Synchronization

/// Everything Bay does with one libvirt: keeps the connections, follows the events, and makes the calls, none of them
/// on Swift's own threads.
///
/// Connections are kept apart by what they are for. Events have one of their own, so that they are never late. Reads
/// are calls that libvirtd answers by itself. Actions may wait for a machine's process, even for ever. Figures wait
/// for many of them: `StatsLanes`.
package final class Hypervisor: HypervisorPort {
    package let uri: String
    let log: Logger

    enum Limit {
        /// Calls that no machine's process can hold up.
        static let read = Duration.seconds(30)
        /// Calls that ask a machine's process for something it does at once.
        static let action = Duration.seconds(60)
        /// Starting prepares disks, networks and firewall first.
        static let start = Duration.seconds(180)
        /// Memory is written to disk or read from it.
        static let snapshot = Duration.seconds(1800)
        /// After this long without an answer the link is said to be down, though the attempt goes on.
        static let connect = Duration.seconds(10)
        static let actionConnections = 2
        static let readThreads = 4
    }

    let hub: NewsHub
    let reads: Lane
    let actions: [Lane]
    let stats: StatsLanes
    private let opener = BlockingThreads(limit: 1)
    private let open: @Sendable () throws(LibvirtError) -> Connection
    let hostCache = Mutex(HostCache())
    private let filterGuard: FilterGuard?

    private struct State {
        var link: LinkState
        var watchers: [AsyncStream<LinkState>.Continuation] = []
        var events: EventConnection?
    }
    private let state: Mutex<State>

    /// Does nothing but remember; `run` connects.
    package init(uri: String, log: Logger = Logger(label: "hypervisor"), backlog: Int? = nil) {
        self.uri = uri
        self.log = log
        filterGuard = FilterGuard(uri: uri, isLocal: Self.isLocal(uri), log: log)
        hub = NewsHub(backlog: backlog ?? NewsHub.Limit.backlog)
        state = Mutex(State(link: LinkState(link: .hypervisor, state: .connecting, since: .now())))
        // With the test driver each connection to a file is a world of its own, so one has to serve for everything.
        let shared = uri.hasPrefix("test:") || uri.hasPrefix("test+") ? SharedConnection(uri: uri) : nil
        let open: @Sendable () throws(LibvirtError) -> Connection =
            if let shared {
                { () throws(LibvirtError) in try shared.connection() }
            } else {
                { () throws(LibvirtError) in try Connection.open(uri) }
            }
        self.open = open
        let noticed = LossNotice()
        reads = Lane(threads: Limit.readThreads, onLoss: noticed.raise, open: open)
        actions = (0..<(shared == nil ? Limit.actionConnections : 1)).map { _ in
            Lane(onLoss: noticed.raise, open: open)
        }
        stats = StatsLanes(connections: shared == nil ? StatsLanes.Limit.connections : 1, open: open)
        noticed.handle { [weak self] in self?.checkEventConnection() }
    }

    // MARK: Link

    package var link: LinkState { state.withLock { $0.link } }

    package func links() -> AsyncStream<LinkState> {
        let (stream, continuation) = AsyncStream.makeStream(of: LinkState.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            continuation.yield(state.link)
            state.watchers.append(continuation)
        }
        return stream
    }

    package func news() -> AsyncStream<HypervisorNews> {
        // A link that comes up between the two steps is told of twice, never not at all.
        hub.stream(startingWith: link.state == .up ? .resync(.connected) : nil)
    }

    package func run() async {
        var backoff = Backoff(isLocal: isLocal)
        while !Task.isCancelled {
            do throws(LibvirtError) {
                let events = try await connect()
                backoff.reset()
                log.info("hypervisor link is up", metadata: ["uri": "\(uri)"])
                setLink(.up)
                stats.topologyChanged()
                hub.send(.resync(.connected))
                var reason: String?
                for await why in events.losses {
                    reason = why
                    break
                }
                if let reason {
                    setLink(.down, reason: reason)
                    log.warning("hypervisor link is down", metadata: ["uri": "\(uri)", "reason": "\(reason)"])
                }
                state.withLock { $0.events = nil }
                opener.submit { events.close() }
            } catch {
                if link.reason != error.description {
                    log.warning("hypervisor does not connect", metadata: ["uri": "\(uri)", "reason": "\(error)"])
                }
                setLink(.down, reason: error.description)
                try? await Task.sleep(for: backoff.next())
            }
        }
        setLink(.down, reason: "the server is stopping")
    }

    /// Tries once, as long as it takes. An attempt that hangs must not be joined by others, so it is waited for, but
    /// the link is said to be down meanwhile.
    private func connect() async throws(LibvirtError) -> EventConnection {
        let hanging = Task { [weak self] in
            guard (try? await Task.sleep(for: Limit.connect)) != nil else { return }
            self?.setLink(.down, reason: "libvirt has not answered for \(Limit.connect.components.seconds) s")
        }
        // Waited for: told after the link is up, that it hangs would stand for as long as the link does.
        func settle() async {
            hanging.cancel()
            await hanging.value
        }
        do throws(LibvirtError) {
            let events = try await opener.run("virConnectOpen", within: .seconds(365 * 86_400)) {
                [weak self, open, reads] () throws(LibvirtError) in
                let events = try EventConnection(on: try open()) { [weak self] event in self?.deliver(event) }
                // So that the first reader waits for nothing, and up means that calls work too.
                try reads.connect()
                self?.state.withLock { $0.events = events }
                return events
            }
            await settle()
            return events
        } catch {
            await settle()
            throw error
        }
    }

    private func deliver(_ event: DomainEvent) {
        switch event.kind {
        case .started, .stopped, .crashed, .defined, .undefined: stats.topologyChanged()
        case .suspended, .resumed, .shutdown, .pmSuspended: break
        }
        hub.send(.event(event))
    }

    /// Called when a call found its connection gone: mostly libvirtd is, and then the events' is gone as well.
    private func checkEventConnection() {
        guard let events = state.withLock({ $0.events }), !events.connection.isAlive else { return }
        events.lose("libvirt closed the connection")
    }

    private func setLink(_ new: LinkState.State, reason: String? = nil) {
        state.withLock { state in
            guard state.link.state != new || state.link.reason != reason else { return }
            // Another reason for the same darkness does not make it younger.
            let since = state.link.state == new ? state.link.since : .now()
            state.link = LinkState(link: .hypervisor, state: new, since: since, reason: reason)
            // Told under the lock, so that the last word is the latest. Who has stopped listening is found here and says
            // nothing himself: a task that is cancelled would wait for this lock, while being told waits for the task.
            state.watchers.removeAll { watcher in
                if case .terminated = watcher.yield(state.link) { true } else { false }
            }
        }
    }

    var isLocal: Bool { Self.isLocal(uri) }

    private static func isLocal(_ uri: String) -> Bool {
        guard let scheme = uri.split(separator: ":").first else { return true }
        return uri.contains(":///") && (!scheme.contains("+") || scheme.hasSuffix("+unix"))
    }

    // MARK: Calls

    func read<Value: Sendable>(
        _ name: String, within limit: Duration = Limit.read,
        _ body: @escaping @Sendable (Connection) throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        try requireLink(name)
        return try await reads.call(name, within: limit, body)
    }

    func act<Value: Sendable>(
        _ name: String, within limit: Duration = Limit.action,
        _ body: @escaping @Sendable (Connection) throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        try requireLink(name)
        return try await freestLane.call(name, within: limit, body)
    }

    /// The same for calls in which libvirt gives interfaces their packet filters.
    func actOnFilters<Value: Sendable>(
        _ name: String, within limit: Duration,
        _ body: @escaping @Sendable (Connection) throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        try await act(name, within: limit) { [filterGuard] connection throws(LibvirtError) in
            guard let filterGuard else { return try body(connection) }
            return try filterGuard.during { () throws(LibvirtError) in try body(connection) }
        }
    }

    /// The connection for actions with the fewest calls on it; the second is opened when the first has its hands full.
    var freestLane: Lane {
        if actions[0].load < Lane.Limit.callsPerConnection { return actions[0] }
        return actions.min { $0.load < $1.load } ?? actions[0]
    }

    func requireLink(_ call: String) throws(LibvirtError) {
        let link = link
        guard link.state == .up else {
            throw .notConnected(link.reason ?? "the hypervisor is not connected yet", call: call)
        }
    }
}

/// How long to wait before the next attempt. A local libvirtd that was restarted is back within half a second, and
/// asking costs a look at a socket; another host is asked less and less often.
struct Backoff {
    private let longest: Duration
    private var current = Self.shortest
    static let shortest = Duration.milliseconds(100)

    init(isLocal: Bool) { longest = isLocal ? .milliseconds(500) : .seconds(10) }

    mutating func next() -> Duration {
        defer { current = min(current * 2, longest) }
        return current
    }

    mutating func reset() { current = Self.shortest }
}

/// The one connection that all purposes share where each connection would be a world of its own.
private final class SharedConnection: Sendable {
    private let uri: String
    private let opened = Mutex<Connection?>(nil)

    init(uri: String) { self.uri = uri }

    func connection() throws(LibvirtError) -> Connection {
        try opened.withLock { opened throws(LibvirtError) in
            if let opened, opened.isAlive { return opened }
            let connection = try Connection.open(uri)
            opened = connection
            return connection
        }
    }
}

/// Lets the lanes tell the hypervisor, which is made after them, that a connection is gone.
private final class LossNotice: Sendable {
    private struct Handler {
        let handle: @Sendable () -> Void
    }
    private let handler = Mutex<Handler?>(nil)

    func handle(_ body: @escaping @Sendable () -> Void) { handler.withLock { $0 = Handler(handle: body) } }
    func raise() { handler.withLock { $0 }?.handle() }
}
