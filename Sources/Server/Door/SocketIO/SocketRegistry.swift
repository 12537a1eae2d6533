import Synchronization

/// Who is connected by Socket.io, and who is in which room. Any number of connections of one account.
package final class SocketRegistry: Sendable {
    fileprivate struct State {
        var rooms: [SocketRoom: [ObjectIdentifier: SocketConnection]] = [:]
        var joined: [ObjectIdentifier: Set<SocketRoom>] = [:]
        var users: [String: Int] = [:]
    }

    /// What administrators are told of the door.
    package struct Statistics: Equatable, Sendable {
        /// Sessions that are open, also those that have not signed in yet.
        package var sessions = 0
        package var connections = 0
        package var users: [String] = []
        package var rooms = 0
    }

    private let state = Mutex(State())
    private let sessions = Atomic(0)

    package init() {}

    package var statistics: Statistics {
        let sessions = sessions.load(ordering: .relaxed)
        return state.withLock { state in
            Statistics(
                sessions: sessions, connections: state.joined.count, users: state.users.keys.sorted(),
                rooms: state.rooms.count)
        }
    }

    func countSession(_ change: Int) { sessions.add(change, ordering: .relaxed) }

    // MARK: Connections

    /// Lets a connection in, and into its account's own room. False where the account has too many.
    func add(_ connection: SocketConnection, of user: String, limit: Int) -> Bool {
        state.withLock { state in
            guard state.users[user, default: 0] < limit else { return false }
            state.users[user, default: 0] += 1
            let room = SocketRoom(.user, user)
            state.rooms[room, default: [:]][ObjectIdentifier(connection)] = connection
            state.joined[ObjectIdentifier(connection)] = [room]
            return true
        }
    }

    func remove(_ connection: SocketConnection, of user: String) {
        state.withLock { state in
            guard let rooms = state.joined.removeValue(forKey: ObjectIdentifier(connection)) else { return }
            for room in rooms { state.take(connection, outOf: room) }
            let left = state.users[user, default: 1] - 1
            state.users[user] = left > 0 ? left : nil
        }
    }

    /// The accounts that are connected.
    var users: Set<String> { state.withLock { Set($0.users.keys) } }

    // MARK: Rooms

    /// False where the connection is in too many, or not connected any more.
    func join(_ room: SocketRoom, _ connection: SocketConnection, limit: Int) -> Bool {
        state.withLock { state in
            guard let joined = state.joined[ObjectIdentifier(connection)] else { return false }
            if joined.contains(room) { return true }
            guard joined.count < limit else { return false }
            state.joined[ObjectIdentifier(connection)]?.insert(room)
            state.rooms[room, default: [:]][ObjectIdentifier(connection)] = connection
            return true
        }
    }

    func leave(_ room: SocketRoom, _ connection: SocketConnection) {
        state.withLock { state in
            state.joined[ObjectIdentifier(connection)]?.remove(room)
            state.take(connection, outOf: room)
        }
    }

    /// Those who are in a room at the moment. None of them is touched for that, however many they are.
    typealias Members = Dictionary<ObjectIdentifier, SocketConnection>.Values

    func members(of room: SocketRoom) -> Members { state.withLock { ($0.rooms[room] ?? [:]).values } }

    func connections(of user: String) -> Members { members(of: SocketRoom(.user, user)) }
}

extension SocketRegistry.State {
    mutating func take(_ connection: SocketConnection, outOf room: SocketRoom) {
        rooms[room]?[ObjectIdentifier(connection)] = nil
        if rooms[room]?.isEmpty == true { rooms[room] = nil }
    }
}
