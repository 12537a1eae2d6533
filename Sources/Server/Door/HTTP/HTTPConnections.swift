import NIOCore
import Synchronization

/// One connection as the whole of them sees it.
final class ConnectionLight: Sendable {
    let channel: any Channel
    /// Since when nothing is under way on it, in nanoseconds of `NIODeadline`; 0 while something is.
    private let idleSince: Atomic<UInt64>

    init(channel: any Channel) {
        self.channel = channel
        idleSince = Atomic(NIODeadline.now().uptimeNanoseconds)
    }

    func setBusy() { idleSince.store(0, ordering: .relaxed) }
    func setIdle(since time: NIODeadline) { idleSince.store(time.uptimeNanoseconds, ordering: .relaxed) }

    var idle: UInt64? {
        let time = idleSince.load(ordering: .relaxed)
        return time == 0 ? nil : time
    }
}

/// All connections of the door: no more than a limit. Where one too many comes, the one that has been idle for longest
/// makes room, so that clients who only sit there lock nobody out.
final class HTTPConnections: Sendable {
    private struct State {
        var lights: [ObjectIdentifier: ConnectionLight] = [:]
        var sockets = 0
    }
    private let state = Mutex(State())
    /// Rings when the last one has gone.
    private let bell = Bell()
    private let limit: Int
    private let socketLimit: Int

    init(limit: Int, sockets: Int) {
        self.limit = limit
        socketLimit = sockets
    }

    /// Lets a connection in. False where all the others are at work.
    func admit(_ light: ConnectionLight) -> Bool {
        let (isIn, evicted) = state.withLock { state -> (Bool, ConnectionLight?) in
            var evicted: ConnectionLight?
            if state.lights.count >= limit {
                let idle = state.lights.values.compactMap { light in light.idle.map { (light, $0) } }
                guard let longest = idle.min(by: { $0.1 < $1.1 })?.0 else { return (false, nil) }
                state.lights[ObjectIdentifier(longest)] = nil
                evicted = longest
            }
            state.lights[ObjectIdentifier(light)] = light
            return (true, evicted)
        }
        evicted?.channel.close(promise: nil)
        return isIn
    }

    func remove(_ light: ConnectionLight) {
        let isEmpty = state.withLock { state in
            state.lights[ObjectIdentifier(light)] = nil
            return state.lights.isEmpty
        }
        if isEmpty { bell.ring() }
    }

    /// Returns when no connection is left, or when the task is cancelled.
    func waitUntilEmpty() async {
        while !Task.isCancelled {
            let rings = bell.rings
            if state.withLock({ $0.lights.isEmpty }) { return }
            await bell.wait(beyond: rings)
        }
    }

    /// Closes all of them at once.
    func closeAll() {
        for light in state.withLock({ Array($0.lights.values) }) { light.channel.close(promise: nil) }
    }

    /// Reserves one of the places for WebSockets, which nobody can be asked to leave.
    func admitSocket() -> Bool {
        state.withLock { state in
            guard state.sockets < socketLimit else { return false }
            state.sockets += 1
            return true
        }
    }

    func removeSocket() { state.withLock { $0.sockets -= 1 } }
}
