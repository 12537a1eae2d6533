import Logging
import Synchronization

/// Listens for `NOTIFY` on a connection of its own, which it opens anew as often as it breaks.
public final class Listener: Sendable {
    public enum Event: Equatable, Sendable {
        case notification(channel: String, payload: String)
        /// Notifications may have been lost, because the connection was down or the reader too slow: read again what
        /// they would have told of. Comes first on each stream too.
        case gap
    }

    /// How many events a slow reader may have waiting.
    private static let backlog = 256
    /// How long to wait before the next attempt to connect, and how that grows.
    private static let firstPause: Duration = .milliseconds(20)
    private static let longestPause: Duration = .milliseconds(500)
    /// How long a living server may take to say so.
    private static let checkTime: Duration = .seconds(2)

    private struct Channel {
        var name: StaticString
        var broadcast: Broadcast<Event>
        /// The number of the connection that listened to it last.
        var connection = 0
    }

    private struct State {
        var link: LinkState = .connecting
        var channels: [String: Channel] = [:]
        /// The connection in use, or the last one that was, and how many there were before it.
        var connection: PostgresConnection?
        var number = 0
        /// Wakes whoever serves the connection that is up now.
        var wake: AsyncStream<Void>.Continuation?
    }

    private let options: ConnectionOptions
    private let logger: Logger
    private let state = Mutex(State())
    private let links = Broadcast<LinkState>(limit: 16)

    init(_ options: ConnectionOptions, _ logger: Logger) {
        var own = options
        own.statementTimeout = Self.checkTime
        self.options = own
        self.logger = logger
    }

    public var linkState: LinkState { state.withLock { $0.link } }

    public func linkStates() -> AsyncStream<LinkState> {
        // Under the lock, so that no change falls between the first value and the next.
        state.withLock { links.stream(first: $0.link) }
    }

    /// What is notified on `channel` from now on. The name is a lower-case identifier.
    public func notifications(on channel: StaticString) -> AsyncStream<Event> {
        let (broadcast, isNew) = broadcast(on: channel)
        // On a new channel the first gap comes once PostgreSQL listens: what is read from then on is complete.
        let stream = broadcast.stream(first: isNew ? nil : .gap)
        if isNew { check() }
        return stream
    }

    /// Calls `handler` with each notification on `channel` before any later one, on whatever channel, is told to anybody.
    public func follow(_ channel: StaticString, _ handler: @escaping @Sendable (Event) -> Void) {
        let (broadcast, isNew) = broadcast(on: channel)
        broadcast.follow(handler)
        if isNew { check() }
    }

    private func broadcast(on channel: StaticString) -> (Broadcast<Event>, isNew: Bool) {
        state.withLock { state in
            if let known = state.channels[channel.description] { return (known.broadcast, false) }
            let broadcast = Broadcast<Event>(limit: Self.backlog, lossMark: .gap)
            state.channels[channel.description] = Channel(name: channel, broadcast: broadcast)
            return (broadcast, true)
        }
    }

    /// The number of the connection on which `channel` is listened to now; nil while it is not. As long as the number stays
    /// the same, every notification of what was committed since it was first seen comes, or has come, to the streams.
    public func listening(to channel: String) -> Int? {
        state.withLock { state in
            guard state.connection?.isOpen == true, state.channels[channel]?.connection == state.number else {
                return nil
            }
            return state.number
        }
    }

    /// Asks whether PostgreSQL still answers, because somebody has reason to doubt it.
    func check() { state.withLock { $0.wake }?.yield() }

    // MARK: The service

    func run(
        onUp: @Sendable () async -> Void, onDown: @Sendable (DatabaseError) async -> Void
    ) async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.open(options) { [weak self] channel, payload in
                    let channel = (channel, self?.state.withLock { $0.channels[channel]?.broadcast })
                    channel.1?.send(.notification(channel: channel.0, payload: payload))
                }
                let (requests, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                state.withLock { state in
                    state.wake = wake
                    state.connection = connection
                    state.number += 1
                }
                var listening: Set<String> = []
                try await listen(on: connection, &listening)
                pause = Self.firstPause
                await onUp()
                setLink(.up)
                let reason = await serve(requests, on: connection, listening)
                if Task.isCancelled { break }
                throw reason
            } catch {
                let error = error as? DatabaseError ?? .cancelled
                if error == .cancelled { break }
                await onDown(.unavailable(reason: error.reason))
                setLink(.down(reason: error.reason))
                // Nothing tells when a server comes to life, so there is no other way than to try.
                do { try await Task.sleep(for: pause) } catch { break }
                pause = min(pause * 2, Self.longestPause)
            }
        }
        links.finish()
        for channel in state.withLock({ Array($0.channels.values) }) { channel.broadcast.finish() }
    }

    /// Listens to channels that are not listened to yet, and makes sure at the same time that the server answers.
    private func listen(on connection: PostgresConnection, _ known: inout Set<String>) async throws(DatabaseError) {
        _ = try await connection.query("SELECT 1")
        for (name, channel) in state.withLock({ $0.channels }) where known.insert(name).inserted {
            _ = try await connection.query(Statement("LISTEN ", channel.name))
            channel.broadcast.send(.gap)
            state.withLock { $0.channels[name]?.connection = $0.number }
        }
    }

    /// Serves requests until the connection is lost, or closes it when the task is cancelled.
    private func serve(
        _ requests: AsyncStream<Void>, on connection: PostgresConnection, _ listening: Set<String>
    ) async -> DatabaseError {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var listening = listening
                for await _ in requests {
                    do throws(DatabaseError) { try await self.listen(on: connection, &listening) } catch {
                        return await connection.close()
                    }
                }
            }
            let reason = await withTaskCancellationHandler {
                await connection.closed()
            } onCancel: {
                // The border to a callback: the task ends at once.
                Task { await connection.close() }
            }
            group.cancelAll()
            return reason
        }
    }

    private func setLink(_ link: LinkState) {
        let isNew = state.withLock { state in
            defer { state.link = link }
            guard state.link != link else { return false }
            links.send(link)
            return true
        }
        guard isNew else { return }
        switch link {
        case .up: logger.info("database connected")
        case .down(let reason): logger.warning("database lost", metadata: ["reason": "\(reason)"])
        case .connecting: break
        }
    }
}
